"""CloudWatch Logs: which groups exist, and one line into one of their streams."""

import time

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
