"""The command blocks of the pages, and a terminal in which a page's commands are typed one after the other.

A block of the language ``sh`` is run. A comment before it may say that it is not, and why, or with which exit code it
ends.
"""

import itertools
import os
import pty
import re
import select
import subprocess
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(r"(?:^<!-- (?P<mark>[^\n]*?) -->\n)?^```sh\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
_QUESTION = re.compile(rb"\[y/N\][^\n]*$")
_CTRL_C = "\x03"
_SILENCE_S = 5.0
_NOT_RUN, _EXIT_CODE = "not run: ", "exit code "


@dataclass(frozen=True)
class Block:
    """Commands as a page shows them. ``why_not`` is why they are not run; empty if they are."""

    text: str
    why_not: str = ""
    exit_codes: tuple[int, ...] = (0,)


def blocks(page: str) -> list[Block]:
    """Those of a page, in order. ValueError for a mark that is neither of the two."""
    found = []
    for match in _BLOCK.finditer(page):
        mark = match["mark"] or _EXIT_CODE + "0"
        if mark.startswith(_NOT_RUN) and mark != _NOT_RUN:
            found.append(Block(match["text"], why_not=mark.removeprefix(_NOT_RUN)))
        elif re.fullmatch(_EXIT_CODE + r"\d+( or \d+)*", mark):
            found.append(Block(match["text"], exit_codes=tuple(map(int, re.findall(r"\d+", mark)))))
        else:
            raise ValueError(f"{mark!r} before a block says neither why it is not run nor its exit code")
    return found


def script(page: str) -> str:
    """The page's commands for bash; it ends at the first that does not end as the page says."""
    lines = ["set -uo pipefail"]
    for number, block in enumerate(blocks(page), 1):
        if block.why_not:
            continue
        # all in one shell: a later block uses what an earlier one exported
        lines += [f"echo '## block {number}'", "set -e" if block.exit_codes == (0,) else "set +e", block.text.rstrip()]
        if block.exit_codes != (0,):
            codes = "|".join(map(str, block.exit_codes))
            lines.append(f'code=$?; case $code in {codes}) ;; *) echo "exit code $code, not {codes}"; exit 1 ;; esac')
    return "\n".join(lines) + "\n"


def type_in(
    commands: str,
    folder: Path,
    environment: Mapping[str, str],
    limit_s: float,
    *,
    question: re.Pattern[bytes] = _QUESTION,
    answers: Iterable[str] = itertools.repeat("y"),
) -> tuple[int, str]:
    """Run commands in bash on a terminal, as a person who answers questions: exit code, all that was shown.

    Without an answer left it is Ctrl-C; again after a while, for Python misses one that comes between a prompt and its
    waiting for input.
    """
    typed = (f"{answer}\n" for answer in answers)
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        ["bash", "-c", commands], cwd=folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs,
        start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    shown, answer, end = b"", "", time.monotonic() + limit_s
    try:
        while time.monotonic() < end:
            if not select.select([ours], [], [], _SILENCE_S)[0]:
                if answer == _CTRL_C:
                    os.write(ours, answer.encode())
                continue
            try:
                piece = os.read(ours, 4096)
            except OSError:  # a terminal that nobody has open any more
                piece = b""
            if not piece:
                break
            shown += piece
            if question.search(shown):
                answer = next(typed, _CTRL_C)
                os.write(ours, answer.encode())
                shown += b"\n"  # the same question is not answered twice
        else:
            process.kill()
        return process.wait(), shown.decode(errors="replace")
    finally:
        os.close(ours)
