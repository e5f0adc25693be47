"""Twenty drills in a row, each on a cloud of its own, seeded: lag, load, and where the operator's tool crashes.

``make drills`` runs it; exit 1 at the first promise that does not hold or bound that is missed. The figures go into
docs/drills.md.
"""

import json
import platform
import random
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mraa_local import process
from tests.generated import write_part
from tests.local.conftest import make_client
from tests.local.deploying import CHECKOUT, make_deployer

COUNT = 20
PAGE = CHECKOUT / "docs" / "drills.md"
# what is promised of the switch, in seconds
PLANNED_FACTOR, PLANNED_EXTRA_S = 10, 3.0
UNPLANNED_S = 3.0


@dataclass(frozen=True)
class Plan:
    """The parameters of one drill."""

    number: int
    is_planned: bool
    lag_ms: int
    rate: int
    writers: int
    crash_after: str

    @property
    def bound_s(self) -> float:
        """How long the switch may take; twice as long if the tool crashes and drains once more."""
        if not self.is_planned:
            return UNPLANNED_S
        return (PLANNED_FACTOR * self.lag_ms / 1000 + PLANNED_EXTRA_S) * (2 if self.crash_after else 1)

    def words(self) -> list[str]:
        """The command line of the drill."""
        options = {"--lag-ms": self.lag_ms, "--rate": self.rate, "--writers": self.writers, "--seed": self.number}
        words = ["drill", *(str(word) for option in options.items() for word in option), "--yes"]
        if not self.is_planned:
            words.append("--unplanned")
        elif self.crash_after:
            words += ["--crash-after", self.crash_after]
        return words


def plans(count: int) -> list[Plan]:
    """Planned and unplanned in turn; the same count gives the same drills."""
    made = []
    for number in range(1, count + 1):
        dice = random.Random(number)
        is_planned = number % 2 == 1
        made.append(
            Plan(
                number,
                is_planned,
                lag_ms=dice.choice([300, 500, 800, 1200]) if is_planned else 2000,
                rate=dice.choice([8, 12, 16]) if is_planned else dice.choice([30, 40, 50]),
                writers=dice.choice([2, 4, 6]) if is_planned else 8,
                crash_after=dice.choice(["", "fence", "drain", "switch"]) if is_planned else "",
            )
        )
    return made


def run(plan: Plan) -> dict[str, Any]:
    """One drill on a fresh deployment: its ``drill.json``."""
    cloud = process.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            deployer = make_deployer(cloud, lambda service, region: make_client(cloud, service, region), Path(folder))
            deployer.publish()
            deployer.mraa("deploy", "--yes")
            started = deployer.start(*plan.words())
            said = "".join(started.communicate(timeout=600))
            ledger = deployer.folder / "drill" / "drill.json"
            if not ledger.is_file():
                raise SystemExit(f"drill {plan.number} did not finish: {said}")
            found: dict[str, Any] = json.loads(ledger.read_text())
            if found["endedEarly"]:
                raise SystemExit(f"drill {plan.number} ended early: {said}")
            return found
    finally:
        process.stop(cloud.port)


def problems(plan: Plan, found: dict[str, Any]) -> list[str]:
    """What failed; empty for a good drill."""
    bad = [
        f"{promise['name']} {promise['finding']}: {promise['detail']}"
        for promise in found["promises"]
        if promise["finding"] not in ("held", "not tested")
    ]
    taken = recovery_s(plan, found)
    if taken is None or taken > plan.bound_s:
        bad.append(f"the switch took {taken} s, {plan.bound_s:.1f} s allowed")
    return bad


def recovery_s(plan: Plan, found: dict[str, Any]) -> float | None:
    """Planned: fence to first acknowledged write; unplanned: declaration to first acknowledged write."""
    seconds: float | None = found["figures"]["rtoInterruptionS" if plan.is_planned else "rtoDeclaredS"]
    return seconds


def row(plan: Plan, found: dict[str, Any]) -> str:
    """One line of the table."""
    figures = found["figures"]
    kind = "planned" if plan.is_planned else "unplanned"
    crash = f", tool crashes after {plan.crash_after}" if plan.is_planned and plan.crash_after else ""
    unreplicated = "" if plan.is_planned else str(figures["unreplicatedAtCut"])
    return (
        f"| {plan.number} | {kind}{crash} | {plan.lag_ms} | {plan.rate} | {figures['acknowledged']} | "
        f"{figures['refused']} | {unreplicated} | {len(figures['lost'])} | {recovery_s(plan, found):.2f} | "
        f"{plan.bound_s:.1f} |"
    )


def text(rows: list[str]) -> str:
    """The page's part."""
    return f"""
Twenty drills in a row on the local cloud, each on a deployment of its own, seeded (`make drills`;
{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, {platform.machine()}). No promise was violated, no
acknowledged write was lost.

- *Recovery*: planned, from the acknowledged fence to the first acknowledged write in the secondary Region, at most
  10 x the replication lag + 3 s, and twice that if the tool crashes and drains once more; unplanned, from the
  declaration, at most 3 s.
- *Not replicated*: writes that the primary had acknowledged and the secondary did not have when the primary was lost.
  Every one was listed when the Region came back, and arrived.

| drill | kind | lag ms | writes/s and Region | acknowledged | refused | not replicated | lost | recovery s | bound s |
|---|---|---|---|---|---|---|---|---|---|
{chr(10).join(rows)}
"""


def main() -> int:
    """Run, print, keep."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    rows = []
    with tempfile.TemporaryDirectory() as home, pytest.MonkeyPatch.context() as patch:
        patch.setenv("MRAA_HOME", home)
        for plan in plans(count):
            found = run(plan)
            rows.append(row(plan, found))
            print(rows[-1], flush=True)
            if bad := problems(plan, found):
                print(f"drill {plan.number}: {'; '.join(bad)}\nmraa {' '.join(plan.words())}")
                return 1
    if count == COUNT:
        write_part(PAGE, "twenty drills", "make drills", text(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
