"""A drill as a page: one HTML file that needs nothing else, no script and no network. ``page.html.j2`` lays it out."""

from jinja2 import Environment, PackageLoader, StrictUndefined

from mraa.recovery.drill import timeline
from mraa.recovery.drill.models import DrillResult
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
    return environment.get_template("page.html.j2").render(
        result=result,
        verdict=verdict,
        figures=_figures(result, verdict),
        geometry=timeline,
        timeline=timeline.draw(result),
        duration_s=timeline.duration_s(result),
        title=title,
        begun_at=begun_at,
    )


def _figures(result: DrillResult, verdict: Verdict) -> list[tuple[str, str]]:
    """Values with what they measure."""
    found = verdict.figures
    shown = [
        (_seconds(found.rto_declared_s), "RTO: declared to the first acknowledged write"),
        (_seconds(found.rto_interruption_s), "interruption to the first acknowledged write"),
        (str(len(found.lost)), "acknowledged writes lost"),
        (str(found.acknowledged), "writes acknowledged"),
        (str(found.refused), "writes refused by a fence"),
    ]
    if not result.is_planned:
        oldest = f", the oldest {found.oldest_unreplicated_s:.1f} s old" if found.oldest_unreplicated_s else ""
        shown.insert(2, (str(found.unreplicated_at_cut), f"RPO: acknowledged writes not replicated at the cut{oldest}"))
    return shown


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f} s"
