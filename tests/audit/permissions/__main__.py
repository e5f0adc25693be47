"""Takes every Allow statement of every role away, one at a time, and sees whether anybody notices.

``python -m tests.audit.permissions`` (``make audit-permissions``) writes the table into docs/security.md. Exit 1 if
something does not work with all of them, if a statement is missed by nobody and its resource's metadata does not say
why, or if it says so of one that is missed. ``--only TEXT``: statements whose label contains the text; the table is
left alone.
"""

import argparse
import multiprocessing
import os
import platform
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor, as_completed
from datetime import UTC, datetime
from pathlib import Path

from mraa.templates import placeholder_release, render
from tests.audit.permissions import lifecycle, statements
from tests.audit.permissions.statements import Statement
from tests.generated import write_part
from tests.local.deploying import CHECKOUT

PAGE, NAME, COMMAND = CHECKOUT / "docs" / "security.md", "statements", "make audit-permissions"


def main() -> int:
    """See the module."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="")
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    options = parser.parse_args()
    found = [statement for statement in _all() if options.only in statement.label]
    _say(f"{len(found)} statements; first with all of them")
    if problem := lifecycle.run():
        _say(f"does not work with all of them: {problem}")
        return 1
    results: dict[Statement, str] = {}
    with ProcessPoolExecutor(options.workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        futures = {pool.submit(lifecycle.run_without, statement): statement for statement in found}
        for future in as_completed(futures):
            statement = futures[future]
            results[statement] = future.result()
            _say(f"{len(results)}/{len(found)} {statement.label}: {results[statement] or 'nobody notices'}")
    wrong = [_wrong(statement, results[statement]) for statement in found]
    for line in filter(None, wrong):
        _say(line)
    if not options.only:
        write_part(PAGE, NAME, COMMAND, _table(found, results))
    return 1 if any(wrong) else 0


def _all() -> list[Statement]:
    with tempfile.TemporaryDirectory() as folder:
        for name, text in render(placeholder_release()).items():
            Path(folder, name).write_text(text, encoding="utf-8")
        return statements.find(Path(folder))


def _wrong(statement: Statement, noticed: str) -> str:
    if not noticed and not statement.explanation:
        return f"{statement.label}: nobody notices; remove it, or say in its resource's metadata why it is needed"
    if noticed and statement.explanation:
        return f"{statement.label}: is missed ({noticed}); remove the explanation from its resource's metadata"
    return ""


def _table(found: list[Statement], results: dict[Statement, str]) -> str:
    killed = sum(bool(results[statement]) for statement in found)
    explained = sum(not results[statement] and bool(statement.explanation) for statement in found)
    lines = [
        f"{len(found)} statements taken away, one at a time, from a deployment on the local cloud: {killed} missed, "
        f"{explained} explained, {len(found) - killed - explained} neither ({datetime.now(UTC):%Y-%m-%d}, "
        f"Python {platform.python_version()}).",
        "",
        "| statement | without it |",
        "|---|---|",
    ]
    for statement in found:
        text = f"fails at *{results[statement].partition(':')[0]}*" if results[statement] else statement.explanation
        lines.append(f"| {statement.label} | {text or 'NOBODY NOTICES'} |")
    return "\n".join(lines)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
