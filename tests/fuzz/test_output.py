"""What others wrote (a reason, a name, a key) never changes the structure of what the tool prints or writes."""

import contextlib
import io
import json
import xml.etree.ElementTree as ET
from collections.abc import Callable
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from mraa.cli import main
from mraa.cli.ui import Ui
from mraa.events import Event, Progress
from mraa.recovery.drill.junit import to_junit
from mraa.recovery.drill.models import EarlyEnd
from mraa.recovery.drill.verdict import judge
from mraa.recovery.runbook.record import Run, StepRecord
from mraa.recovery.runbook.report_files import page_of
from tests.fuzz.profile import fuzzed
from tests.fuzz.strategies import TEXTS
from tests.regions import PRIMARY, SECONDARY
from tests.unit.test_recovery_verdict import planned

EVENTS = st.builds(Event, st.sampled_from(Progress), TEXTS, TEXTS, st.sampled_from(["", PRIMARY]) | TEXTS, TEXTS)


class Tags(HTMLParser):
    """The elements of a page with their attributes' names, in order; and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, ...]] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, *(name for name, _ in attrs)))

    def handle_endtag(self, tag: str) -> None:
        self.found.append((f"/{tag}",))

    def handle_data(self, data: str) -> None:
        self.text += data


def printed(show: Callable[[Ui], object], *, as_json: bool) -> str:
    """What ``show(ui)`` prints."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        ui = Ui(as_json=as_json, assume_yes=True)
        show(ui)
    return output.getvalue()


@fuzzed
@given(EVENTS)
def test_an_event_is_one_line_without_control_characters(event: Event) -> None:
    shown = printed(lambda ui: ui.event(event), as_json=False)
    assert shown.endswith("\n")
    assert shown[:-1].isprintable()


@fuzzed
@given(EVENTS)
def test_an_event_as_json_is_one_object_with_the_texts_as_they_are(event: Event) -> None:
    [line] = printed(lambda ui: ui.event(event), as_json=True).splitlines()
    found = json.loads(line)
    told = {"subject": event.subject, "text": event.text, "region": event.region, "reason": event.reason}
    assert {name: found.get(name, "") for name in told} == told
    assert found["type"] == "event"


@fuzzed
@given(TEXTS, st.lists(TEXTS, max_size=3))
def test_a_plan_has_a_line_a_step(title: str, steps: list[str]) -> None:
    lines = printed(lambda ui: ui.confirm("Plan", steps), as_json=False).split("\n")
    assert len(lines) == len(steps) + 2
    assert all(line.isprintable() for line in lines)
    [document] = map(json.loads, printed(lambda ui: ui.confirm(title, steps), as_json=True).splitlines())
    assert (document["title"], document["steps"]) == (title, steps)


@fuzzed
@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=3))
def test_a_table_shows_no_control_characters(rows: list[tuple[str, str]]) -> None:
    shown = printed(lambda ui: ui.table(("one", "two"), rows), as_json=False)
    assert all(line.isprintable() for line in shown.split("\n"))


@fuzzed
@given(TEXTS, TEXTS)
def test_an_error_is_one_line_and_its_hint(message: str, hint: str) -> None:
    output = io.StringIO()
    with contextlib.redirect_stderr(output), contextlib.suppress(SystemExit):
        main._fail(message, hint, 1)
    first, *more = output.getvalue().removesuffix("\n").split("\n")
    assert first.startswith("Error: ")
    assert all(line.isprintable() for line in (first, *more))
    assert bool(more) == bool(hint)


@fuzzed
@given(TEXTS, TEXTS, TEXTS)
def test_no_text_changes_the_elements_of_a_report(operator: str, reason: str, told: str) -> None:
    def page(operator: str, reason: str, told: str) -> Tags:
        step = StepRecord("fence", PRIMARY, told, 0.0, 1.0, "done")
        run = Run(
            "Failover", "mraa", PRIMARY, SECONDARY, operator, reason, "2026-11-23T08:00:00Z", 2.0, "done", "",
            (step,), (told,), told,
        )  # fmt: skip
        return Tags(page_of(run))

    # words in backticks are set as code, and nothing else is
    operator, reason, told = (text.replace("`", "'") for text in (operator, reason, told))
    made = page(operator, reason, told)
    assert made.found == page("x", "x", "x").found
    assert "".join(f"by {operator}: {reason}".split()) in "".join(made.text.split()) or not reason


@fuzzed
@given(TEXTS, TEXTS)
def test_a_junit_report_is_xml_with_one_case_a_promise(reason: str, value: str) -> None:
    def report(reason: str, value: str) -> list[str]:
        early = EarlyEnd("load", reason, "the state is active")
        result = planned(settings={"reason": value}, early_end=early)
        text = to_junit(result, judge(result), value, "2026-11-23T08:00:00Z", 1.0)
        return [element.tag for element in ET.fromstring(text.encode()).iter()]  # noqa: S314 - our own

    assert report(reason, value) == report("x", "x")
