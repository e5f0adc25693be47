"""A drill as a page: one HTML file that needs nothing else, no script and no network. ``page.html.j2`` lays it out."""

import re

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from mraa.recovery.drill import timeline
from mraa.recovery.drill.models import DrillResult
from mraa.recovery.drill.shown import shown_figures
from mraa.recovery.drill.verdict import Verdict


def render(result: DrillResult, verdict: Verdict, title: str, begun_at: str) -> str:
    """The page. ``begun_at`` is a date and time for people."""
    environment = Environment(
        loader=PackageLoader("mraa.recovery.drill", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["code"] = _with_code
    return environment.get_template("page.html.j2").render(
        result=result,
        verdict=verdict,
        figures=shown_figures(result, verdict.figures),
        geometry=timeline,
        timeline=timeline.draw(result),
        duration_s=timeline.duration_s(result),
        title=title,
        begun_at=begun_at,
    )


def _with_code(text: str) -> Markup:
    """Text with its commands in backticks as code."""
    return Markup(re.sub(r"`([^`]*)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped
