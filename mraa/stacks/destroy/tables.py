"""Deletes global tables: deletion protection off in each Region, the replica before the source table."""

from collections.abc import Callable, Sequence
from typing import Any

from mraa.aws import Aws, Clock, call
from mraa.errors import AwsError
from mraa.events import Event, OnEvent, Progress
from mraa.stacks.polling import poll_interval_s

_TIMEOUT_S = 1800
_NOT_FOUND = "ResourceNotFoundException"


def delete_global_table(aws: Aws, clock: Clock, on_event: OnEvent, name: str, regions: Sequence[str]) -> None:
    """Delete a table in both Regions, or finish a deletion begun before. ``regions``: primary, secondary."""
    primary, secondary = regions
    for region in (secondary, primary):
        _disable_protection(aws, clock, region, name)
    replica, source = _describe(aws, secondary, name), _describe(aws, primary, name)
    if replica is not None:
        if replica["TableStatus"] == "DELETING":
            pass
        elif source is not None and secondary in {r["RegionName"] for r in source.get("Replicas", [])}:
            operation = aws.client("dynamodb", primary).update_table
            removal = [{"Delete": {"RegionName": secondary}}]
            doing = f"Removing the replica of table {name} in {secondary}"
            call(operation, doing, primary, TableName=name, ReplicaUpdates=removal)
        else:
            _delete(aws, secondary, name)
        _wait(clock, f"Deleting table {name}", secondary, lambda: _describe(aws, secondary, name) is None)
        on_event(Event(Progress.DONE, name, "deleted", secondary))
    if source is not None:
        _wait(clock, f"Removing the replica of table {name}", primary, lambda: _is_settled(aws, primary, name))
        _delete(aws, primary, name)
        _wait(clock, f"Deleting table {name}", primary, lambda: _describe(aws, primary, name) is None)
        on_event(Event(Progress.DONE, name, "deleted", primary))


def _disable_protection(aws: Aws, clock: Clock, region: str, name: str) -> None:
    table = _describe(aws, region, name)
    if table is None or not table.get("DeletionProtectionEnabled"):
        return
    doing = f"Disabling deletion protection of table {name}"
    operation = aws.client("dynamodb", region).update_table
    call(operation, doing, region, TableName=name, DeletionProtectionEnabled=False)
    _wait(clock, doing, region, lambda: _is_settled(aws, region, name))


def _delete(aws: Aws, region: str, name: str) -> None:
    operation = aws.client("dynamodb", region).delete_table
    try:
        call(operation, f"Deleting table {name}", region, TableName=name)
    except AwsError as error:
        if error.code == _NOT_FOUND:
            return
        # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
        if "24 hours" in error.reason:
            raise AwsError(
                f"A replica was added to table {name} in {region} less than 24 hours ago: DynamoDB does not delete a "
                "source table before that.",
                "Run this again tomorrow.",
                code=error.code,
            ) from error
        raise


def _describe(aws: Aws, region: str, name: str) -> dict[str, Any] | None:
    operation = aws.client("dynamodb", region).describe_table
    try:
        table: dict[str, Any] = call(operation, f"Reading table {name}", region, TableName=name)["Table"]
    except AwsError as error:
        if error.code == _NOT_FOUND:
            return None
        raise
    return table


def _is_settled(aws: Aws, region: str, name: str) -> bool:
    """True once no change of the table or of one of its replicas runs: DynamoDB allows one at a time."""
    table = _describe(aws, region, name)
    return table is None or (
        table["TableStatus"] in ("ACTIVE", "DELETING")
        and all(replica.get("ReplicaStatus", "ACTIVE") == "ACTIVE" for replica in table.get("Replicas", []))
    )


def _wait(clock: Clock, doing: str, region: str, is_done: Callable[[], bool]) -> None:
    begun = clock.monotonic()
    while not is_done():
        elapsed_s = clock.monotonic() - begun
        if elapsed_s > _TIMEOUT_S:
            raise AwsError(f"{doing} in {region} timed out after {_TIMEOUT_S} s.", "Run this again.")
        clock.sleep(poll_interval_s(elapsed_s))
