"""A drill of the tickets against two small Regions, for tests."""

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

from mraa.aws import Aws, Clock
from mraa.events import Event
from mraa.recovery.drill.drill import Drill
from mraa.recovery.drill.faults import Faults
from mraa.recovery.drill.models import DrillOptions, DrillResult
from mraa.recovery.drill.target import Target
from mraa.recovery.runbook.operator import Operator
from tests.regions import REGIONS, SECONDARY
from tests.tickets import Tickets
from tests.unit.fake_cloud import FENCE_IDS, SETTINGS, FakeCloud

TICKETS = Tickets(len(FENCE_IDS))
HURRY = 60  # the fake's seconds in one of ours, while real threads write


@dataclass
class Drilling:
    """One drill of the tickets; ``on_event`` is called at each event and may raise."""

    cloud: FakeCloud = field(default_factory=FakeCloud)
    on_event: Callable[[Event], None] = lambda event: None
    events: list[Event] = field(default_factory=list)
    kept: list[DrillResult] = field(default_factory=list)
    lags: dict[tuple[str, str], int] = field(default_factory=dict)
    application: Tickets = TICKETS
    later: list[tuple[float, Callable[[], object]]] = field(default_factory=list)  # when, what

    def __post_init__(self) -> None:
        self.table = self.cloud.add_table("tickets", ticketId="S")
        ticks = itertools.count()  # no two moments are the same: what came first is what was first
        self.clock = Clock(self.cloud.clock.now, lambda: self.cloud.now + next(ticks) / 1e6, self._sleep)
        self.faults: Faults | None = Faults(
            lose=self.cloud.down.add,
            regain=self.cloud.down.discard,
            cut=lambda source, target: self.cloud.cut.add(target),
            heal=lambda source, target: self.cloud.cut.discard(target),
            lag=lambda source, target: self.lags.get((source, target), 300),
            set_lag=lambda source, target, ms: self.lags.update({(source, target): ms}),
        )

    def _sleep(self, seconds: float) -> None:
        time.sleep(seconds / HURRY)
        self.cloud.sleep(seconds)
        while self.later and self.later[0][0] <= self.cloud.now:
            self.later.pop(0)[1]()

    def _event(self, event: Event) -> None:
        self.events.append(event)
        self.on_event(event)

    def _new_aws(self) -> Aws:
        aws = self.cloud.aws

        def on_call(listener: Callable[[str, str, str], None]) -> None:
            listener("lambda", "Invoke", SECONDARY)

        fake = SimpleNamespace(client=aws.client, api_request=aws.api_request, on_call=on_call)
        return cast(Aws, fake)

    def run(self, *, keep: Callable[[DrillResult], None] | None = None, **options: Any) -> DrillResult:
        of = self.application, [self.application]
        target = Target(self.cloud.aws, self._new_aws, SETTINGS, *of, self.clock, self._event)
        chosen = DrillOptions(
            **{"is_planned": True, "writers": 2, "rate": 200, "phase_s": 10, "lag_ms": 300, **options}
        )
        return Drill(target, Operator("somebody", "mark"), chosen, self.faults, keep or self.kept.append).run()

    def states(self) -> list[str]:
        self.cloud.settle()
        return [self.cloud.record(region)["state"] for region in REGIONS]

    def left(self) -> dict[str, Any]:
        """What the tables of the application have, in both Regions."""
        self.cloud.settle()
        found = {(region, table): self.cloud.items(region, table) for region in REGIONS for table in self.cloud.keys}
        return {
            f"{region} {table}": items for (region, table), items in found.items() if items and "config" not in table
        }
