"""Two ways to do the same, timed in turn: the ratio of each pair holds also while the machine's speed changes."""

import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PAIRS = 5
_TIMEOUT_S = 300

Words = Sequence[str]


@dataclass(frozen=True)
class Side:
    """Commands that run one after the other, in ``folder``; ``prepare`` is not timed."""

    commands: Sequence[Words]
    folder: Path
    environment: Mapping[str, str]
    prepare: Callable[[], None] = lambda: None

    def seconds(self) -> float:
        """From the start of the first command to the end of the last. Raises if one fails."""
        self.prepare()
        started = time.perf_counter()
        for words in self.commands:
            done = subprocess.run(
                list(words),
                cwd=self.folder,
                env=dict(self.environment),
                capture_output=True,
                text=True,
                check=False,
                stdin=subprocess.DEVNULL,
                timeout=_TIMEOUT_S,
            )
            if done.returncode:
                raise RuntimeError(f"{' '.join(words)}: exit {done.returncode}: {(done.stdout + done.stderr)[-800:]}")
        return time.perf_counter() - started


@dataclass(frozen=True)
class Comparison:
    """What is compared with what, and the ratio that is wanted at most."""

    what: str
    peer: str
    ours: Side
    theirs: Side
    goal: float


@dataclass(frozen=True)
class Result:
    """Seconds of each pair."""

    comparison: Comparison
    ours: list[float]
    theirs: list[float]

    @property
    def ratios(self) -> list[float]:
        """Ours to theirs, of each pair."""
        return [one / other for one, other in zip(self.ours, self.theirs, strict=True)]

    @property
    def ratio(self) -> float:
        """The median."""
        return statistics.median(self.ratios)


def measure(comparison: Comparison, pairs: int = PAIRS) -> Result:
    """Time ``pairs`` pairs, after one that warms up files and caches."""
    sides = (comparison.ours, comparison.theirs)
    rounds = [tuple(side.seconds() for side in sides) for _ in range(pairs + 1)][1:]
    return Result(comparison, [ours for ours, _ in rounds], [theirs for _, theirs in rounds])
