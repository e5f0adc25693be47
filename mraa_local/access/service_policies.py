"""What a service may do without a role: by the policy of what it does it to, for one of its own resources."""

from mraa_local.engine import application, functions, roles
from mraa_local.engine.roles import Asked, Principal
from mraa_local.engine.scope import account_id, region


def may_invoke(service: str, source_arn: str, function_arn: str) -> bool:
    """Whether the function's policy lets a service invoke it; without authentication everything is allowed."""
    if not application.is_auth_on():
        return True
    policy = functions.policy(function_arn, account_id(), region())
    if not policy:
        return False
    keys = {"aws:SourceArn": source_arn, "aws:SourceAccount": account_id()}
    asked = Asked("lambda:InvokeFunction", function_arn, region(), keys)
    return roles.service_is_allowed(policy, Principal(service, "Service", account_id()), asked)
