"""The outputs of docs/runbook.md, from one run on the local cloud: `make runbook`.

Each is what the command prints off a terminal, without the lines that only say that a step has begun.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from mraa_local import process
from tests.generated import write_part
from tests.local import verbs
from tests.local.deploying import CHECKOUT, eventually
from tests.local.operating import Deployment, connect, deploy
from tests.regions import PRIMARY, SECONDARY

PAGE = CHECKOUT / "docs" / "runbook.md"
COMMAND = "make runbook"


@dataclass
class Player:
    """Types commands and keeps what they print. ``write`` takes a part's name and its text."""

    deployment: Deployment
    write: Callable[[str, str], None]

    def run(self, *words: str, expect: int = 0) -> list[str]:
        """The lines of a command."""
        ended = verbs.run(words, self.deployment.folder, self.deployment.environment)
        if ended.exit_code != expect:
            raise SystemExit(f"mraa {' '.join(words)}: exit {ended.exit_code}, not {expect}\n{ended.out}{ended.err}")
        lines = [line.rstrip() for line in (ended.out + ended.err).splitlines()]
        return [line for line in lines if not line.startswith("… ")]

    def show(self, name: str, *words: str, expect: int = 0, keep: Callable[[str], bool] = lambda line: True) -> None:
        """Run a command and write it into the runbook as the part ``name``, with those of its lines to keep."""
        typed = " ".join(f'"{word}"' if " " in word else word for word in ("mraa", *words))
        lines = [line for line in self.run(*words, expect=expect) if keep(line)]
        sys.stdout.write(f"{name}\n")
        self.write(name, "\n".join(["```text", f"$ {typed}", *lines, "```"]))


def play(player: Player) -> None:
    """From a new deployment through a planned failover, a lost Region and its return, a long cut and a failback."""
    deployment = player.deployment
    player.show("status", "status")
    player.show("probe", "status", "--probe", keep=lambda line: line.startswith("lag of"))
    player.show("planned failover", "failover", "--yes", "--reason", f"maintenance in {PRIMARY}")
    player.show("history", "history", "--limit", "3")
    player.run("failback", "--yes")

    deployment.fault(fault="cut", **{"from": PRIMARY, "to": SECONDARY})
    player.show("drain timed out", "failover", "--yes", "--drain-timeout", "5", expect=3)
    connect(deployment)
    eventually(lambda: _agree(deployment))
    player.run("unfence", "--yes")
    eventually(lambda: _agree(deployment))
    player.show("drain refused", "failover", "--yes", "--drain-timeout", "40", expect=3)

    deployment.fault(fault="region", region=PRIMARY, state="down")
    player.show("lost Region", "status", expect=3)
    player.show("planned refused", "failover", "--yes", expect=3)
    player.show("unplanned failover", "failover", "--unplanned", "--yes", "--reason", f"{PRIMARY} is down")
    deployment.fault(fault="region", region=PRIMARY, state="up")
    eventually(lambda: _agree(deployment))
    player.run("failback", "--yes")

    deployment.cut()
    player.run("failover", "--unplanned", "--yes")
    for region in (PRIMARY, SECONDARY):
        deployment.add_photo(region)
        deployment.post(region)
    player.show("split brain", "status", expect=3, keep=_is_error)
    player.show("reconcile", "reconcile", expect=3, keep=_unfolded(5))
    connect(deployment)
    eventually(lambda: _agree(deployment))

    deployment.fault(fault="cut", **{"from": SECONDARY, "to": PRIMARY})
    deployment.add_photo(SECONDARY)
    player.show("failback refused", "failback", "--yes", expect=3, keep=_is_error)
    player.show("repair", "reconcile", "--repair", "--yes", keep=lambda line: "compared" not in line)
    connect(deployment)
    time.sleep(1)
    player.show("failback", "failback", "--yes")


def _agree(deployment: Deployment) -> bool:
    first, second = deployment.states()
    return first == second and first[2] == "agree"


def _is_error(line: str) -> bool:
    return line.startswith(("Error:", "       -", "       `"))


def _unfolded(examples: int) -> Callable[[str], bool]:
    """Keep so many examples, and every other line."""
    left = [examples]

    def keep(line: str) -> bool:
        if line.startswith("- "):
            left[0] -= 1
            return left[0] >= 0
        return not line.startswith("·")

    return keep


def main() -> int:
    """Play it and write the page."""
    with tempfile.TemporaryDirectory() as home, pytest.MonkeyPatch.context() as patch:
        patch.setenv("MRAA_HOME", home)
        cloud = process.start()
        try:
            with deploy(cloud, Path(home, "operator")) as deployment:
                play(Player(deployment, lambda name, text: write_part(PAGE, name, COMMAND, text)))
        finally:
            process.stop(cloud.port)
    return 0


if __name__ == "__main__":
    sys.exit(main())
