"""The simulation of fences under load (benchmarks/fences.py), on small loads."""

import random

from benchmarks import fences
from benchmarks.fences import Simulation
from photos_api.handler import _RETRY_LIMIT_S as WRITE_LIMIT_S

WRITER = [fences.drawn(fences.writer_pauses, random.Random(seed)) for seed in range(20)]
UPDATER = [fences.drawn(fences.updater_pauses, random.Random(seed)) for seed in range(3)]


def test_the_pauses_are_what_the_functions_make() -> None:
    for pauses in WRITER:
        assert pauses[0] <= 0.025
        assert 0.5 < max(pauses) <= 1
        assert 3 < sum(pauses) <= WRITE_LIMIT_S
    for pauses in UPDATER:
        assert max(pauses[:1000]) <= 0.01


def test_more_fences_conflict_less_and_one_alone_is_overloaded() -> None:
    few, some, many = (Simulation(200, number, {"writer": WRITER}).run(fences.END_S) for number in (1, 16, 256))
    assert few.conflicts / few.attempts > 0.5 > some.conflicts / some.attempts > many.conflicts / many.attempts
    assert few.unavailable > 0
    assert some.unavailable == many.unavailable == 0
    assert fences.quantile(many.latencies_s, 0.5) < fences.HOLD_S[1]


def test_a_fence_is_set_only_while_no_write_holds_it_and_refuses_from_then_on() -> None:
    simulation = Simulation(400, 8, {"writer": WRITER, "updater": UPDATER})
    result = simulation.run(60, fence_at_s=3.0, workers=8)
    assert fences.UPDATE_S <= result.fenced_s < 1
    assert all(simulation.is_set)
    assert max(simulation.held_until) <= 3.0 + result.fenced_s


def test_the_same_seed_gives_the_same_result() -> None:
    one, other = (Simulation(200, 4, {"writer": WRITER}, seed=7).run(6).latencies_s for _ in range(2))
    assert one == other
