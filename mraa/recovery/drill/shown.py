"""A drill's figures in words: one list for the terminal, the page and the JUnit report, so that they say the same."""

from dataclasses import dataclass

from mraa.recovery.drill.models import DrillResult
from mraa.recovery.drill.verdict import Figures


@dataclass(frozen=True)
class Shown:
    """One figure: ``name`` as in ``drill.json``, ``text`` what it measures, ``value`` for people."""

    name: str
    text: str
    value: str


def shown_figures(result: DrillResult, figures: Figures) -> list[Shown]:
    """All figures that this kind of drill has, the most important ones first."""
    lost = _count(None if figures.lost is None else len(figures.lost))
    declared = "RTO: declared to the first acknowledged write"
    rows = [
        Shown("rtoDeclaredS", declared, _seconds(figures.rto_declared_s)),
        Shown("rtoInterruptionS", "interruption to the first acknowledged write", _seconds(figures.rto_interruption_s)),
    ]
    if result.is_planned:
        rows.append(Shown("lost", "RPO: acknowledged writes lost", lost))
    else:
        text = f"RPO: acknowledged writes not replicated when {result.primary} was lost"
        if figures.oldest_unreplicated_s is not None:
            text += f", the oldest {figures.oldest_unreplicated_s:.1f} s old"
        rows.append(Shown("unreplicatedAtCut", text, _count(figures.unreplicated_at_cut)))
        rows.append(Shown("lost", f"acknowledged writes lost for good, once {result.primary} was back", lost))
    return [
        *rows,
        Shown("acknowledged", "writes acknowledged", _count(figures.acknowledged)),
        Shown("refused", "writes refused by a fence", _count(figures.refused)),
        Shown("unknown", "writes without a clear answer", _count(figures.unknown)),
    ]


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f} s"


def _count(value: int | None) -> str:
    return "-" if value is None else str(value)
