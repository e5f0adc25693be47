"""`make acceptance`: make the place, run the suite there, write the report, remove everything.

Exit codes: 0 every promise held that was run, 1 one did not, 2 it cannot be done as asked, 130 interrupted.
"""

import os
import shutil
import signal
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
from tests.checkout import CHECKOUT

REPORT = CHECKOUT / "acceptance-report"
_INTERRUPTED = 130


def main(words: Sequence[str]) -> int:
    """Run it; the exit code."""
    # ended by whatever runs it, it removes what it made as well; a shell's background job ignores SIGINT, and so would
    # the suite's process
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        return _run(read(words))
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
        if not asked.assumes_yes and not _is_confirmed():
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


def _is_confirmed() -> bool:
    """Ask whether to proceed; UsageError where nobody can answer."""
    try:
        return input("Proceed? [y/N] ").strip().lower() in ("y", "yes")
    except EOFError as error:
        raise UsageError("Nobody answers whether to proceed.", "In a script: YES=1") from error


def _suite(target: Target) -> int:
    """The tests in a process of their own, which is interrupted with this one; 0, 1, or 130 if it was."""
    shutil.rmtree(REPORT, ignore_errors=True)
    REPORT.mkdir()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_PROFILE")}
    environment |= {**target.environment, VARIABLE: str(target.save())}
    words = ["-m", "pytest", "-p", "no:cacheprovider", "-v", "--no-header", "--tb=short"]
    # the older form: the newer has no place for a test's promise and source
    words += ["-o", "junit_family=xunit1"]
    words += [f"--timeout={target.limits.test_s}", f"--junitxml={REPORT / report.JUNIT}", "tests/acceptance"]
    suite = subprocess.Popen([sys.executable, *words], cwd=CHECKOUT, env=environment, start_new_session=True)
    try:
        return 1 if suite.wait() else 0
    except KeyboardInterrupt:
        suite.send_signal(signal.SIGINT)
        suite.wait()
        return _INTERRUPTED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
