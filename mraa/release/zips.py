"""Function zips: the same sources give the same bytes, so that a name with their hash changes only with them.

Stored and not compressed: what a compressor writes depends on its version, and Pythons are built with several (zlib,
zlib-ng). A function would get a new name, and a deployment, from another machine. Written with the standard library
alone: repro-zipfile takes time and mode from the environment (``SOURCE_DATE_EPOCH``).
"""

import hashlib
import io
import stat
import zipfile
from collections.abc import Collection, Mapping
from pathlib import Path

from mraa.errors import UsageError
from mraa.release import sources

ENTRY = "handler.py"
NAME_HASH_LENGTH = 12

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip can contain
_UNIX = 3  # or the bytes would depend on the system that builds them


def function_names(functions: Path) -> list[str]:
    """The folders under ``functions`` that are Lambda functions: those with a handler, sorted."""
    names = sorted(entry.parent.name for entry in functions.glob(f"*/{ENTRY}"))
    if not names:
        raise UsageError(
            f"{functions} contains no functions: no folder in it has a {ENTRY}.", "Run it in a complete checkout."
        )
    return names


def zip_function(functions: Path, name: str) -> bytes:
    """One function's zip: its folder and what it uses of ``shared/`` at the root."""
    return zip_files(sources.collect(functions, name))


def zip_files(files: Mapping[str, bytes], executables: Collection[str] = ()) -> bytes:
    """A zip of the files (path -> content), those in ``executables`` with the right to run."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, content in sorted(files.items()):
            entry = zipfile.ZipInfo(path, _EPOCH)
            entry.create_system = _UNIX
            entry.compress_type = zipfile.ZIP_STORED
            entry.external_attr = (stat.S_IFREG | (0o755 if path in executables else 0o644)) << 16
            archive.writestr(entry, content)
    return buffer.getvalue()


def zip_name(function: str, content: bytes) -> str:
    """``app-state-updater-<sha256[:12]>.zip``: an unchanged function keeps its name, a changed one never does."""
    return f"{function.replace('_', '-')}-{hashlib.sha256(content).hexdigest()[:NAME_HASH_LENGTH]}.zip"
