"""CloudWatch Logs: which groups exist, one line into one of their streams, and how many lines are kept."""

import time
import uuid
from typing import Any

from ministack.services import cloudwatch_logs


def exists(name: str | None) -> bool:
    """Whether a log group of this name exists here."""
    return name in cloudwatch_logs._log_groups


def write(group: str, stream: str, line: str) -> None:
    """Add an event to the stream, which is created if it does not exist."""
    if stream not in cloudwatch_logs._log_groups[group]["streams"]:
        cloudwatch_logs._create_log_stream({"logGroupName": group, "logStreamName": stream})
    event = {"timestamp": int(time.time() * 1000), "message": line}
    cloudwatch_logs._put_log_events({"logGroupName": group, "logStreamName": stream, "logEvents": [event]})


def give_ids() -> None:
    """Give each event an id, as CloudWatch Logs does: the engine leaves out those of functions."""
    append = cloudwatch_logs._append_log_events

    def appended(stream: dict[str, Any], events: list[dict[str, Any]]) -> None:
        append(stream, [{"eventId": str(uuid.uuid4()), **event} for event in events])

    cloudwatch_logs._append_log_events = appended


def keep_newest(events: int) -> None:
    """Forget all but the newest events of each group, whose oldest streams go as a whole."""
    for group in list(cloudwatch_logs._log_groups.all_values()):
        streams = group["streams"]
        newest_first = sorted(streams, key=lambda name: streams[name]["lastEventTimestamp"] or 0, reverse=True)
        room = events
        for name in newest_first:
            kept = streams[name]["events"]
            if room <= 0:
                del streams[name]
            elif len(kept) > room:
                with cloudwatch_logs._log_events_lock:
                    del kept[: len(kept) - room]
            room -= len(kept)
    # a second copy of each event that came through the API, by its pointer
    copies = cloudwatch_logs._log_records
    every = copies.all_items()
    for (account_id, region, pointer), _ in every[: max(0, len(every) - events)]:
        copies.pop_scoped(account_id, region, pointer, None)
