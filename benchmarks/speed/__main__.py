"""Measure, print each ratio, write docs/benchmarks.md: ``python -m benchmarks.speed``. Exit 1 if a goal is missed."""

import sys

from benchmarks.speed import comparisons, growth, page, peers, sink
from benchmarks.speed.growth import Point
from benchmarks.speed.pairs import Result, measure


def main() -> int:
    """All of it; the page is written after each step, so that what was measured is kept if the rest is not."""
    programs, missing = comparisons.installed()
    with sink.running() as url:
        floor_us = sink.floor_us(url, growth.SIZE_BYTES)
    results: list[Result] = []
    for comparison in comparisons.all_of(peers.mraa(), programs, missing):
        results.append(measure(comparison))
        print(page.line(results[-1]), flush=True)
        page.write_comparisons(results, missing, floor_us)
    points: list[Point] = []
    for point in growth.measure(comparisons.environment()):
        points.append(point)
        print(point, flush=True)
        page.write_growth(points)
    return int(any(result.ratio > result.comparison.goal for result in results))


if __name__ == "__main__":
    sys.exit(main())
