"""``make chaos-drills``: 200 seeded drills in a row; exit 1 if any broke a promise, with how to play it again.

``--seed 17`` plays that one alone, ``--show`` prints its schedule only, ``--count 20`` plays the first twenty.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from tests.drills.chaos import page
from tests.drills.chaos.check import judge
from tests.drills.chaos.page import Figures, figures, line
from tests.drills.chaos.play import Stage, stage
from tests.drills.chaos.schedule import KINDS, Schedule, draw, kind_of
from tests.generated import write_part
from tests.local.deploying import CHECKOUT

COUNT = 200
ON_ONE = 50  # drills on one deployment
# few fences take fewer seconds; the default number is among them
FENCES = (16, 64, 16, 16)
PAGE = CHECKOUT / "docs" / "drills.md"


def in_order(seeds: Sequence[int]) -> list[int]:
    """By kind: drills that let replication wait would make the drains of later ones long."""
    return sorted(seeds, key=lambda seed: (KINDS.index(kind_of(seed)), seed))


def run(schedules: Sequence[Schedule], on: Stage, kinds: dict[str, Figures]) -> list[int]:
    """Play them; returns the seeds that broke a promise."""
    bad: list[int] = []
    for schedule in schedules:
        begun = time.monotonic()
        played = on.play(schedule)
        found = figures(played)
        kinds[schedule.kind] = kinds.get(schedule.kind, Figures()).plus(found)
        print(line(f"{schedule.seed} {schedule.kind}, {time.monotonic() - begun:.0f} s", found), flush=True)
        if violations := judge(played):
            bad.append(schedule.seed)
            print(f"\n{schedule}\n", *(f"{outcome}" for outcome in played.outcomes), sep="\n")
            print(*violations, sep="\n")
            print(f"again: {sys.executable} -m tests.drills.chaos --seed {schedule.seed}\n", flush=True)
    return bad


def main() -> int:
    """Run, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, action="append", help="play this one (repeatable)")
    parser.add_argument("--count", type=int, default=COUNT, help="play the first so many")
    parser.add_argument("--show", action="store_true", help="print the schedules only")
    options = parser.parse_args()
    seeds = options.seed or list(range(1, options.count + 1))
    if options.show:
        print(*(draw(seed) for seed in seeds), sep="\n\n")
        return 0
    deployments = -(-len(seeds) // ON_ONE)
    kinds: dict[str, Figures] = {}
    bad: list[int] = []
    for number in range(deployments):
        with stage(fences=FENCES[number % len(FENCES)]) as on:
            some = seeds[number * ON_ONE : (number + 1) * ON_ONE]
            bad += run([draw(seed) for seed in in_order(some)], on, kinds)
    if bad:
        print(f"{len(bad)} of {len(seeds)} drills broke a promise: seeds {', '.join(map(str, bad))}")
        return 1
    if not options.seed and options.count == COUNT:
        ordered = {kind: kinds[kind] for kind in KINDS}
        write_part(PAGE, page.NAME, page.COMMAND, page.text(ordered, COUNT, deployments, FENCES, datetime.now(UTC)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
