"""Takes a deployment down: its stacks, and where that is wished the data they leave behind.

What cannot be deleted is no end: the rest is, and what is left is told with the reason.
"""

from collections.abc import Callable, Sequence
from functools import partial

from mraa.aws import Aws, Client, Clock, translated
from mraa.errors import AwsError
from mraa.events import Event, OnEvent, Progress
from mraa.stacks import data_buckets, data_tables, execute, inventory, state, watch
from mraa.stacks.models import Holding, Leftover, OnCounts, StackFacts

_OUR_ROLES = ":role/mraa/"


def destroy_stack(
    aws: Aws,
    clock: Clock,
    on_event: OnEvent,
    stack: StackFacts,
    instance_regions: Sequence[str] = (),
    *,
    on_counts: OnCounts = lambda counts, elapsed_s: None,
) -> None:
    """Delete one stack and follow it to its end. StackError with the first cause where it is not deleted."""
    after = state.newest_event_id(aws, stack.region, stack.stack_id)
    execute.delete_stack(aws, stack)
    followed = watch.follow(aws, clock, on_event, stack, instance_regions, after=after, on_counts=on_counts)
    watch.require_success(aws, followed, instance_regions, "Mend what is named, then run `mraa destroy` again.")


def delete_data(
    aws: Aws, clock: Clock, on_event: OnEvent, account: str, regions: Sequence[str], leftovers: Sequence[Leftover]
) -> list[tuple[Leftover, str]]:
    """Delete all of ``leftovers`` that AWS lets go; returns the others, each with AWS's reason."""
    refused: list[tuple[Leftover, str]] = []

    def attempt(items: Sequence[Leftover], work: Callable[[], None]) -> None:
        try:
            work()
        except AwsError as error:
            for item in items:
                refused.append((item, error.message))
                on_event(Event(Progress.FAILED, item.name, f"{item.kind} stays", item.region, error.message))

    of = {kind: [item for item in leftovers if item.kind is kind] for kind in Holding}
    for bucket in of[Holding.BUCKET]:
        attempt([], partial(data_buckets.stop_replication, aws, account, bucket))
    for bucket in of[Holding.BUCKET]:
        attempt([bucket], partial(data_buckets.delete_bucket, aws, clock, on_event, account, bucket))
    for name in dict.fromkeys(table.name for table in of[Holding.TABLE]):
        tables = [table for table in of[Holding.TABLE] if table.name == name]
        attempt(tables, partial(data_tables.delete_global_table, aws, clock, on_event, name, regions))
    for group in of[Holding.LOG_GROUP]:
        attempt([group], partial(_delete_log_group, aws, on_event, group))
    for role in of[Holding.ROLE]:
        attempt([role], partial(_delete_role, aws, on_event, regions, role))
    return refused


def delete_stillborn(
    aws: Aws,
    clock: Clock,
    on_event: OnEvent,
    account: str,
    regions: Sequence[str],
    leftovers: Sequence[Leftover],
) -> None:
    """Delete what a failed creation left: a stack instance that had come to be keeps its buckets when it goes.

    Nobody should have written to them yet; if somebody has, or nobody can tell, all of it is kept.
    """
    try:
        kept = [item for item in leftovers if inventory.holds_data(aws, item)]
    except AwsError as error:
        on_event(Event(Progress.NOTE, "what the failed creation left", "is kept", reason=error.message))
        return
    for item in kept:
        on_event(Event(Progress.NOTE, item.name, f"{item.kind} holds data and is kept", item.region))
    if not kept:
        delete_data(aws, clock, on_event, account, regions, leftovers)


def _delete_log_group(aws: Aws, on_event: OnEvent, group: Leftover) -> None:
    logs = aws.client("logs", group.region)
    with translated(f"Deleting log group {group.name}", group.region):
        try:
            logs.delete_log_group(logGroupName=group.name)
        except logs.exceptions.ResourceNotFoundException:
            return
    on_event(Event(Progress.DONE, group.name, "deleted", group.region))


def _delete_role(aws: Aws, on_event: OnEvent, regions: Sequence[str], role: Leftover) -> None:
    """Delete a role; API Gateway, whose account-wide setting may name it, is first made to forget it."""
    for region in regions:
        _forget_logging_role(aws, on_event, region, role)
    iam = aws.client("iam", role.region)
    with translated(f"Deleting role {role.name}", role.region):
        try:
            _strip_role(iam, role.name)
            iam.delete_role(RoleName=role.name)
        except iam.exceptions.NoSuchEntityException:
            return
    on_event(Event(Progress.DONE, role.name, "role deleted", role.region))


def _forget_logging_role(aws: Aws, on_event: OnEvent, region: str, role: Leftover) -> None:
    api_gateway = aws.client("apigateway", region)
    with translated("Clearing API Gateway's logging role", region):
        arn = api_gateway.get_account().get("cloudwatchRoleArn") or ""
        if _OUR_ROLES not in arn or not arn.endswith(f"/{role.name}"):
            return
        api_gateway.update_account(patchOperations=[{"op": "replace", "path": "/cloudwatchRoleArn", "value": ""}])
    on_event(Event(Progress.DONE, "API Gateway account", "logging role cleared", region))


def _strip_role(iam: Client, name: str) -> None:
    """Take a role's policies from it: IAM deletes none that has any."""
    for page in iam.get_paginator("list_attached_role_policies").paginate(RoleName=name):
        for policy in page["AttachedPolicies"]:
            iam.detach_role_policy(RoleName=name, PolicyArn=policy["PolicyArn"])
    for page in iam.get_paginator("list_role_policies").paginate(RoleName=name):
        for policy_name in page["PolicyNames"]:
            iam.delete_role_policy(RoleName=name, PolicyName=policy_name)
