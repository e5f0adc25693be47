"""A drill's report: ``drill.json``, ``drill.html`` and ``drill.xml`` (JUnit) in one folder."""

import errno
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from mraa.documents import to_json
from mraa.errors import MraaError, UsageError
from mraa.recovery.drill.junit import to_junit
from mraa.recovery.drill.models import DrillResult
from mraa.recovery.drill.page import render
from mraa.recovery.drill.timeline import duration_s
from mraa.recovery.drill.verdict import Verdict, figures, judge
from mraa.recovery.pages.files import write_whole

_PROBE_BYTES = 1_000_000  # a drill of some minutes


@dataclass(frozen=True)
class Report:
    """Where a drill's report goes. ``title`` is the deployment's name."""

    folder: Path
    title: str
    begun: datetime

    @property
    def page(self) -> Path:
        """For people."""
        return self.folder / "drill.html"

    @property
    def ledger(self) -> Path:
        """For programs: the verdict, the figures, and every write."""
        return self.folder / "drill.json"

    @property
    def junit(self) -> Path:
        """For a build server."""
        return self.folder / "drill.xml"

    def check(self) -> None:
        """UsageError unless the folder takes a report; what is written to find out is removed again."""
        with self._refused(), _made(self.folder):
            for path in (self.page, self.ledger, self.junit):
                if path.is_dir():
                    raise IsADirectoryError(errno.EISDIR, "Is a directory", str(path))
            with tempfile.NamedTemporaryFile(dir=self.folder, prefix=".drill-") as probe:
                probe.write(b" " * _PROBE_BYTES)
                probe.flush()

    def keep(self, result: DrillResult) -> None:
        """Write what is known of a drill that is not over yet; UsageError if that is not possible."""
        with self._refused():
            self._write(result, judge(result))

    def write(self, result: DrillResult, verdict: Verdict) -> None:
        """Write all three; MraaError if the disk does not take them."""
        try:
            self._write(result, verdict)
        except OSError as error:
            raise MraaError(
                f"The drill's report cannot be written to {self.folder}: {error.strerror or error}.",
                "The figures are above; with --json all of them are in the result.",
            ) from error

    @contextmanager
    def _refused(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            where = f" ({error.filename})" if error.filename and Path(error.filename) != self.folder else ""
            raise UsageError(
                f"The drill's report cannot be written to {self.folder}: {error.strerror or error}{where}.",
                "Nothing was changed. Name another folder with --output.",
            ) from error

    def _write(self, result: DrillResult, verdict: Verdict) -> None:
        begun_at = self.begun.isoformat(timespec="seconds")
        shown_at = f"{self.begun:%Y-%m-%d %H:%M %Z}"
        content = {
            self.ledger: json.dumps(document(result, verdict, begun_at), indent=1) + "\n",
            self.page: render(result, verdict, self.title, shown_at),
            self.junit: to_junit(result, verdict, self.title, begun_at, duration_s(result)),
        }
        self.folder.mkdir(parents=True, exist_ok=True)
        for path, text in content.items():
            write_whole(path, text)


def document(result: DrillResult, verdict: Verdict, begun_at: str) -> dict[str, Any]:
    """``drill.json``: the verdict, the figures, and the whole ledger."""
    return {
        "schemaVersion": 1,
        "begunAt": begun_at,
        **summary(result, verdict),
        "isPlanned": result.is_planned,
        "regions": {"primary": result.primary, "secondary": result.secondary},
        "settings": dict(result.settings),
        "lagS": result.lag_s,
        "marks": to_json(result.marks),
        "listed": sorted(result.listed),
        "writes": to_json(result.writes),
        "sightings": to_json(result.sightings),
    }


def summary(result: DrillResult, verdict: Verdict) -> dict[str, Any]:
    """What the drill came to: part of ``drill.json``, and of the command's result."""
    end = result.early_end
    return {
        "isGood": verdict.is_good,
        "verdict": verdict.finding,
        "endedEarly": {"phase": end.phase, "reason": end.reason, "afterwards": end.afterwards} if end else None,
        "promises": to_json(verdict.promises),
        "figures": to_json(verdict.figures),
        "applications": [{"name": name, "figures": to_json(figures(result.of(name)))} for name in result.applications],
    }


@contextmanager
def _made(folder: Path) -> Iterator[None]:
    """The folder while the block runs; what had to be made for it is removed again."""
    if folder.is_symlink() and not folder.exists():
        raise FileNotFoundError(errno.ENOENT, "it is a link to something that does not exist", str(folder))
    made: list[Path] = []
    try:
        for path in reversed([path for path in (folder, *folder.parents) if not path.exists()]):
            path.mkdir()
            made.append(path)
        yield
    finally:
        for path in reversed(made):
            path.rmdir()
