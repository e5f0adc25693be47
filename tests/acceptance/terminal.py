"""A verb at a terminal that is killed where it asks."""

import os
import pty
import select
import time

from tests.acceptance.shell import Shell

_PIECE = 4096
_SILENT_S = 1.0


def kill_at_the_question(shell: Shell, *words: str) -> str:
    """Run a verb as the deployer, kill it without warning when it asks whether to proceed; what it had shown."""
    ours, theirs = pty.openpty()
    process = shell.start(*words, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown, end = b"", time.monotonic() + shell.target.limits.stack_s
    try:
        while b"[y/N]" not in shown:
            assert time.monotonic() < end and process.poll() is None, shown.decode(errors="replace")
            if select.select([ours], [], [], _SILENT_S)[0]:
                shown += os.read(ours, _PIECE)
    finally:
        process.kill()
        process.wait()
        os.close(ours)
    return shown.decode(errors="replace")
