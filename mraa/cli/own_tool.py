"""A checkout is built by its own tool: another one's templates, which are Python, must not meet its functions."""

import os
import sys
from pathlib import Path

from mraa.errors import UsageError
from mraa.release import origin


def take_over() -> None:
    """Go on as the tool of the checkout around the current folder, if it has one and it is not this one."""
    if not (checkout := _of_another_tool()):
        return
    inherited = os.environ.get("PYTHONPATH", "")
    if inherited.split(os.pathsep)[0] == str(checkout):  # it is the second attempt
        raise UsageError(f"The tool of {checkout} cannot be run.", f"Run {checkout}/.venv/bin/mraa (`make install`).")
    sys.stderr.write(f"mraa: built by the tool of {checkout}, in which you are\n")
    # -P: not the current folder, which may be any folder of the checkout
    words = [sys.executable, "-P", "-m", "mraa", *sys.argv[1:]]
    path = os.pathsep.join(filter(None, [str(checkout), inherited]))
    os.execve(sys.executable, words, {**os.environ, "PYTHONPATH": path})  # noqa: S606 - no shell is wanted


def require() -> None:
    """UsageError in a checkout that has another tool."""
    if checkout := _of_another_tool():
        raise UsageError(
            f"{checkout} has a tool of its own, and this one is installed elsewhere: the demo would mix them.",
            "Run `make demo` there, or `mraa demo` in another folder.",
        )


def _of_another_tool() -> Path | None:
    checkout = origin.find_checkout(Path.cwd())
    return checkout if checkout and origin.has_another_tool(checkout) else None
