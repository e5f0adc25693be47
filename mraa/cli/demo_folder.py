"""The demo's own folder: the current one while it runs, and removed at its end but for what somebody may want."""

import contextlib
import fcntl
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from mraa.settings_file import FILE_NAME

_LOG = "demo.log"
_LOCK = ".lock"
# where `mraa drill` and `mraa failover` write to by themselves
_KEPT = ("drill", "recovery-reports", _LOG)


class DemoFolder:
    """A folder in ``place`` of the demo on one port. In a checkout ``place`` is in it: `mraa build` must find that.

    Where what is kept was moved to is added to ``kept``.
    """

    def __init__(self, place: Path, port: int, kept: list[Path]) -> None:
        self._parent = place
        self._path = self._parent / f"demo-{port}"
        self._kept = kept

    @contextlib.contextmanager
    def entered(self, project: Path | None, lines: Callable[[], Sequence[str]]) -> Iterator[None]:
        """Be in it, a copy of ``project`` if there is one; ``lines`` are for the log of a block that fails."""
        for leftover in self._parent.glob("demo-*"):  # of a demo that was killed
            # another demo may remove it at the same time
            with contextlib.suppress(FileNotFoundError), _locked(leftover) as is_ours:
                if is_ours:
                    self._remove(leftover)
        self._path.mkdir(parents=True, exist_ok=True)
        with _locked(self._path):
            (self._path / FILE_NAME).write_text("", encoding="utf-8")
            if project:
                ignored = shutil.ignore_patterns(*_KEPT)
                shutil.copytree(project, self._path, dirs_exist_ok=True, symlinks=True, ignore=ignored)
            before = Path.cwd()
            os.chdir(self._path)
            try:
                yield
            except BaseException:
                if printed := lines():
                    (self._path / _LOG).write_text("\n".join(printed) + "\n", encoding="utf-8")
                raise
            finally:
                os.chdir(before)
                self._remove(self._path)

    def _remove(self, folder: Path) -> None:
        found = [name for name in _KEPT if (folder / name).exists()]
        if found:
            stamp = time.strftime("%Y%m%d-%H%M%S")
            target = self._parent / "kept" / f"{stamp}-{folder.name}"
            target.mkdir(parents=True)
            for name in found:
                shutil.move(folder / name, target / name)
            self._kept.append(target)
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[bool]:
    """Lock the folder while the block runs; False if another demo has. The lock ends with its process."""
    with (folder / _LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
