"""Start, find and stop local clouds: one child process a port, its keys and log in a state folder.

The child locks its folder for as long as it lives. So a folder left behind by a killed child, or a process id that
belongs to another program by now, is never taken for a running cloud.
"""

import contextlib
import fcntl
import importlib.util
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import urllib3

from mraa_local import environment as env
from mraa_local.environment import Options
from mraa_local.errors import GET_IT, LocalCloudError, RefusedError

DEFAULT_PORT = 4566
LAST_PORT = 65535
START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 10.0
_REQUIRED = ("ministack", "airspeed", "cryptography", "hypercorn")
_LOG_LINES_SHOWN = 15


@dataclass(frozen=True)
class LocalCloud:
    """A running local cloud and how to reach it."""

    endpoint: str
    port: int
    pid: int
    auth: bool
    persist: bool
    folder: Path
    environment: dict[str, str] = field(repr=False)
    """Variables to set; ``unset`` names those to unset."""
    token: str = field(repr=False)
    unset: tuple[str, ...] = env.UNSET

    @property
    def log(self) -> Path:
        """The server's log."""
        return self.folder / env.LOG_FILE


def home() -> Path:
    """Where state folders are: ``$MRAA_HOME/local`` or ``~/.mraa/local``."""
    if given := os.environ.get("MRAA_HOME"):
        return Path(given) / "local"
    try:
        return Path.home() / ".mraa" / "local"
    except RuntimeError as error:  # a user that no table lists, as containers have them
        raise RefusedError("There is no home folder for the local cloud's state.", "Set MRAA_HOME.") from error


def start(
    port: int | None = None,
    *,
    auth: bool = True,
    persist: bool | None = None,
    detach: bool = False,
    opted_in: Sequence[str] = (),
    allowed: Sequence[str] = (),
) -> LocalCloud:
    """Start a local cloud and wait until it answers.

    ``port`` None takes a free one. ``persist`` keeps its state when it stops (in the port's folder). ``opted_in``: the
    Regions that are disabled by default and enabled for the account. ``allowed``: resource types of the engine that are
    let into templates although nobody has looked at them. Unless ``detach``, the cloud stops when this
    process ends, however it ends. Raises RefusedError if the port is taken, the ``local`` extra is missing, a Region
    is not one to opt in to or a resource type not one to allow; LocalCloudError with the log's last lines if the child
    dies.
    """
    _require_extra()
    _check_opted_in(opted_in)
    with _bound_socket(port) as listener:
        number = listener.getsockname()[1]
        folder = home() / str(number)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _wait_for_lock(folder, STOP_TIMEOUT_S)  # one that is stopping has left the port, but not yet the folder
        options = env.draw(
            number,
            folder,
            auth=auth,
            persist=bool(persist),
            attached=not detach,
            opted_in=tuple(opted_in),
            allowed=tuple(allowed),
        )
        child = _spawn(options, listener)
    _forget(number)
    _children[number] = child
    try:
        _wait_until_ready(child, options)
    except BaseException:
        child.kill()
        _forget(number)
        sweep(folder)
        raise
    return _cloud(options, child.pid)


def _check_opted_in(opted_in: Sequence[str]) -> None:
    if not opted_in:
        return
    from mraa_local import regions  # reads botocore's data, which takes a while

    for region in opted_in:
        if region not in regions.opt_in():
            raise RefusedError(
                f"{region} is not a Region that is disabled by default.",
                f"Opt in to one of these: {', '.join(sorted(regions.opt_in()))}.",
            )


def find(port: int) -> LocalCloud | None:
    """The local cloud on ``port``, if it is running."""
    folder = home() / str(port)
    if not is_locked(folder):
        return None
    try:
        values = json.loads((folder / env.STATE_FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    pid = values.pop("pid")
    return _cloud(Options(**values), pid)


def running() -> list[LocalCloud]:
    """Every local cloud that is running, by port."""
    ports = sorted(int(entry.name) for entry in home().glob("*") if entry.name.isdigit())
    return [cloud for port in ports if (cloud := find(port))]


def stop(port: int) -> bool:
    """Stop the local cloud on ``port``; False if none is running. Safe to repeat."""
    folder = home() / str(port)
    was_running = is_locked(folder)
    if was_running:
        pid = _lock_holder(folder)
        _signal(pid, signal.SIGTERM)
        if not _wait_for_lock(folder, STOP_TIMEOUT_S):
            _signal(pid, signal.SIGKILL)
            if not _wait_for_lock(folder, STOP_TIMEOUT_S):
                raise LocalCloudError(f"The local cloud on port {port} (process {pid}) does not stop.")
    _forget(port)
    sweep(folder)
    return was_running


def wait(port: int) -> int:
    """Wait until the local cloud that this process started on ``port`` ends; returns its exit code."""
    return _children[port].wait()


# The children of this process. Their standard input stays open (unless detached): it is closed when this process ends,
# however it ends, and ends them.
_children: dict[int, subprocess.Popen[str]] = {}


def _forget(port: int) -> None:
    child = _children.pop(port, None)
    if child is not None:
        if child.stdin:
            with contextlib.suppress(BrokenPipeError):  # it ended before it had read its options
                child.stdin.close()
        child.wait()


def _cloud(options: Options, pid: int) -> LocalCloud:
    return LocalCloud(
        endpoint=options.endpoint,
        port=options.port,
        pid=pid,
        auth=options.auth,
        persist=options.persist,
        folder=options.path,
        environment=env.for_clients(options),
        token=options.token,
    )


def _require_extra() -> None:
    absent = [name for name in _REQUIRED if importlib.util.find_spec(name) is None]
    if absent:
        raise RefusedError(f"The local cloud is not installed ({', '.join(absent)}).", GET_IT)


@contextlib.contextmanager
def _bound_socket(port: int | None) -> Iterator[socket.socket]:
    """A socket bound to the port, passed to the child: nobody can take the port in between."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port or 0))
        except OSError as error:
            cloud = find(port or 0)
            who = "a local cloud is running there" if cloud else error.strerror
            stop = f"Stop it (mraa local stop --port {port}), or give" if cloud else "Give"
            other = (port or 0) + (1 if port != LAST_PORT else -1)
            hint = f"{stop} another port: --port {other} (make demo ARGS='--port {other}')"
            raise RefusedError(f"Port {port} is already in use: {who}.", hint) from error
        yield listener


def _spawn(options: Options, listener: socket.socket) -> subprocess.Popen[str]:
    log = options.path / env.LOG_FILE
    if log.exists():
        log.replace(log.with_suffix(".log.1"))
    with log.open("w", encoding="utf-8") as output:
        child = subprocess.Popen(
            [sys.executable, "-m", "mraa_local.server", str(listener.fileno())],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            pass_fds=[listener.fileno()],
            env=env.for_child(options, os.environ),
            cwd=options.path,
            start_new_session=True,  # Ctrl-C is for the parent, which stops the child in order
            text=True,
        )
    assert child.stdin
    with contextlib.suppress(BrokenPipeError):  # it ended immediately: waiting for it gives the reason
        child.stdin.write(json.dumps(asdict(options)) + "\n")
        child.stdin.flush()
        if not options.attached:
            child.stdin.close()
    return child


def _wait_until_ready(child: subprocess.Popen[str], options: Options) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        if child.poll() is not None:
            raise _death(options, f"ended with exit code {child.returncode}", child.returncode)
        if _answers(options):
            return
        time.sleep(0.05)
    raise _death(options, f"did not answer within {START_TIMEOUT_S:.0f} s")


def _answers(options: Options) -> bool:
    try:
        with urllib3.HTTPConnectionPool("127.0.0.1", options.port, timeout=5, retries=False) as connection:
            return connection.request("GET", f"/_mraa/health?token={options.token}", redirect=False).status == 200
    except urllib3.exceptions.HTTPError:
        return False


def _death(options: Options, what: str, code: int = 1) -> LocalCloudError:
    log = options.path / env.LOG_FILE
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    reasons = [index for index, line in enumerate(lines) if line.startswith("Error: ")]
    if reasons:  # the child knew why
        at = reasons[-1]
        hint = lines[at + 1] if at + 1 < len(lines) else ""
        kind = RefusedError if code == RefusedError.exit_code else LocalCloudError
        return kind(lines[at].removeprefix("Error: "), hint)
    tail = "\n".join(lines[-_LOG_LINES_SHOWN:])
    return LocalCloudError(f"The local cloud {what}. Its log ends:\n{tail}", f"Log: {log}")


def is_locked(folder: Path) -> bool:
    """True while a local cloud runs in the folder."""
    try:
        with (folder / env.LOCK_FILE).open("r") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _lock_holder(folder: Path) -> int:
    return int((folder / env.LOCK_FILE).read_text() or 0)


def _wait_for_lock(folder: Path, timeout_s: float) -> bool:
    deadline = time.monotonic() + timeout_s
    while is_locked(folder):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _signal(pid: int, number: signal.Signals) -> None:
    if pid > 0:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def sweep(folder: Path) -> None:
    """Remove what a killed cloud left: its keys and its functions' code. The log stays."""
    if is_locked(folder):
        return
    (folder / env.STATE_FILE).unlink(missing_ok=True)
    shutil.rmtree(folder / "tmp", ignore_errors=True)
