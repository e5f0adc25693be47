"""The ARNs that policies see where the engine knows them less well than AWS does.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html and
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
"""

import json

from mraa_local.engine import actions, roles
from mraa_local.engine.actions import Named, parameter


def install() -> None:
    """Name parameters by their path, and roles with theirs."""
    actions.name_resource("ssm", _parameters_below)
    actions.name_resource("iam", _role)


def _parameters_below(named: Named) -> str:
    """GetParametersByPath is about the path; the engine says "*"."""
    try:
        document = json.loads(named.body)
        path = document["Path"]
    except (ValueError, KeyError, TypeError):
        return ""
    return f"arn:aws:ssm:{named.region}:{named.account_id}:parameter/{str(path).strip('/')}"


def _role(named: Named) -> str:
    """A role's ARN contains its path, which a request names only when it creates one."""
    name = parameter(named.params, "RoleName")
    if not name:
        return ""
    path = parameter(named.params, "Path")
    if path:
        return f"arn:aws:iam::{named.account_id}:role{path}{name}"
    return roles.arn(name)
