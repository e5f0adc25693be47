"""Deletes the data that stacks leave behind. What cannot be deleted is reported with the reason."""

from collections.abc import Callable, Sequence
from functools import partial

from mraa.aws import Aws, Clock, call
from mraa.errors import AwsError
from mraa.events import Event, OnEvent, Progress
from mraa.stacks.destroy.buckets import delete_bucket, stop_replication
from mraa.stacks.destroy.roles import delete_role
from mraa.stacks.destroy.tables import delete_global_table
from mraa.stacks.leftovers import has_data
from mraa.stacks.models import Leftover, LeftoverKind


def delete_data(
    aws: Aws, clock: Clock, on_event: OnEvent, account: str, regions: Sequence[str], leftovers: Sequence[Leftover]
) -> list[tuple[Leftover, str]]:
    """Delete all of ``leftovers`` that AWS allows; returns the others, each with AWS's reason."""
    refused: list[tuple[Leftover, str]] = []

    def attempt(items: Sequence[Leftover], work: Callable[[], None]) -> None:
        try:
            work()
        except AwsError as error:
            reason = f"{error.message} {error.hint}".strip()
            for item in items:
                refused.append((item, reason))
                on_event(Event(Progress.FAILED, item.name, f"{item.kind} not deleted", item.region, reason))

    of = {kind: [item for item in leftovers if item.kind is kind] for kind in LeftoverKind}
    for bucket in of[LeftoverKind.BUCKET]:
        attempt([], partial(stop_replication, aws, account, bucket))
    for bucket in of[LeftoverKind.BUCKET]:
        attempt([bucket], partial(delete_bucket, aws, clock, on_event, account, bucket))
    for name in dict.fromkeys(table.name for table in of[LeftoverKind.TABLE]):
        replicas = [table for table in of[LeftoverKind.TABLE] if table.name == name]
        attempt(replicas, partial(delete_global_table, aws, clock, on_event, name, regions))
    for group in of[LeftoverKind.LOG_GROUP]:
        attempt([group], partial(_delete_log_group, aws, on_event, group))
    for role in of[LeftoverKind.ROLE]:
        attempt([role], partial(delete_role, aws, on_event, regions, role))
    return refused


def delete_failed_creation(
    aws: Aws,
    clock: Clock,
    on_event: OnEvent,
    account: str,
    regions: Sequence[str],
    leftovers: Sequence[Leftover],
) -> None:
    """Delete what a failed creation left: a stack instance that was created retains its buckets when it is deleted.

    Nobody should have written to them yet. If somebody has, or if they cannot be read, all of it is retained.
    """
    try:
        retained = [item for item in leftovers if has_data(aws, item)]
    except AwsError as error:
        on_event(Event(Progress.NOTE, "what the failed creation left", "retained", reason=error.message))
        return
    for item in retained:
        on_event(Event(Progress.NOTE, item.name, f"{item.kind} contains data: retained", item.region))
    if not retained:
        delete_data(aws, clock, on_event, account, regions, leftovers)


def _delete_log_group(aws: Aws, on_event: OnEvent, group: Leftover) -> None:
    operation = aws.client("logs", group.region).delete_log_group
    try:
        call(operation, f"Deleting log group {group.name}", group.region, logGroupName=group.name)
    except AwsError as error:
        if error.code == "ResourceNotFoundException":
            return
        raise
    on_event(Event(Progress.DONE, group.name, "deleted", group.region))
