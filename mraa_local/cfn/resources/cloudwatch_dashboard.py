"""``AWS::CloudWatch::Dashboard``."""

import json
from typing import Any

from mraa_local.cfn.reasons import refuse
from mraa_local.cfn.resources.model import ResourceType, anything_in, one_action_each
from mraa_local.engine.scope import account_id


def body_is_json(props: dict[str, Any]) -> None:
    """CloudWatch reads the body; the engine takes any text."""
    try:
        body = json.loads(props["DashboardBody"])
    except ValueError:
        body = None
    if not isinstance(body, dict):
        refuse("The field DashboardBody must be a valid JSON object", "CloudWatch", 400, "InvalidRequest")


RESOURCE = ResourceType(
    "AWS::CloudWatch::Dashboard",
    supported=anything_in("DashboardName DashboardBody"),
    checks=(body_is_json,),
    permissions=one_action_each(
        "cloudwatch:PutDashboard",
        "cloudwatch:PutDashboard",
        "cloudwatch:DeleteDashboards",
        lambda change: f"arn:aws:cloudwatch::{account_id()}:dashboard/{change.current.get('DashboardName', '*')}",
    ),
)
