"""Deletes global tables: protection off in each Region, the replica before the source table."""

from collections.abc import Callable, Sequence
from typing import Any

from botocore.exceptions import ClientError

from mraa.aws import Aws, Clock, translated
from mraa.errors import AwsError
from mraa.events import Event, OnEvent, Progress

_TIMEOUT_S = 1800
_POLL_MIN_S = 0.2
_POLL_MAX_S = 5.0


def delete_global_table(aws: Aws, clock: Clock, on_event: OnEvent, name: str, regions: Sequence[str]) -> None:
    """Delete a table in both Regions; begun or half done before, it is finished. ``regions``: primary, secondary."""
    primary, secondary = regions
    for region in (secondary, primary):
        _unprotect(aws, clock, region, name)
    replica, source = _describe(aws, secondary, name), _describe(aws, primary, name)
    if replica is not None:
        if replica["TableStatus"] == "DELETING":
            pass
        elif source is not None and secondary in {r["RegionName"] for r in source.get("Replicas", [])}:
            with translated(f"Removing the replica of table {name} in {secondary}", primary):
                aws.client("dynamodb", primary).update_table(
                    TableName=name, ReplicaUpdates=[{"Delete": {"RegionName": secondary}}]
                )
        else:
            _delete(aws, secondary, name)
        _wait(clock, f"Deleting table {name}", secondary, lambda: _describe(aws, secondary, name) is None)
        on_event(Event(Progress.DONE, name, "deleted", secondary))
    if source is not None:
        _wait(clock, f"Removing the replica of table {name}", primary, lambda: _is_settled(aws, primary, name))
        _delete(aws, primary, name)
        _wait(clock, f"Deleting table {name}", primary, lambda: _describe(aws, primary, name) is None)
        on_event(Event(Progress.DONE, name, "deleted", primary))


def _unprotect(aws: Aws, clock: Clock, region: str, name: str) -> None:
    table = _describe(aws, region, name)
    if table is None or not table.get("DeletionProtectionEnabled"):
        return
    with translated(f"Turning off the deletion protection of table {name}", region):
        aws.client("dynamodb", region).update_table(TableName=name, DeletionProtectionEnabled=False)
    _wait(
        clock,
        f"Turning off the deletion protection of table {name}",
        region,
        lambda: _is_settled(aws, region, name),
    )


def _delete(aws: Aws, region: str, name: str) -> None:
    with translated(f"Deleting table {name}", region):
        try:
            aws.client("dynamodb", region).delete_table(TableName=name)
        except ClientError as error:
            if error.response["Error"]["Code"] == "ResourceNotFoundException":
                return
            # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
            if "24 hours" in error.response["Error"].get("Message", ""):
                raise AwsError(
                    f"Table {name} in {region} was given a replica less than 24 hours ago: DynamoDB does not delete "
                    "a source table before that.",
                    "Run this again tomorrow.",
                    code=error.response["Error"]["Code"],
                ) from error
            raise


def _describe(aws: Aws, region: str, name: str) -> dict[str, Any] | None:
    with translated(f"Looking at table {name}", region):
        try:
            table: dict[str, Any] = aws.client("dynamodb", region).describe_table(TableName=name)["Table"]
        except ClientError as error:
            if error.response["Error"]["Code"] == "ResourceNotFoundException":
                return None
            raise
    return table


def _is_settled(aws: Aws, region: str, name: str) -> bool:
    """True once nothing is being done to the table or one of its replicas: DynamoDB does one thing at a time."""
    table = _describe(aws, region, name)
    return table is None or (
        table["TableStatus"] in ("ACTIVE", "DELETING")
        and all(replica.get("ReplicaStatus", "ACTIVE") == "ACTIVE" for replica in table.get("Replicas", []))
    )


def _wait(clock: Clock, what: str, region: str, is_done: Callable[[], bool]) -> None:
    begun = clock.monotonic()
    while not is_done():
        elapsed_s = clock.monotonic() - begun
        if elapsed_s > _TIMEOUT_S:
            raise AwsError(f"{what} in {region} is not done after {_TIMEOUT_S} s.", "Run this again.")
        clock.sleep(min(_POLL_MAX_S, _POLL_MIN_S + elapsed_s / 20))
