"""Deletes the retained logging role, unless other APIs of the account still log by it."""

from collections.abc import Sequence
from typing import Any

from mraa.aws import Aws, Client, call, pages
from mraa.errors import AwsError
from mraa.events import Event, OnEvent, Progress
from mraa.stacks.logging_role import logging_apis, read_setting
from mraa.stacks.models import Leftover

_OUR_ROLES = ":role/mraa/"


def delete_role(aws: Aws, on_event: OnEvent, regions: Sequence[str], role: Leftover) -> None:
    """Delete a role and its policies, after clearing it from API Gateway's settings.

    AwsError, nothing deleted, where another API of the account logs by it.
    """
    for region in regions:
        _clear_logging_role(aws, on_event, region, role)
    iam, doing = aws.client("iam", role.region), f"Deleting role {role.name}"
    try:
        _remove_policies(iam, doing, role)
        call(iam.delete_role, doing, role.region, RoleName=role.name)
    except AwsError as error:
        if error.code == "NoSuchEntity":
            return
        raise
    on_event(Event(Progress.DONE, role.name, "role deleted", role.region))


def _clear_logging_role(aws: Aws, on_event: OnEvent, region: str, role: Leftover) -> None:
    api_gateway, doing = aws.client("apigateway", region), "Clearing API Gateway's logging role"
    arn = read_setting(aws, region, doing)
    if _OUR_ROLES not in arn or not arn.endswith(f"/{role.name}"):
        return
    if others := logging_apis(aws, region):
        raise AwsError(
            f"API Gateway in {region} logs by it for {', '.join(others)}.",
            f"Set another role: aws apigateway update-account --region {region} --patch-operations "
            "op=replace,path=/cloudwatchRoleArn,value=ROLE_ARN",
        )
    patch = {"op": "replace", "path": "/cloudwatchRoleArn", "value": ""}
    call(api_gateway.update_account, doing, region, patchOperations=[patch])
    on_event(Event(Progress.DONE, "API Gateway account", "logging role cleared", region))


def _remove_policies(iam: Client, doing: str, role: Leftover) -> None:
    """IAM deletes no role that still has policies."""
    region = role.region
    of: dict[str, Any] = {"RoleName": role.name}
    for page in pages(iam, "list_attached_role_policies", doing, region, **of):
        for policy in page["AttachedPolicies"]:
            call(iam.detach_role_policy, doing, region, **of, PolicyArn=policy["PolicyArn"])
    for page in pages(iam, "list_role_policies", doing, region, **of):
        for policy_name in page["PolicyNames"]:
            call(iam.delete_role_policy, doing, region, **of, PolicyName=policy_name)
