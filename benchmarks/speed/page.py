"""docs/benchmarks.md and its picture, from what was measured."""

import os
import platform
import statistics
from collections.abc import Sequence
from datetime import UTC, datetime

from benchmarks.speed.growth import REGIONS, SIZE_BYTES, Point
from benchmarks.speed.pairs import PAIRS, Result
from tests.checkout import CHECKOUT
from tests.generated import write_part

PAGE, PICTURE = CHECKOUT / "docs" / "benchmarks.md", CHECKOUT / "docs" / "images" / "benchmarks.svg"
_WIDTH, _HEIGHT, _MARGIN = 640, 300, 56
_COLOURS = {"to empty buckets": "#1f6feb", "unchanged": "#2da44e"}


def write_comparisons(results: Sequence[Result], missing: Sequence[str], floor_us: float) -> None:
    """Replace the part of the page with the comparisons."""
    write_part(PAGE, "comparisons", "make bench", _comparisons(results, missing, floor_us))


def write_growth(points: Sequence[Point]) -> None:
    """Replace the part of the page with the growth, and its picture."""
    write_part(PAGE, "growth", "make bench", _growth(points))
    PICTURE.write_text(picture(points), encoding="utf-8")


def line(result: Result) -> str:
    """One row: the ratio first."""
    of = result.comparison
    low, high = min(result.ratios), max(result.ratios)
    ours, theirs = statistics.median(result.ours), statistics.median(result.theirs)
    verdict = "" if result.ratio <= of.goal else " (missed)"
    return (
        f"| **{result.ratio:.2f}** ({low:.2f} to {high:.2f}) | {of.goal:g}{verdict} | {of.what} | {of.peer} "
        f"| {ours:.2f} | {theirs:.2f} |"
    )


def _comparisons(results: Sequence[Result], missing: Sequence[str], floor_us: float) -> str:
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    load = f"load {os.getloadavg()[2]:.1f} over the last 15 minutes"
    lines = [
        f"Measured {datetime.now(UTC):%Y-%m-%d} on one machine ({machine}, {load}): {PAIRS} pairs each, medians, "
        "lowest and highest. Seconds are this machine's; the ratios are what can be compared.",
        "",
        "| ratio | at most | ours | peer | ours, s | peer, s |",
        "|---|---|---|---|---|---|",
        *map(line, results),
        "",
        f"The S3 of these figures is in memory. A client that only sends takes {floor_us:.0f} µs for a PUT of 20 kB "
        "there, one after the other: the floor of every cold figure.",
    ]
    if missing:
        lines += ["", f"Not measured, because it could not be installed: {', '.join(missing)}."]
    return "\n".join(lines)


def _growth(points: Sequence[Point]) -> str:
    rows = (f"| {p.files:,} | {p.cold_s:.1f} | {p.unchanged_s:.2f} | {p.peak_mb:.0f} |" for p in points)
    head = ["| files | to empty buckets, s | unchanged, s | peak memory, MB |", "|---|---|---|---|"]
    return "\n".join([f"Files of {SIZE_BYTES // 1000} kB to {len(REGIONS)} Regions:", "", *head, *rows])


def picture(points: Sequence[Point]) -> str:
    """Seconds over the number of files."""
    most_s, most_files = max(p.cold_s for p in points), max(p.files for p in points)

    def at(files: float, seconds: float) -> tuple[float, float]:
        x = _MARGIN + files / most_files * (_WIDTH - 2 * _MARGIN)
        return x, _HEIGHT - _MARGIN - seconds / most_s * (_HEIGHT - 2 * _MARGIN)

    shapes = []
    for number, (name, colour) in enumerate(_COLOURS.items()):
        seconds = [p.unchanged_s if number else p.cold_s for p in points]
        places = [at(p.files, s) for p, s in zip(points, seconds, strict=True)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        shapes.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        shapes += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places]
        x, y = places[-1]
        shapes.append(
            f'<text x="{x:.0f}" y="{y - 8:.0f}" text-anchor="end" fill="{colour}">{name}: {seconds[-1]:.1f} s</text>'
        )
    left, bottom = at(0, 0)
    for p in points[1:]:
        shapes.append(
            f'<text x="{at(p.files, 0)[0]:.0f}" y="{bottom + 18:.0f}" text-anchor="middle">{p.files:,}</text>'
        )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" '
        f'font-size="13" fill="#57606a" role="img">'
        f"<title>Seconds to publish to {len(REGIONS)} Regions, by number of files</title>"
        f'<rect width="100%" height="100%" fill="#fff"/>'
        f'<path d="M{left},{_MARGIN} V{bottom} H{_WIDTH - _MARGIN}" fill="none" stroke="#57606a"/>'
        f'<text x="{_WIDTH / 2}" y="{_HEIGHT - 10}" text-anchor="middle">files of {SIZE_BYTES // 1000} kB</text>'
        f"{''.join(shapes)}</svg>\n"
    )
