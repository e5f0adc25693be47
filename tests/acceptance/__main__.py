"""`make acceptance`: make the place, run the suite there, write the report, remove everything.

Exit codes: 0 every promise held that was run, 1 one did not, 2 it cannot be done as asked, 130 interrupted.
"""

import os
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Sequence
from contextlib import AbstractContextManager

from mraa.errors import MraaError, UsageError
from tests.acceptance import folder as folders
from tests.acceptance import in_account, on_local_cloud, report
from tests.acceptance.asked import Asked, read
from tests.acceptance.in_account import say
from tests.acceptance.target import VARIABLE, Target

REPORT = folders.CHECKOUT / "acceptance-report"
_TIMEOUT_S = {True: 900, False: 4 * 3600}  # of one test, by whether it runs on the local cloud
_INTERRUPTED = 130


def main(words: Sequence[str]) -> int:
    """Run it; the exit code."""
    try:
        asked = read(words)
        return _run(asked)
    except MraaError as error:
        sys.stderr.write(f"Error: {error.message}\n{error.hint}\n")
        return 2 if isinstance(error, UsageError) else 1
    except KeyboardInterrupt:
        return _INTERRUPTED


def _run(asked: Asked) -> int:
    name = f"mraa-acc-{uuid.uuid4().hex[:8]}"
    account = "" if asked.is_local else in_account.account_of(asked)
    if account:
        say(in_account.announcement(asked, name, account))
        if not asked.assumes_yes and input("Proceed? [y/N] ").strip().lower() not in ("y", "yes"):
            say("Cancelled; nothing was created.")
            return 1
    begun = time.monotonic()
    folder = folders.make(name)
    try:
        place: AbstractContextManager[Target] = (
            in_account.rented(asked, account, name, folder) if account else on_local_cloud.running(asked, name, folder)
        )
        with place as target:
            code = _suite(target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    results = report.write(REPORT, target.label, target.regions)
    for of in results:
        if of.result != "passed":
            say(f"{of.result}: {of.promise}{f' ({of.reason})' if of.reason else ''}")
    say(f"{target.label}: {time.monotonic() - begun:.0f} s. Report: {REPORT / report.TABLE}")
    return code


def _suite(target: Target) -> int:
    """The tests in a process of their own, that a Ctrl-C reaches too; pytest's exit code, 130 if interrupted."""
    shutil.rmtree(REPORT, ignore_errors=True)
    REPORT.mkdir()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_PROFILE")}
    environment |= {**target.environment, VARIABLE: str(target.save())}
    words = ["-m", "pytest", "-p", "no:cacheprovider", "-v", "--no-header", "--durations=0", "--durations-min=1"]
    words += [f"--timeout={_TIMEOUT_S[target.is_local]}", f"--junitxml={REPORT / report.JUNIT}", "tests/acceptance"]
    suite = subprocess.Popen([sys.executable, *words], cwd=folders.CHECKOUT, env=environment)
    try:
        return 1 if suite.wait() else 0
    except KeyboardInterrupt:
        suite.wait()
        return _INTERRUPTED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
