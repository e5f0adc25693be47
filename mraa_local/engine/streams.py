"""DynamoDB streams: whether one exists, the size of its records, and the records over a restart.

The engine saves where an event source mapping is in a stream, but not the stream.
"""

from typing import Any

from ministack.services import dynamodb

from mraa_local.engine import tables


def exists(stream_arn: str) -> bool:
    """Whether this is the current stream of a table, or a replica, here."""
    table = table_of(stream_arn)
    return table is not None and bool((table.get("StreamSpecification") or {}).get("StreamEnabled"))


def table_of(stream_arn: str) -> tables.Table | None:
    """The table, or replica, here whose latest stream this is."""
    table = tables.find(stream_arn.partition(":table/")[2].partition("/")[0])
    return table if table and table.get("LatestStreamArn") == stream_arn else None


def give_records_a_size() -> None:
    """Let each record say how large it is; the engine says 0."""
    build = dynamodb._build_change_record

    def built(*arguments: Any, **named: Any) -> dict[str, Any]:
        record: dict[str, Any] = build(*arguments, **named)
        change = record["dynamodb"]
        items = [change[name] for name in ("Keys", "OldImage", "NewImage") if name in change]
        change["SizeBytes"] = sum(dynamodb._item_size_bytes(item) for item in items)
        return record

    dynamodb._build_change_record = built


def saved() -> list[dict[str, Any]]:
    """Every stream, in JSON's types; ``restore`` takes it."""
    return [
        {
            "account_id": account_id,
            "region": region,
            "table": table,
            "trimmed": dynamodb._stream_trimmed.get_scoped(account_id, region, table, 0),
            "records": list(records),
        }
        for (account_id, region, table), records in dynamodb._stream_records.all_items()
    ]


def restore(stream: dict[str, Any]) -> None:
    """Bring one back."""
    where = stream["account_id"], stream["region"], stream["table"]
    dynamodb._stream_records.set_scoped(*where, stream["records"])
    dynamodb._stream_trimmed.set_scoped(*where, stream["trimmed"])


def keep_newest(records: int) -> None:
    """Forget all but the newest records of each stream, as those that are too old are forgotten."""
    for (account_id, region, table), kept in list(dynamodb._stream_records.all_items()):
        if (too_many := len(kept) - records) > 0:
            del kept[:too_many]
            trimmed = dynamodb._stream_trimmed.get_scoped(account_id, region, table, 0)
            dynamodb._stream_trimmed.set_scoped(account_id, region, table, trimmed + too_many)
