"""What a user of the wheel does first, in an environment with nothing else: ``make wheel-check``.

An empty folder, an empty home, the extras ``build`` and ``local`` from the package index: render, build, publish to a
local cloud, and the demo up to its end.
"""

import shlex
import socket
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_TIMEOUT_S = 900
_PLACE = ("--bucket-prefix", "my-bucket")


def main(dist: Path) -> None:
    """Raises CalledProcessError for the first step that fails."""
    (wheel,) = dist.absolute().glob("*.whl")
    with tempfile.TemporaryDirectory() as name:
        home, folder, environment = (Path(name, part) for part in ("home", "folder", "venv"))
        home.mkdir()
        folder.mkdir()
        begun = time.monotonic()
        venv.create(environment, with_pip=True)
        # pip's own settings, of a proxy or an index, are the user's
        install = ["install", "--quiet", "--disable-pip-version-check", f"mraa[build,local] @ {wheel.as_uri()}"]
        subprocess.run([environment / "bin/pip", *install], check=True, timeout=_TIMEOUT_S)
        _say("install", begun)
        own = {"PATH": f"{environment / 'bin'}:/usr/bin:/bin", "HOME": str(home)}
        for words in (("render",), ("build", *_PLACE), ("build", *_PLACE, "--check")):
            _mraa(folder, own, *words)
        with _local_cloud(folder, own) as cloud:
            _mraa(folder, cloud, "publish", *_PLACE, "--secondary-region", "us-west-2", "--create-buckets", "--yes")
        _mraa(folder, own, "demo", "--exit")


def _mraa(folder: Path, environment: dict[str, str], *words: str) -> str:
    begun = time.monotonic()
    done = subprocess.run(
        ["mraa", *words],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        timeout=_TIMEOUT_S,
    )
    if done.returncode:
        sys.stderr.write(done.stdout)
        done.check_returncode()
    _say(f"mraa {' '.join(words)}", begun)
    return done.stdout


@contextmanager
def _local_cloud(folder: Path, environment: dict[str, str]) -> Iterator[dict[str, str]]:
    """The environment in which AWS is a local cloud."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    _mraa(folder, environment, "local", "start", "--port", port, "--detach")
    try:
        lines = map(shlex.split, _mraa(folder, environment, "local", "env", "--port", port).splitlines())
        yield environment | dict(words[1].split("=", 1) for words in lines if words[0] == "export")
    finally:
        _mraa(folder, environment, "local", "stop", "--port", port)


def _say(what: str, begun: float) -> None:
    sys.stdout.write(f"{time.monotonic() - begun:6.1f} s  {what}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
