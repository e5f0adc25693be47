"""What is kept of what grows with every request: logs, records, metrics, events, executions. The oldest is forgotten.

The engine keeps all of it for as long as it runs, about 5 kB for each comment that is posted.
"""

import asyncio

from mraa_local.engine import data_streams, log_groups, metrics, rules, state_machines, streams

LOG_EVENTS_PER_GROUP = 5_000
RECORDS_PER_STREAM = 10_000
DATAPOINTS_PER_METRIC = 5_000
EVENTS = 1_000
EXECUTIONS = 1_000
_EVERY_S = 10.0

_forgetting: "set[asyncio.Task[None]]" = set()  # keeps the task


def started() -> None:
    """Begin to forget."""
    _forgetting.add(asyncio.get_running_loop().create_task(_forget_often()))


def forget() -> None:
    """Forget the oldest of everything that is too much."""
    log_groups.keep_newest(LOG_EVENTS_PER_GROUP)
    streams.keep_newest(RECORDS_PER_STREAM)
    metrics.keep_newest(DATAPOINTS_PER_METRIC)
    data_streams.keep_newest(RECORDS_PER_STREAM)
    rules.keep_newest_events(EVENTS)
    state_machines.keep_newest(EXECUTIONS)


async def _forget_often() -> None:
    while True:
        await asyncio.sleep(_EVERY_S)
        forget()
