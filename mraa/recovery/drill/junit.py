"""A drill for a build server: one test case a promise, in the JUnit format that Jenkins, GitLab and others read.

Of its dialects this keeps to what all have: https://github.com/jenkinsci/xunit-plugin (junit-10.xsd).
"""

import xml.etree.ElementTree as ET

from mraa.recovery.drill.models import DrillResult
from mraa.recovery.drill.shown import shown_figures
from mraa.recovery.drill.verdict import PromiseFinding, Verdict

_ELEMENT = {
    PromiseFinding.VIOLATED: "failure",
    PromiseFinding.INCONCLUSIVE: "error",
    PromiseFinding.NOT_TESTED: "skipped",
}


def to_junit(result: DrillResult, verdict: Verdict, title: str, begun_at: str, duration_s: float) -> str:
    """The report as XML. ``begun_at`` is ISO 8601.

    A drill that ended early has a test case more, an error: build servers pass a suite of which all is skipped.
    """
    suite = ET.Element("testsuite")
    properties = ET.SubElement(suite, "properties")
    for name, value in _properties(result, verdict):
        ET.SubElement(properties, "property", name=name, value=_allowed(value))
    for promise in verdict.promises:
        _add(suite, f"{promise.name} {promise.text}", title, promise.finding, promise.detail)
    if end := result.early_end:
        reason = f"ended early ({end.phase}): {end.reason}; {end.afterwards}"
        _add(suite, "the drill runs to its end", title, PromiseFinding.INCONCLUSIVE, reason)
    counts = {
        "tests": len(suite.findall("testcase")),
        "failures": len(suite.findall("testcase/failure")),
        "errors": len(suite.findall("testcase/error")),
    }
    skipped = len(suite.findall("testcase/skipped"))
    whole = {name: str(number) for name, number in counts.items()} | {"time": f"{duration_s:.3f}"}
    suite.attrib |= {"name": "mraa drill", **whole, "skipped": str(skipped), "timestamp": begun_at}
    suites = ET.Element("testsuites", {"name": "mraa drill", **whole})
    suites.append(suite)
    ET.indent(suites)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(suites, encoding="unicode")}\n'


def _properties(result: DrillResult, verdict: Verdict) -> list[tuple[str, str]]:
    return [
        ("verdict", verdict.finding),
        ("kind", "planned" if result.is_planned else "unplanned"),
        ("primaryRegion", result.primary),
        ("secondaryRegion", result.secondary),
        *((name, str(value)) for name, value in result.settings.items()),
        ("applications", ", ".join(result.applications)),
        *((shown.name, shown.plain) for shown in shown_figures(result, verdict.figures) if shown.plain),
    ]


def _add(suite: ET.Element, name: str, title: str, finding: PromiseFinding, detail: str) -> None:
    title, detail = _allowed(title), _allowed(detail)
    # no time of its own: all promises are judged by one run
    case = ET.SubElement(suite, "testcase", classname=f"mraa.drill.{title}", name=name, time="0")
    if finding is PromiseFinding.HELD:
        ET.SubElement(case, "system-out").text = detail
    else:
        ET.SubElement(case, _ELEMENT[finding], type=finding.replace(" ", "-"), message=detail)


def _allowed(text: str) -> str:
    """The text without what XML does not allow."""
    return "".join(character if character.isprintable() else " " for character in text)
