"""A release of so many files of so many bytes, as `mraa build` would leave one."""

import random
from pathlib import Path

from mraa.release import manifest
from mraa.release.manifest import REGIONAL_ASSETS, BuiltRelease
from mraa.templates.release import Release

PREFIX, SOLUTION, VERSION = "bench", "app", "v1"


def make(target: Path, files: int, size: int) -> BuiltRelease:
    """Write it into ``target``; the same bytes each time."""
    draw, described = random.Random(1), []  # noqa: S311
    folder = target / REGIONAL_ASSETS / "console"
    folder.mkdir(parents=True)
    for number in range(files):
        name, content = f"{number:05}.js", draw.randbytes(size)
        (folder / name).write_bytes(content)
        described.append(manifest.describe(REGIONAL_ASSETS, f"console/{name}", content, "text/javascript"))
    built = BuiltRelease(target, Release(PREFIX, SOLUTION, VERSION, {}, ""), tuple(described))
    manifest.write(built, target)
    return built
