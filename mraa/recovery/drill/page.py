"""A drill as a page; ``page.html.j2`` lays it out."""

from mraa.recovery.drill import timeline
from mraa.recovery.drill.models import DrillResult
from mraa.recovery.drill.shown import figures_table, shown_figures
from mraa.recovery.drill.verdict import Verdict
from mraa.recovery.pages import layout


def render(result: DrillResult, verdict: Verdict, title: str, begun_at: str) -> str:
    """The page. ``begun_at`` is a date and time for people."""
    return layout.render(
        "drill/page.html.j2",
        result=result,
        verdict=verdict,
        figures=shown_figures(result, verdict.figures),
        each=figures_table(result, verdict.figures) if len(result.applications) > 1 else [],
        geometry=timeline,
        timeline=timeline.draw(result),
        duration_s=timeline.duration_s(result),
        title=title,
        begun_at=begun_at,
    )
