"""Fencing while many write."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tests.acceptance.shell import Answer, Shell, new_id

_WRITERS = 8
_BEFORE = 60  # acknowledged writes before the fence is set


@dataclass(frozen=True)
class Write:
    """One write: when it was begun, and what came of it."""

    begun: float
    comment: str
    answer: Answer


def test_a_fence_stops_many_writers_and_no_acknowledged_write_is_lost(active: Shell) -> None:
    """Under load a fence takes hold; every write is acknowledged, refused or told to retry, and none is lost.

    Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html
    """
    primary, limits, photo = active.target.primary, active.target.limits, new_id()
    writes: list[Write] = []
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            begun = time.monotonic()
            writes.append(Write(begun, *active.comment(primary, photo)))

    def acknowledged() -> set[str]:
        return {of.comment for of in list(writes) if of.answer.status == 200}

    with ThreadPoolExecutor(_WRITERS) as pool:
        running = [pool.submit(write) for _ in range(_WRITERS)]
        try:
            active.eventually(lambda: len(acknowledged()) > _BEFORE, limits.replicated_s, "the writers write")
            begun = time.monotonic()
            active.mraa("fence", "--yes")
            fenced = time.monotonic()
            seen = len(writes)
            active.eventually(lambda: len(writes) > seen + _WRITERS, limits.replicated_s, "the writers are refused")
            lifted = time.monotonic()
            active.mraa("unfence", "--yes")
            before = len(acknowledged())
            active.eventually(lambda: len(acknowledged()) > before, limits.replicated_s, "the writers write again")
        finally:
            stop.set()
    for writer in running:
        writer.result()

    assert fenced - begun < limits.fence_s
    answers = [of.answer for of in writes]
    unexpected = [of for of in answers if of.status not in (200, 409, 503)]
    assert not unexpected, unexpected[:3]
    assert all(of.body["error"]["code"] == "RegionFenced" for of in answers if of.status == 409)
    assert all("retry-after" in of.headers for of in answers if of.status == 503)
    assert sum(of.status == 503 for of in answers) <= len(answers) / 20
    while_fenced = [of for of in writes if fenced <= of.begun < lifted]
    assert while_fenced and not [of for of in while_fenced if of.answer.status == 200]
    for region in active.target.regions:
        active.eventually(
            lambda region=region: acknowledged() <= active.comments(region, photo),  # type: ignore[misc]
            limits.replicated_s,
            f"{region} has every acknowledged comment",
        )
