"""What the wheel carries beside the packages: what a release is built from, laid out as in a checkout.

Everything else is in ``setup.cfg``. `make wheel` builds the web app first; else its sources alone are carried.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent.absolute()
sys.path.insert(0, str(ROOT))  # the build backend does not

from mraa.release import npm, origin, sources, webapp  # noqa: E402

_SOURCES = (origin.FUNCTIONS, str(sources.FENCE_FOLDER / sources.FENCE_LIBRARY), origin.WEBAPP)
_LEFT_OUT = {npm.PACKAGES, "__pycache__", "dist"}


def carried() -> Iterator[Path]:
    """The files, relative to the checkout."""
    site = webapp.built_site(ROOT / origin.WEBAPP)
    for top in (*_SOURCES, str(site.relative_to(ROOT))):
        for folder, folders, names in os.walk(ROOT / top):
            folders[:] = sorted(name for name in folders if name not in _LEFT_OUT)
            yield from (Path(folder, name).relative_to(ROOT) for name in sorted(names))


class BuildWithSources(build_py):
    """``build_py`` that also copies what is carried; an editable install has the checkout itself."""

    def run(self) -> None:
        super().run()
        for path, target in self._carried():
            self.mkpath(str(target.parent))
            self.copy_file(str(ROOT / path), str(target))

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        return [*super().get_outputs(include_bytecode), *(str(target) for _, target in self._carried())]

    def _carried(self) -> Iterator[tuple[Path, Path]]:
        if not self.editable_mode:
            folder = Path(self.build_lib) / origin.CARRIED.relative_to(ROOT)
            yield from ((path, folder / path) for path in carried())


setup(cmdclass={"build_py": BuildWithSources})
