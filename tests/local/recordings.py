"""Recordings of a deploy and of one that fails, as a person at a terminal sees them: `make recordings`.

The tool runs at a pseudo-terminal on the local cloud; what it shows goes to docs/recordings/, colours left out.
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

import pytest

from mraa.local import process
from tests.local.conftest import make_client
from tests.local.deployer import CHECKOUT, SECONDARY, Deployer, make_deployer
from tests.local.failing import set_failing

FOLDER = CHECKOUT / "docs" / "recordings"
COLUMNS, LINES = 160, 50
_COLOURS = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]")


def recorded(deployer: Deployer, *words: str) -> str:
    """All that a verb shows at a terminal when its question is answered with yes."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    running = deployer.start(*words, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown, has_answered = b"", False
    while True:
        try:
            piece = os.read(ours, 4096)
        except OSError:  # Linux's way to say that the other side is closed
            break
        if not piece:
            break
        shown += piece
        if b"[y/N]" in shown and not has_answered:
            has_answered = True
            os.write(ours, b"y\n")
    os.close(ours)
    exit_code = running.wait(timeout=60)
    text = _COLOURS.sub(b"", shown).decode().replace("\r\n", "\n")
    lines = [line.rstrip() for line in text.splitlines()]
    return "\n".join([f"$ mraa {' '.join(words)}", *lines, f"$ echo $?\n{exit_code}", ""])


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
    """Write the recordings; the exit code is 1 where one is not what it should be."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with deployment() as deployer:
        set_failing(deployer, SECONDARY, "PhotosFunction", is_failing=True)
        failed = recorded(deployer, "deploy")
        set_failing(deployer, SECONDARY, "PhotosFunction", is_failing=False)
        (FOLDER / "deploy-that-fails.txt").write_text(failed, encoding="utf-8")
        deployer.mraa("destroy", "--delete-data", "--confirm", "mraa", "--yes")
        made = recorded(deployer, "deploy")
        deployer.change_function("photos_api", "an update")
        deployer.publish()
        made += "\n" + recorded(deployer, "deploy")
        (FOLDER / "deploy.txt").write_text(made, encoding="utf-8")
    is_right = f"First cause: {SECONDARY}: PhotosFunction" in failed and made.count("$ echo $?\n0") == 2
    return 0 if is_right else 1


if __name__ == "__main__":
    sys.exit(main())
