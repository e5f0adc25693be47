"""A function's log is written by its role's rights: without them there is none, as on AWS.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html. The ARNs are those that CloudWatch Logs
names in its refusals.
"""

from mraa_local.access.service_roles import ServiceRole
from mraa_local.engine import functions, log_groups
from mraa_local.engine.scope import account_id, region

SERVICE = "lambda.amazonaws.com"


def install() -> None:
    """Ask before a log is written, and write events as CloudWatch Logs answers them."""
    log_groups.give_ids()
    functions.log_if(_may_log)


def _may_log(function_arn: str, role_arn: str, group: str) -> bool:
    role = ServiceRole(role_arn, SERVICE, source_arn=function_arn)
    stream = f"arn:aws:logs:{region()}:{account_id()}:log-group:{group}:log-stream:"
    if not log_groups.exists(group) and not role.may("logs:CreateLogGroup", stream, region()):
        return False
    return all(role.may(f"logs:{action}", f"{stream}any", region()) for action in ("CreateLogStream", "PutLogEvents"))
