"""A drill's figures in words: one list for the terminal, the page and the JUnit report, so that they say the same."""

from dataclasses import dataclass

from mraa.recovery.drill.models import DrillResult
from mraa.recovery.drill.verdict import Figures, figures_of_each


@dataclass(frozen=True)
class Shown:
    """One figure: ``name`` as in ``drill.json``, ``text`` what it measures; ``number`` in seconds if it is a float."""

    name: str
    text: str
    number: float | int | None

    @property
    def value(self) -> str:
        """For people, with its unit."""
        return f"{self.plain} s" if isinstance(self.number, float) else self.plain or "-"

    @property
    def plain(self) -> str:
        """For programs; empty if it is not known."""
        if self.number is None:
            return ""
        return f"{self.number:.2f}" if isinstance(self.number, float) else str(self.number)


def figures_table(result: DrillResult, figures: Figures) -> list[list[str]]:
    """All figures in words, heads first: one column for the drill, and one for each of several applications."""
    each = {name: shown_figures(result.of(name), of) for name, of in figures_of_each(result).items()}
    columns = [shown_figures(result, figures), *each.values()]
    rows = [[row[0].text, *(shown.value for shown in row)] for row in zip(*columns, strict=True)]
    return [["figure", "measured" if not each else "all", *each], *rows]


def shown_figures(result: DrillResult, figures: Figures) -> list[Shown]:
    """All figures that this kind of drill has, the most important ones first."""
    lost = None if figures.lost is None else len(figures.lost)
    rows = [
        Shown("rtoDeclaredS", "RTO: declared to the first acknowledged write", figures.rto_declared_s),
        Shown("rtoInterruptionS", "interruption to the first acknowledged write", figures.rto_interruption_s),
    ]
    if result.is_planned:
        rows.append(Shown("lost", "RPO: acknowledged writes lost", lost))
    else:
        text = f"RPO: acknowledged writes not replicated when {result.primary} was lost"
        if figures.oldest_unreplicated_s is not None:
            text += f", the oldest {figures.oldest_unreplicated_s:.1f} s old"
        rows.append(Shown("unreplicatedAtCut", text, figures.unreplicated_at_cut))
        rows.append(Shown("lost", f"acknowledged writes lost for good, once {result.primary} was back", lost))
    return [
        *rows,
        Shown("acknowledged", "writes acknowledged", figures.acknowledged),
        Shown("refused", "writes refused by a fence", figures.refused),
        Shown("unknown", "writes without a clear answer", figures.unknown),
    ]
