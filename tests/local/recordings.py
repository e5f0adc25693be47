"""Recordings of a deploy and of one that fails, as a terminal shows them: `make recordings`.

The tool runs at a pseudo-terminal on the local cloud; what a terminal of that size shows goes to docs/recordings/,
without colours.
"""

import fcntl
import os
import pty
import re
import struct
import sys
import tempfile
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyte
import pytest

from mraa_local import process
from tests.local.conftest import make_client
from tests.local.deploying import CHECKOUT, Deployer, make_deployer
from tests.local.failing import set_state
from tests.regions import SECONDARY

FOLDER = CHECKOUT / "docs" / "recordings"
COLUMNS, LINES = 160, 50
SCROLLBACK = 10_000


def recorded(deployer: Deployer, *words: str) -> tuple[str, str]:
    """All that a verb leaves on a terminal when its question is answered with yes; and the live table while it runs.

    Of the table it is the first one that shows both stack instances, empty if there was none.
    """
    screen = pyte.HistoryScreen(COLUMNS, LINES, history=SCROLLBACK, ratio=0.5)
    stream = pyte.ByteStream(screen)
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    running = deployer.start(*words, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    has_answered, table = False, ""
    while True:
        try:
            piece = os.read(ours, 4096)
        except OSError:  # how Linux reports that the other side is closed
            break
        if not piece:
            break
        # in parts: otherwise a table that is cleared in the same piece is never seen
        for part in re.split(rb"(?=\r\x1b\[2K)", piece):
            table = table or _table(screen)
            stream.feed(part)
        if not has_answered and "[y/N]" in "".join(screen.display):
            has_answered = True
            os.write(ours, b"y\n")
    os.close(ours)
    exit_code = running.wait(timeout=60)
    scrolled = ["".join(line[column].data for column in range(COLUMNS)) for line in screen.history.top]
    lines = [line.rstrip() for line in (*scrolled, *screen.display)]
    text = "\n".join(lines).rstrip()
    return f"$ mraa {' '.join(words)}\n{text}\n$ echo $?\n{exit_code}\n", table


def _table(screen: pyte.HistoryScreen) -> str:
    """The live table on the screen, once both stack instances are in it."""
    lines = [line.rstrip() for line in screen.display]
    headers = [number for number, line in enumerate(lines) if re.match(r"Region +done +running +to do", line)]
    if not headers:
        return ""
    shown = "\n".join(lines[headers[-1] - 1 :]).rstrip()
    return shown + "\n" if shown.count("stack instance") == 2 else ""


@contextmanager
def deployment() -> Iterator[Deployer]:
    """A cloud of its own with a release in both Regions."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("MRAA_HOME", f"{folder}/home")
        cloud = process.start()
        try:
            work = Path(folder, "work")
            work.mkdir()
            made = make_deployer(cloud, lambda *place: make_client(cloud, *place), work)
            made.publish()
            yield made
        finally:
            process.stop(cloud.port)


def main() -> int:
    """Write the recordings; the exit code is 1 if one is not as expected."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with deployment() as deployer:
        set_state(deployer, SECONDARY, "PhotosFunction", "fails")
        failed, _ = recorded(deployer, "deploy")
        set_state(deployer, SECONDARY, "PhotosFunction", "works")
        (FOLDER / "deploy-that-fails.txt").write_text(failed, encoding="utf-8")
        deployer.mraa("destroy", "--delete-data", "--confirm", "mraa", "--yes")
        made, table = recorded(deployer, "deploy")
        (FOLDER / "deploy-while-it-runs.txt").write_text(table, encoding="utf-8")
        deployer.change_function("photos_api", "an update")
        deployer.publish()
        made += "\n" + recorded(deployer, "deploy")[0]
        (FOLDER / "deploy.txt").write_text(made, encoding="utf-8")
    is_right = f"First cause: {SECONDARY}: PhotosFunction" in failed and made.count("$ echo $?\n0") == 2 and table
    return 0 if is_right else 1


if __name__ == "__main__":
    sys.exit(main())
