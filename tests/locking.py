"""Writes ``requirements/``: ``make lock`` runs this with uv, which resolves for every Python and platform at once.

Without ``--upgrade`` or ``--upgrade-package`` a package keeps the version that it has, as far as setup.cfg allows.
"""

import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]
FOLDER = CHECKOUT / "requirements"
# file -> the extras that it installs besides the tool itself; the first one's versions are the others' too
LOCKS = {
    "development.txt": ("build", "local", "dev"),
    "release.txt": ("build",),
    "runtime.txt": (),
}
# what builds the tool and the one package that comes as source alone: installed before everything else
BUILD = "build.txt"
# apart from the others: what it lists, and its lock
SCANNERS_LIST, SCANNERS = "requirements/scanners.in", "scanners.txt"
_OPTIONS = (
    "--universal", "--python-version", "3.11", "--generate-hashes", "--quiet",
    # nothing of the machine that resolves: no index, no paths, no command
    "--no-emit-index-url", "--no-emit-find-links", "--no-header", "--no-annotate",
)  # fmt: skip


def main(uv: str, *options: str) -> None:
    """The others are held to the development lock's versions: what is tested is what is shipped. Not the scanners."""
    first = next(iter(LOCKS))
    for name, extras in LOCKS.items():
        held = [] if name == first else [f"--constraints=requirements/{first}"]
        _compile(uv, "setup.cfg", name, *(f"--extra={extra}" for extra in extras), *held, *options)
    _compile(uv, "-", BUILD, f"--constraints=requirements/{first}", *options, requirements="setuptools")
    _compile(uv, SCANNERS_LIST, SCANNERS, *options)


def _compile(uv: str, source: str, name: str, *options: str, requirements: str = "") -> None:
    output = f"--output-file=requirements/{name}"
    command = [uv, "pip", "compile", source, *_OPTIONS, *options, output]
    subprocess.run(command, cwd=CHECKOUT, check=True, input=requirements, text=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
