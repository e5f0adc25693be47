"""The geometry of a drill's timeline: two lanes of writes over time, under each a band of the state it reported."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from mraa.recovery.drill import models as marks
from mraa.recovery.drill.models import DrillResult
from mraa.recovery.models import Fate

WIDTH, LEFT, RIGHT, TOP = 1160, 130, 16, 60
LANE, GAP, BAND = 150, 34, 14
HEIGHT = TOP + 2 * (LANE + BAND + GAP)
FATES = (Fate.ACKNOWLEDGED, Fate.REFUSED, Fate.UNKNOWN)
_BINS = 140
_ROWS, _LETTER = 4, 6.2  # of labels; a letter's width
_LABELLED = {
    marks.FENCE_ACKNOWLEDGED: "fenced",
    marks.SWITCH_ACKNOWLEDGED: "switched",
    marks.CUT: "Region lost",
    marks.HEALED: "Region back",
    marks.ENDED_EARLY: "ended early",
}


@dataclass(frozen=True)
class Rectangle:
    """A bar of writes (``kind``: their fate) or a span of the same state (``kind``: the state, or ``none``)."""

    x: float
    y: float
    width: float
    height: float
    kind: str


@dataclass(frozen=True)
class Lane:
    """One Region's writes, stacked by fate on the line ``base``, and its band of states."""

    region: str
    base: int
    bars: tuple[Rectangle, ...]
    band: tuple[Rectangle, ...]


@dataclass(frozen=True)
class Label:
    """A vertical line of something that happened, with its text."""

    x: float
    y: int
    text_x: float
    anchor: str
    text: str


@dataclass(frozen=True)
class Tick:
    """A time on the axis."""

    x: float
    seconds: int


@dataclass(frozen=True)
class Timeline:
    """All that is drawn."""

    lanes: tuple[Lane, ...]
    labels: tuple[Label, ...]
    ticks: tuple[Tick, ...]


def draw(result: DrillResult) -> Timeline:
    """The timeline of a drill."""
    total = duration_s(result)
    scale = (WIDTH - LEFT - RIGHT) / total
    regions = (result.primary, result.secondary)
    peak = max((sum(bins.values()) for region in regions for bins in _binned(result, region)), default=1) or 1
    lanes = []
    for number, region in enumerate(regions):
        base = TOP + number * (LANE + BAND + GAP) + LANE
        bars = tuple(_bars(result, region, base, peak))
        band = tuple(
            Rectangle(LEFT + start * scale, base + 4, (end - start) * scale, BAND, state)
            for start, end, state in _bands(result, region)
        )
        lanes.append(Lane(region, base, bars, band))
    ticks = (Tick(LEFT + tick * scale, tick) for tick in range(0, int(total) + 1, max(1, round(total / 12))))
    return Timeline(tuple(lanes), tuple(_labels(result, scale)), tuple(ticks))


def duration_s(result: DrillResult) -> float:
    """How long the drill took, at least a second."""
    ends = [mark.at for mark in result.marks] + [write.answered_at for write in result.writes]
    return max([1.0, *ends])


def _bars(result: DrillResult, region: str, base: int, peak: int) -> Iterator[Rectangle]:
    width = (WIDTH - LEFT - RIGHT) / _BINS
    for number, bins in enumerate(_binned(result, region)):
        top = float(base)
        for fate in FATES:
            if bins[fate]:
                tall = bins[fate] / peak * (LANE - 10)
                top -= tall
                yield Rectangle(LEFT + number * width, top, width - 0.8, tall, fate)


def _labels(result: DrillResult, scale: float) -> Iterator[Label]:
    ended = result.first(marks.ENDED_EARLY)
    # the way back is in the list below the timeline: nobody writes any more
    shown = [m for m in result.marks if m.name in _LABELLED and (ended is None or m.at <= ended)]
    ends = [0.0] * _ROWS
    for mark in shown:
        x, text = LEFT + mark.at * scale, f"{_LABELLED[mark.name]} {mark.region}".rstrip()
        is_late = x > WIDTH * 0.8  # its text would not fit to the right
        anchor, shift = ("end", -4) if is_late else ("start", 4)
        begins = x + shift - (len(text) * _LETTER if is_late else 0)
        row = next((row for row in range(_ROWS) if ends[row] < begins), ends.index(min(ends)))
        ends[row] = begins + len(text) * _LETTER
        yield Label(x, 12 + 14 * row, x + shift, anchor, text)


def _binned(result: DrillResult, region: str) -> list[Counter[Fate]]:
    bins: list[Counter[Fate]] = [Counter() for _ in range(_BINS)]
    total = duration_s(result)
    for write in result.writes:
        if write.region == region:
            bins[min(_BINS - 1, int(write.sent_at / total * _BINS))][write.fate] += 1
    return bins


def _bands(result: DrillResult, region: str) -> list[tuple[float, float, str]]:
    """Spans of the same state, as long as it was asked for; ``none`` if the Region did not answer."""
    bands: list[tuple[float, float, str]] = []
    known = ("active", "fenced", "failover")
    for sighting in result.sightings:
        if sighting.region != region:
            continue
        state = sighting.state if sighting.state in known else "none"
        if bands and bands[-1][2] == state:
            bands[-1] = (bands[-1][0], sighting.at, state)
        else:
            start = bands[-1][1] if bands else 0.0
            bands.append((start, max(start, sighting.at), state))
    return bands
