"""A drill as a page to look at: one HTML file that needs nothing else, no script and no network."""

import html
from collections import Counter
from collections.abc import Iterator

from mraa.recovery.drill import ledger as marks
from mraa.recovery.drill.ledger import Fate, Record
from mraa.recovery.drill.verdict import Finding, Verdict

_WIDTH, _LEFT, _RIGHT, _TOP = 1160, 130, 16, 46
_LANE, _GAP, _BAND = 150, 34, 14
_BINS = 140
_FATES = (Fate.ACKNOWLEDGED, Fate.REFUSED, Fate.UNKNOWN)
_LABELLED = {
    marks.FENCE_ACKNOWLEDGED: "fenced",
    marks.SWITCH_ACKNOWLEDGED: "switched",
    marks.CUT: "Region lost",
    marks.HEALED: "Region back",
}

_STYLE = """
:root { color-scheme: light dark; --ink: #16202e; --quiet: #55637a; --paper: #f5f7fa; --card: #fff; --line: #d7dee8;
  --acknowledged: #1e8e5a; --refused: #d39a1d; --unknown: #c2342b;
  --active: #1e8e5a; --fenced: #d39a1d; --failover: #1f5fd0; --none: #9aa6b8; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8edf5; --quiet: #a3b1c6; --paper: #0e141d; --card: #182130; --line: #2e3a4d;
    --acknowledged: #3fb981; --refused: #e3b34c; --unknown: #ff7b70;
    --active: #3fb981; --fenced: #e3b34c; --failover: #6ea3ff; --none: #55637a; }
}
body { margin: 0; padding: 2rem clamp(1rem, 4vw, 3rem); background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, "Segoe UI", Roboto, Helvetica, Arial, sans-serif; }
main { max-width: 76rem; margin: auto; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; }
h2 { font-size: 1.1rem; margin: 2rem 0 .75rem; }
.quiet { color: var(--quiet); }
section.card { background: var(--card); border: 1px solid var(--line); border-radius: 1rem; padding: 1rem 1.25rem;
  overflow-x: auto; }
.verdict { display: inline-block; padding: .1rem .9rem; border-radius: 2rem; color: #fff; background: #1e7a4e;
  font-size: 1rem; vertical-align: middle; }
.verdict.bad { background: #b3261e; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: 1rem; margin: 1.25rem 0; }
.figure { background: var(--card); border: 1px solid var(--line); border-radius: .8rem; padding: .8rem 1rem; }
.figure b { display: block; font-size: 1.6rem; line-height: 1.2; }
table { border-collapse: collapse; width: 100%; }
td, th { padding: .45rem .8rem .45rem 0; text-align: left; vertical-align: top; border-top: 1px solid var(--line); }
tr:first-child > * { border-top: 0; }
.held { color: var(--acknowledged); font-weight: 600; }
.violated { color: var(--unknown); font-weight: 600; }
.inconclusive { color: var(--refused); font-weight: 600; }
.not-tested { color: var(--quiet); white-space: nowrap; }
svg { display: block; min-width: 56rem; width: 100%; height: auto; }
svg text { fill: var(--ink); font-size: 13px; }
svg .small { fill: var(--quiet); font-size: 11px; }
.legend span { margin-right: 1.2rem; white-space: nowrap; }
.legend i { display: inline-block; width: .8rem; height: .8rem; border-radius: .2rem; margin-right: .4rem; }
"""


def render(record: Record, verdict: Verdict, title: str, begun_at: str) -> str:
    """The page. ``begun_at`` is a date and time for people."""
    kind = "planned" if record.is_planned else "unplanned"
    word, is_bad = ("all promises held", "") if verdict.is_good else ("not as promised", " bad")
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Drill of {_text(title)}</title>'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><style>{_STYLE}</style></head><body><main>'
        f'<h1>Failover drill of {_text(title)} <span class="verdict{is_bad}">{word}</span></h1>'
        f'<p class="quiet">{kind}, {_text(record.primary)} to {_text(record.secondary)} and back, {_text(begun_at)}, '
        f"{_duration(record):.0f} s</p>{_figures(record, verdict)}"
        f'<section class="card" aria-label="Timeline">{_legend()}{_timeline(record)}</section>'
        f'<h2>What was promised</h2><section class="card"><table>{"".join(_promises(verdict))}</table></section>'
        f'<h2>What happened when</h2><section class="card"><table>{"".join(_happened(record))}</table></section>'
        "</main></body></html>\n"
    )


def _figures(record: Record, verdict: Verdict) -> str:
    found = verdict.figures
    shown = [
        (_seconds(found.rto_declared_s), "RTO: declared to the first acknowledged write"),
        (_seconds(found.rto_interruption_s), "interruption to the first acknowledged write"),
        (str(len(found.lost)), "acknowledged writes lost"),
        (str(found.acknowledged), "writes acknowledged"),
        (str(found.refused), "writes refused by a fence"),
    ]
    if not record.is_planned:
        oldest = f", the oldest {found.oldest_unreplicated_s:.1f} s old" if found.oldest_unreplicated_s else ""
        shown.insert(2, (str(found.unreplicated_at_cut), f"RPO: acknowledged writes not replicated at the cut{oldest}"))
    cells = "".join(f'<div class="figure"><b>{value}</b>{text}</div>' for value, text in shown)
    return f'<div class="figures">{cells}</div>'


def _legend() -> str:
    kinds = [(fate, f"var(--{fate})") for fate in _FATES]
    states = [(f"state {name}", f"var(--{name})") for name in ("active", "fenced", "failover")]
    spans = "".join(f'<span><i style="background:{colour}"></i>{name}</span>' for name, colour in (*kinds, *states))
    return f'<p class="legend quiet">{spans}</p>'


def _timeline(record: Record) -> str:
    """Two lanes of writes over time, stacked by fate, under each a band of the state that the Region told."""
    total = _duration(record)
    height = _TOP + 2 * (_LANE + _BAND + _GAP)
    scale = (_WIDTH - _LEFT - _RIGHT) / total
    parts = [f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="Writes per Region over time">']
    peak = max((sum(bins.values()) for region in _regions(record) for bins in _binned(record, region)), default=1) or 1
    for lane, region in enumerate(_regions(record)):
        base = _TOP + lane * (_LANE + _BAND + _GAP) + _LANE
        parts.append(f'<text x="0" y="{base - _LANE / 2}">{_text(region)}</text>')
        parts.append(f'<text class="small" x="0" y="{base - _LANE / 2 + 16}">writes</text>')
        parts.append(f'<text class="small" x="0" y="{base + _BAND}">state it tells</text>')
        width = (_WIDTH - _LEFT - _RIGHT) / _BINS
        for number, bins in enumerate(_binned(record, region)):
            top = float(base)
            for fate in _FATES:
                if bins[fate]:
                    tall = bins[fate] / peak * (_LANE - 10)
                    top -= tall
                    parts.append(
                        f'<rect x="{_LEFT + number * width:.1f}" y="{top:.1f}" width="{width - 0.8:.1f}" '
                        f'height="{tall:.1f}" fill="var(--{fate})"/>'
                    )
        parts.append(f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{base}" y2="{base}" stroke="var(--line)"/>')
        for start, end, state in _bands(record, region, total):
            parts.append(
                f'<rect x="{_LEFT + start * scale:.1f}" y="{base + 4}" width="{(end - start) * scale:.1f}" '
                f'height="{_BAND}" fill="var(--{state})"><title>{state}</title></rect>'
            )
    parts += _events(record, scale, height)
    for tick in range(0, int(total) + 1, max(1, round(total / 12))):
        parts.append(f'<text class="small" x="{_LEFT + tick * scale:.1f}" y="{height - 4}">{tick} s</text>')
    return "".join([*parts, "</svg>"])


def _events(record: Record, scale: float, height: int) -> Iterator[str]:
    shown = [mark for mark in record.marks if mark.name in _LABELLED]
    for number, mark in enumerate(shown):
        x = _LEFT + mark.at * scale
        # neighbours take turns on three rows
        y = 12 + 14 * (number % 3)
        is_late = x > _WIDTH * 0.8  # its words would not fit to the right
        anchor, shift = ("end", -4) if is_late else ("start", 4)
        yield (
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{y + 2}" y2="{height - 18}" stroke="var(--quiet)" '
            f'stroke-dasharray="3 3"/>'
            f'<text class="small" x="{x + shift:.1f}" y="{y}" text-anchor="{anchor}">'
            f"{_LABELLED[mark.name]} {_text(mark.region)}</text>"
        )


def _binned(record: Record, region: str) -> list[Counter[Fate]]:
    bins: list[Counter[Fate]] = [Counter() for _ in range(_BINS)]
    total = _duration(record)
    for write in record.writes:
        if write.region == region:
            bins[min(_BINS - 1, int(write.sent_at / total * _BINS))][write.fate] += 1
    return bins


def _bands(record: Record, region: str, total: float) -> list[tuple[float, float, str]]:
    """Spans of the same state; ``none`` where the Region did not answer."""
    bands: list[tuple[float, float, str]] = []
    known = ("active", "fenced", "failover")
    for sighting in record.sightings:
        if sighting.region != region:
            continue
        state = sighting.state if sighting.state in known else "none"
        if bands and bands[-1][2] == state:
            bands[-1] = (bands[-1][0], sighting.at, state)
        else:
            start = bands[-1][1] if bands else 0.0
            bands.append((start, max(start, sighting.at), state))
    if bands:
        bands[-1] = (bands[-1][0], total, bands[-1][2])
    return bands


def _promises(verdict: Verdict) -> Iterator[str]:
    for promise in verdict.promises:
        style = promise.finding.replace(" ", "-") if promise.finding is Finding.NOT_TESTED else promise.finding
        yield (
            f'<tr><th>{promise.name}</th><td>{_text(promise.text)}</td><td class="{style}">{promise.finding}</td>'
            f"<td>{_text(promise.detail)}</td></tr>"
        )


def _happened(record: Record) -> Iterator[str]:
    for mark in record.marks:
        yield f"<tr><td>{mark.at:.2f} s</td><td>{_text(mark.name)}</td><td>{_text(mark.region)}</td></tr>"


def _regions(record: Record) -> tuple[str, str]:
    return record.primary, record.secondary


def _duration(record: Record) -> float:
    ends = [mark.at for mark in record.marks] + [write.answered_at for write in record.writes]
    return max([1.0, *ends])


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f} s"


def _text(value: str) -> str:
    return html.escape(value)
