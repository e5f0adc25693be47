"""The checkout's sources, for tests that build from a copy."""

import shutil
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]
FENCE_LIBRARY = Path("fence", "python", "mraa_fence")


def copy_functions(folder: Path) -> None:
    """The functions, and the fence library that they use, as they are."""
    for source in (Path("functions"), FENCE_LIBRARY):
        shutil.copytree(CHECKOUT / source, folder / source, ignore=shutil.ignore_patterns("__pycache__"))
