"""The report of a run: a Markdown table beside the JUnit XML, in the order of risk."""

import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.acceptance import promises

JUNIT, TABLE = "junit.xml", "acceptance.md"
_SHOWN = 200  # characters of a reason; all of it is in the JUnit XML


@dataclass(frozen=True)
class Result:
    """What came of one promise: passed, FAILED or not run."""

    promise: str
    source: str
    result: str
    seconds: float
    reason: str = ""


def write(folder: Path, label: str, regions: tuple[str, str]) -> list[Result]:
    """Write the table of a run whose JUnit XML lies in the folder; the results."""
    results = list(_results(folder / JUNIT))
    passed = sum(of.result == "passed" for of in results)
    lines = [
        "# Acceptance",
        "",
        f"On: **{label}**, Regions {regions[0]} and {regions[1]}. {passed} of {len(results)} promises held; "
        f"{sum(of.result == 'FAILED' for of in results)} failed, "
        f"{sum(of.result == 'not run' for of in results)} not run. All seconds are of the {label}.",
        "",
        f"| promise | source | result | seconds ({label}) |",
        "|---|---|---|---|",
    ]
    for of in results:
        why = f": {of.reason}".replace("|", "\\|") if of.reason else ""
        lines.append(f"| {of.promise} | {of.source} | {of.result}{why} | {of.seconds:.1f} |")
    (folder / TABLE).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return results


def _results(junit: Path) -> Iterator[Result]:
    """Each promise in the order of risk; one that the run did not reach was not run."""
    ran: dict[str, ElementTree.Element] = {}
    if junit.is_file():
        for case in ElementTree.parse(junit).getroot().iter("testcase"):  # noqa: S314 - written by pytest just now
            name = f"{case.get('classname', '').rpartition('.')[2]}::{case.get('name')}"
            ran[name] = case
    for promise in promises.every():
        if promise.place not in ran:
            yield Result(promise.text, promise.source, "not run", 0.0, "the run ended before")
            continue
        case = ran[promise.place]
        result, reason = "passed", ""
        for kind, name in (("skipped", "not run"), ("failure", "FAILED"), ("error", "FAILED")):
            for found in case.iter(kind):
                result, reason = name, next(iter(found.get("message", "").splitlines()), "")[:_SHOWN]
        yield Result(promise.text, promise.source, result, float(case.get("time", 0)), reason)
