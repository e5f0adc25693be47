"""npm and Node as small scripts, and a small web app for them to build."""

import os
import shlex
from pathlib import Path

from mraa.events import Event, Progress

SOURCES = {
    "package.json": '{"scripts": {"build": "true"}}\n',
    "package-lock.json": "{}\n",
    "index.html": "<!doctype html>\n",
    "vite.config.ts": "export default {};\n",
    "src/main.ts": "start();\n",
    "public/icon.svg": "<svg/>\n",
}

# records its calls and its environment
_NPM = """#!/bin/sh
echo "$*" >> {calls}
env > {environment}
if [ "$1" = ci ]; then
  rm -rf node_modules
  mkdir node_modules
  {install}
elif [ "$2" = build ]; then
  {build}
  mkdir -p "$5/assets"
  cp index.html "$5/"
  cat src/* > "$5/assets/index-0a1b2c3d.js"
fi
"""


class FakeNpm:
    """A folder of programs with an ``npm`` that records its calls."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._calls, self._environment = folder / "calls", folder / "environment"
        folder.mkdir()
        (folder / "node").write_text("#!/bin/sh\n")
        (folder / "node").chmod(0o755)
        self.does()

    def does(self, *, install: str = "true", build: str = "true") -> None:
        """Set what it does at ``npm ci`` and at ``npm run build``: lines of shell."""
        # replace the file: a shell reads its script while it runs, and one may be running
        npm = self.folder / "npm.new"
        npm.write_text(
            _NPM.format(
                calls=shlex.quote(str(self._calls)),
                environment=shlex.quote(str(self._environment)),
                install=install,
                build=build,
            )
        )
        npm.chmod(0o755)
        npm.replace(self.folder / "npm")

    @property
    def calls(self) -> list[str]:
        """The calls since the last time: the first two words of each."""
        if not self._calls.exists():
            return []
        lines = self._calls.read_text().splitlines()
        self._calls.unlink()
        return [line.split()[0] if line.startswith("ci") else " ".join(line.split()[:2]) for line in lines]

    @property
    def environment(self) -> dict[str, str]:
        """The environment of its last call."""
        lines = self._environment.read_text().splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)

    @property
    def path(self) -> str:
        """A PATH with it and with what the shell requires."""
        return os.pathsep.join([str(self.folder), "/usr/bin", "/bin"])


def make_webapp(folder: Path, files: dict[str, str] = SOURCES) -> Path:
    """A web app to build, in ``folder/webapp``."""
    for name, text in files.items():
        path = folder / "webapp" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder / "webapp"


class Said:
    """The events of a build."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def __call__(self, event: Event) -> None:
        self.events.append(event)

    @property
    def texts(self) -> list[str]:
        return [event.text for event in self.events]

    def notes(self) -> list[str]:
        return [event.text for event in self.events if event.progress is Progress.NOTE]
