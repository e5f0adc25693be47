"""How many fences does a load need, and how long does fencing take under it? A simulation: no cloud, seeded.

Simulated is what DynamoDB does with transactions that meet on an item. AWS ("Transaction conflict handling",
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html): a PutItem, UpdateItem or
DeleteItem conflicts with an ongoing TransactWriteItems that includes the item, and so does another TransactWriteItems
with it; two that merely check the item (ConditionCheck) are not exempt. How it is done is described in "Distributed
Transactions at Scale in Amazon DynamoDB" (USENIX ATC 2023, https://www.usenix.org/system/files/atc23-idziorek.pdf,
listing 4): an item carries the id of its one ongoing transaction from its preparation to the commit, and is prepared
for no other meanwhile. So two checks of one fence conflict here. That transactions hold their items for 10 to 20 ms is
an assumption, as are the other times below.

What the functions do is theirs: number of workers, deadlines, and each pause between retries, which their own code
draws. Not simulated: capacity (a partition serves 1,000 write units a second, and a check takes two), cold starts, the
functions' own time.

``python -m benchmarks.fences`` takes some minutes, prints the tables and writes them into docs/fences.md.
"""

import heapq
import random
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

from botocore.exceptions import ClientError

from app_state_updater.change import _WORKERS as WORKERS
from app_state_updater.rules import Fence as FenceItem
from app_state_updater.table import StateTable
from mraa_fence import Fence
from mraa_fence.retries import retry
from photos_api.handler import _RETRY_LIMIT_S as WRITE_LIMIT_S
from shared.clock import Clock
from tests.generated import write_part

PAGE = Path(__file__).parents[1] / "docs" / "fences.md"

RATES = (1_000, 2_500, 5_000, 10_000)
FENCES = (64, 256, 1_024)
FEWER_WORKERS = 16
SEED = 1

HOLD_S = (0.010, 0.020)  # a transaction, from its preparation to its commit
REJECTED_S = 0.005  # one that meets a conflict
UPDATE_S = 0.004  # an UpdateItem, or its refusal
FENCE_AT_S = 6.0  # by then an overload shows
MEASURED_S = (2.0, 5.0)  # writes that arrive then are counted
END_S = 12.0  # when their deadlines have passed
UPDATER_LIMIT_S = 28.0  # simulated no longer; the function has a minute

Pauses = Sequence[float]
_BANK = 200


class _Client:
    """DynamoDB as it is while each item is always within another transaction."""

    meta = SimpleNamespace(region_name="here")

    def transact_write_items(self, **_: Any) -> NoReturn:
        response: Any = {"Error": {"Code": "TransactionCanceledException"}}
        raise ClientError(response | {"CancellationReasons": [{"Code": "TransactionConflict"}]}, "TransactWriteItems")

    def update_item(self, **_: Any) -> NoReturn:
        raise ClientError({"Error": {"Code": "TransactionConflictException"}}, "UpdateItem")


def drawn(run: Callable[[Clock], Any], dice: random.Random) -> Pauses:
    """The pauses that a function makes while it meets nothing but conflicts, until its deadline."""
    pauses: list[float] = []
    passed_s = [0.0]

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        passed_s[0] += seconds

    clock = Clock(monotonic=lambda: passed_s[0], sleep=sleep, random=dice.random)
    try:
        run(clock)
    except ClientError:
        return pauses
    raise AssertionError("it went on without an error")


def writer_pauses(clock: Clock) -> None:
    """The photos API's: a request is answered 503 when they are over."""
    Fence(_Client(), "config", "app", "here", 64, clock).write([{"Put": {}}], WRITE_LIMIT_S)


def updater_pauses(clock: Clock) -> None:
    """The state function's, for one fence."""
    StateTable(_Client(), "config", "app", "here", clock, UPDATER_LIMIT_S).raise_fence("fence", FenceItem("none", 2))


def backoff_pauses(clock: Clock) -> None:
    """Those of everything else: exponential backoff from 25 ms to a second, with full jitter."""
    retry(lambda: _Client().update_item(), clock, UPDATER_LIMIT_S)


@dataclass
class Result:
    """Of one run. Times in seconds; ``fenced_s`` is infinite if the updater gave up."""

    attempts: int = 0
    conflicts: int = 0
    latencies_s: list[float] = field(default_factory=list)
    unavailable: int = 0
    fenced_s: float = float("inf")

    def row(self) -> str:
        """Conflicts, latency and 503s as cells."""
        answered = len(self.latencies_s) + self.unavailable
        p50, p99 = (f"{1000 * quantile(self.latencies_s, share):,.0f}" for share in (0.5, 0.99))
        return f"{self.conflicts / self.attempts:.0%} | {p50} | {p99} | {self.unavailable / answered:.1%}"


def quantile(values: Sequence[float], share: float) -> float:
    """The value that this share of them does not exceed."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


class Simulation:
    """A Region's writers, and from ``fence_at_s`` on, if given, an updater that sets every fence."""

    def __init__(self, rate: int, fences: int, banks: Mapping[str, Sequence[Pauses]], seed: int = SEED) -> None:
        self.rate, self.fences, self.banks = rate, fences, banks
        self.dice = random.Random(seed)  # noqa: S311 - a simulation
        self.held_until = [0.0] * fences
        self.is_set = [False] * fences
        self.left = fences
        self.numbers = count()
        self.events: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = []
        self.result = Result()

    def run(self, end_s: float, fence_at_s: float | None = None, workers: int = WORKERS) -> Result:
        """Until the end, or until every fence is set."""
        self.at(0.0, self.arrive)
        if fence_at_s is not None:
            unset = iter(range(self.fences))
            for _ in range(workers):
                self.at(fence_at_s, self.take, unset, fence_at_s)
        while self.events and self.events[0][0] < end_s and self.left:
            now, _, do, arguments = heapq.heappop(self.events)
            do(now, *arguments)
        return self.result

    def at(self, moment: float, do: Callable[..., None], *arguments: Any) -> None:
        """Do it then."""
        heapq.heappush(self.events, (moment, next(self.numbers), do, arguments))

    def arrive(self, now: float) -> None:
        """A request; the next one follows at random."""
        self.at(now + self.dice.expovariate(self.rate), self.arrive)
        self.write(now, now, 0, self.dice.choice(self.banks["writer"]))

    def write(self, now: float, begun: float, attempt: int, pauses: Pauses) -> None:
        """One attempt of a write, with a fence of its own."""
        fence = int(self.dice.random() * self.fences)
        is_counted = MEASURED_S[0] <= begun < MEASURED_S[1]
        self.result.attempts += is_counted
        if self.is_set[fence]:
            return  # refused
        if self.held_until[fence] <= now:
            self.held_until[fence] = done = now + self.dice.uniform(*HOLD_S)
            if is_counted:
                self.result.latencies_s.append(done - begun)
            return
        self.result.conflicts += is_counted
        now += REJECTED_S
        if attempt >= len(pauses) or now + pauses[attempt] > begun + WRITE_LIMIT_S:
            self.result.unavailable += is_counted
        else:
            self.at(now + pauses[attempt], self.write, begun, attempt + 1, pauses)

    def take(self, now: float, unset: Any, begun: float) -> None:
        """A worker of the updater takes the next fence."""
        if (fence := next(unset, None)) is not None:
            self.set(now, fence, 0, self.dice.choice(self.banks["updater"]), unset, begun)

    def set(self, now: float, fence: int, attempt: int, pauses: Pauses, unset: Any, begun: float) -> None:
        """One attempt of the updater to set a fence."""
        if self.held_until[fence] <= now:
            self.is_set[fence] = True
            self.left -= 1
            self.result.fenced_s = now + UPDATE_S - begun if not self.left else float("inf")
            self.at(now + UPDATE_S, self.take, unset, begun)
        elif attempt < len(pauses):
            self.at(now + UPDATE_S + pauses[attempt], self.set, fence, attempt + 1, pauses, unset, begun)


def bank(run: Callable[[Clock], Any]) -> list[Pauses]:
    """Many drawn sequences of pauses, to choose from."""
    dice = random.Random(SEED)  # noqa: S311 - a simulation
    return [drawn(run, dice) for _ in range(_BANK)]


def write_table(writer: Sequence[Pauses]) -> list[str]:
    """Writes by load and number of fences."""
    lines = [
        "| writes/s | fences | attempts that conflict | p50 ms | p99 ms | answered 503 |",
        "|---|---|---|---|---|---|",
    ]
    for rate in RATES:
        for fences in FENCES:
            result = Simulation(rate, fences, {"writer": writer}).run(END_S)
            lines.append(f"| {rate:,} | {fences:,} | {result.row()} |")
            print(lines[-1], flush=True)
    return lines


def fence_table(writer: Sequence[Pauses], updaters: Mapping[tuple[str, int], Sequence[Pauses]]) -> list[str]:
    """Time until the last fence is set, the longest of three runs."""
    heads = " | ".join(f"{name}, {workers} workers" for name, workers in updaters)
    lines = [f"| writes/s | fences | {heads} |", "|---|---" + "|---" * len(updaters) + "|"]
    for rate in RATES:
        for fences in FENCES:
            cells = []
            for (_, workers), updater in updaters.items():
                banks = {"writer": writer, "updater": updater}
                runs = [
                    Simulation(rate, fences, banks, seed).run(FENCE_AT_S + UPDATER_LIMIT_S, FENCE_AT_S, workers)
                    for seed in (1, 2, 3)
                ]
                longest_s = max(run.fenced_s for run in runs)
                cells.append(f"{longest_s:.2f}" if longest_s < UPDATER_LIMIT_S else f"over {UPDATER_LIMIT_S:.0f}")
            lines.append(f"| {rate:,} | {fences:,} | {' | '.join(cells)} |")
            print(lines[-1], flush=True)
    return lines


def main() -> None:
    """Simulate, print, keep."""
    writer, updater, backoff = bank(writer_pauses), bank(updater_pauses), bank(backoff_pauses)
    mean_ms = 1000 * statistics.mean(pause for pauses in updater for pause in pauses)
    writes = write_table(writer)
    fencing = fence_table(
        writer,
        {
            ("backoff to 1 s", FEWER_WORKERS): backoff,
            ("backoff to 1 s", WORKERS): backoff,
            ("the function's pauses", FEWER_WORKERS): updater,
            ("the function's pauses", WORKERS): updater,
        },
    )
    text = f"""
Simulated (`make bench`; transactions of {1000 * HOLD_S[0]:.0f} to {1000 * HOLD_S[1]:.0f} ms), not measured on AWS.
Writers retry as `functions/photos_api` does, for {WRITE_LIMIT_S:.0f} s:

{chr(10).join(writes)}

Seconds from the first to the last fence set under the same load, the longest of three runs: with the exponential
backoff that everything else has, and with the state function's own pauses
({mean_ms:.0f} ms on average). It has {WORKERS} workers:

{chr(10).join(fencing)}
"""
    write_part(PAGE, "fences under load", "make bench", text)


if __name__ == "__main__":
    main()
