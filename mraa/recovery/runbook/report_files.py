"""The report of a run that was made: a page for people and a document for programs, in one folder."""

import json
import re
from pathlib import Path

from mraa.recovery.pages.files import write_whole
from mraa.recovery.pages.layout import render
from mraa.recovery.runbook.record import Run


def write_report(folder: Path, run: Run) -> tuple[Path, Path]:
    """Write ``<verb>-<time>.html`` and ``.json``; their paths. Raises OSError."""
    stem = re.sub(r"[^a-z0-9]+", "-", run.verb.lower()) + "-" + re.sub(r"[-:]|\+00:00", "", run.begun_at) + "Z"
    page, document = folder / f"{stem}.html", folder / f"{stem}.json"
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(document, json.dumps(run.document(), indent=1) + "\n")
    write_whole(page, page_of(run))
    return page, document


def page_of(run: Run) -> str:
    """The page."""
    return render("runbook/page.html.j2", run=run, whole_s=max(run.took_s, 0.001), seconds=_seconds)


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f} s"
