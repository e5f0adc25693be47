"""A drill's report: three files that say the same, written whole or not at all."""

import json
import re
import resource
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import pytest

from mraa.errors import MraaError, UsageError
from mraa.recovery.drill.models import DrillResult
from mraa.recovery.drill.report import Report, summary
from mraa.recovery.drill.shown import shown_figures
from mraa.recovery.drill.verdict import judge
from tests.regions import PRIMARY
from tests.unit.test_recovery_verdict import EARLY, GOOD, LOST, ended_early, planned, unplanned, write

BEGUN = datetime(2026, 11, 30, 8, 15, tzinfo=UTC)
RESULTS = {
    "planned": planned(),
    "unplanned": unplanned(survived=frozenset({"lost0"})),
    "violated": planned((*GOOD, write("bad", PRIMARY, 4.0))),
    "inconclusive": planned([write("a", PRIMARY, 1.0)]),
    "ended early": ended_early(),
}
any_result = pytest.mark.parametrize("result", RESULTS.values(), ids=RESULTS)

# the shape that build servers agree on: element -> its attributes (? may be missing), and what may be in it
SHAPE = {
    "testsuites": ("name tests failures errors time", {"testsuite"}),
    "testsuite": ("name tests failures errors skipped time timestamp", {"properties", "testcase"}),
    "properties": ("", {"property"}),
    "property": ("name value", set()),
    "testcase": ("name classname time", {"failure", "error", "skipped", "system-out"}),
    "failure": ("type message", set()),
    "error": ("type message", set()),
    "skipped": ("type message", set()),
    "system-out": ("", set()),
}


@pytest.fixture
def report(tmp_path: Path) -> Report:
    return Report(tmp_path / "drill", "shop", BEGUN)


@contextmanager
def full_disk() -> Iterator[None]:
    """No file of this process may grow."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def suites_of(report: Report) -> ET.Element:
    return ET.parse(report.junit).getroot()  # noqa: S314 - it was written here


@any_result
def test_the_three_files_say_the_same_figures_and_findings(report: Report, result: DrillResult) -> None:
    verdict = judge(result)
    report.write(result, verdict)
    assert names(report.folder) == {"drill.json", "drill.html", "drill.xml"}
    document = json.loads(report.ledger.read_text())
    assert summary(result, verdict).items() <= document.items()
    page, suite = unescape(report.page.read_text()), suites_of(report)[0]
    properties = {of.get("name"): of.get("value") for of in suite.iter("property")}
    for shown in shown_figures(result, verdict.figures):
        assert f'<div class="figure"><b>{shown.value}</b>{shown.text}</div>' in page
        known = document["figures"][shown.name]
        number = len(known) if isinstance(known, list) else known
        assert shown.value == (
            "-" if number is None else f"{number:.2f} s" if isinstance(number, float) else f"{number}"
        )
        assert properties.get(shown.name, "-") == shown.value.removesuffix(" s")
    for promise in verdict.promises:
        assert re.search(rf"<th>{promise.name}</th>.*{promise.finding}", page)
        assert f"{promise.name} {promise.text}" in {case.get("name") for case in suite.iter("testcase")}
    assert properties["verdict"] == document["verdict"] == verdict.finding


def test_the_rpo_of_an_unplanned_drill_is_what_was_not_replicated_and_not_what_was_lost_for_good() -> None:
    result = RESULTS["unplanned"]
    shown = {figure.text: figure.value for figure in shown_figures(result, judge(result).figures)}
    assert [value for text, value in shown.items() if "RPO" in text] == [str(len(LOST) - 1)]
    assert [value for text, value in shown.items() if "lost for good" in text] == ["0"]


@any_result
def test_a_build_server_gets_one_case_a_promise_in_the_usual_shape(report: Report, result: DrillResult) -> None:
    report.write(result, judge(result))
    suites = suites_of(report)
    assert suites.tag == "testsuites"
    for element in suites.iter():
        attributes, inner = SHAPE[element.tag]
        assert set(element.attrib) == set(attributes.split()), element.tag
        assert {of.tag for of in element} <= inner
        for name in {"tests", "failures", "errors", "skipped"} & set(element.attrib):
            kind = {"tests": "testcase", "failures": "failure", "errors": "error"}.get(name, name)
            assert element.get(name) == str(len(list(element.iter(kind))))
    assert suites[0].get("timestamp") == "2026-11-30T08:15:00+00:00"
    assert float(suites[0].get("time", "")) > 0
    assert [of.tag for of in suites[0]].index("properties") == 0


def test_each_finding_is_the_outcome_that_build_servers_know(report: Report) -> None:
    outcomes = {}
    for name, result in RESULTS.items():
        report.write(result, judge(result))
        for case in suites_of(report).iter("testcase"):
            outcomes[name, case.get("name", "").split()[0]] = (
                case[0].tag,
                case[0].get("message") or case[0].text or "",
            )
    assert outcomes["planned", "P1"] == ("system-out", "2 writes refused, none accepted")
    assert outcomes["planned", "P4"] == ("skipped", "this failover was planned")
    assert outcomes["violated", "P1"][0] == "failure"
    assert "accepted by a fenced Region" in outcomes["violated", "P1"][1]
    assert outcomes["inconclusive", "P1"] == ("error", "no write met a fence")
    assert outcomes["ended early", "P1"] == ("skipped", "the drill ended early")
    assert outcomes["ended early", "the"][0] == "error", "a suite of which all is skipped would pass"
    assert EARLY.reason in outcomes["ended early", "the"][1]


def test_what_a_terminal_must_not_get_does_not_spoil_the_xml(report: Report) -> None:
    result = replace(ended_early(), early_end=replace(EARLY, reason="\x1b[31m <red> & \x00"))
    report.write(result, judge(result))
    (case,) = [case for case in suites_of(report).iter("testcase") if case.get("name", "").startswith("the")]
    assert "<red> &" in str(case[0].get("message"))


def test_an_early_end_is_told_on_the_page(report: Report) -> None:
    report.write(RESULTS["ended early"], judge(RESULTS["ended early"]))
    page = report.page.read_text()
    assert EARLY.reason in page
    assert "the state is active again, as by <code>mraa failback</code>" in page
    assert "inconclusive: ended early" in page


# --- where it cannot be written ---------------------------------------------------------------------------------


def test_checking_leaves_nothing_behind(report: Report) -> None:
    Report(report.folder / "of" / "its" / "own", "shop", BEGUN).check()
    assert not report.folder.exists()
    report.folder.mkdir()
    report.check()
    assert names(report.folder) == set()


@pytest.mark.parametrize("kind", ["file", "file above", "dangling link", "folder in place of a file", "full disk"])
def test_a_folder_that_takes_no_report_is_refused_in_one_line(report: Report, kind: str) -> None:
    folder = report.folder
    match kind:
        case "file":
            folder.write_text("")
        case "file above":
            folder.write_text("")
            report = replace(report, folder=folder / "inner")
        case "dangling link":
            folder.symlink_to(folder / "nowhere")
        case "folder in place of a file":
            (folder / "drill.html").mkdir(parents=True)
    disk = full_disk() if kind == "full disk" else contextmanager(lambda: iter([None]))()
    before = names(folder.parent)
    with disk, pytest.raises(UsageError) as said:
        report.check()
    assert said.value.message.startswith(f"The drill's report cannot be written to {report.folder}: ")
    assert said.value.hint == "Nothing was changed. Name another folder with --output."
    assert "\n" not in said.value.message
    assert names(folder.parent) == before


def test_a_disk_that_fills_up_leaves_the_report_that_was_there(report: Report) -> None:
    report.keep(RESULTS["ended early"])
    before = {path.name: path.read_text() for path in report.folder.iterdir()}
    with full_disk(), pytest.raises(MraaError, match=r"cannot be written to .*: File too large"):
        report.write(RESULTS["planned"], judge(RESULTS["planned"]))
    assert {path.name: path.read_text() for path in report.folder.iterdir()} == before
