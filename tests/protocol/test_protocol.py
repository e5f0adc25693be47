"""The protocol of state changes holds in every order of events, and each of its rules is needed.

Explored here: two invocations of either Region with any payload, also with clocks far apart, and one, forced or not, in
the middle of a planned move. ``tests/drills`` goes deeper.
"""

from collections.abc import Callable
from typing import Any

import pytest

from app_state_updater import rules
from tests.protocol.model import Model, ViolationError
from tests.regions import PRIMARY, SECONDARY


@pytest.mark.parametrize("ahead", ["", PRIMARY, SECONDARY], ids=["clocks agree", "primary ahead", "secondary ahead"])
def test_no_order_of_two_changes_breaks_a_promise(ahead: str) -> None:
    assert Model(invocations=2, ahead=ahead).explore() > 10_000


@pytest.mark.parametrize("forced", [0, 1])
def test_no_change_in_the_middle_of_a_planned_move_breaks_a_promise(forced: int) -> None:
    assert Model(invocations=1, forced=forced, is_handing_over=True).explore() > 500


def without(name: str, replacement: Callable[..., Any]) -> Callable[[pytest.MonkeyPatch], None]:
    return lambda patch: patch.setattr(rules, name, replacement)


@pytest.mark.parametrize(
    ("broken", "promise"),
    [
        (without("_require_authority", lambda *_: None), "two writers at once without force"),
        (without("_require_whole", lambda *_: None), "two writers at once without force"),
        (without("next_epoch", lambda known, _: known + 1), "epoch 3 was given out twice"),
    ],
    ids=["authority", "whole hand-over", "even and odd epochs"],
)
def test_without_any_one_rule_a_promise_is_broken(
    monkeypatch: pytest.MonkeyPatch, broken: Callable[[pytest.MonkeyPatch], None], promise: str
) -> None:
    broken(monkeypatch)
    with pytest.raises(ViolationError, match=promise):
        Model(invocations=2).explore()


def test_without_the_guard_the_fences_stay_mixed() -> None:
    with pytest.raises(ViolationError, match="mixed at rest"):
        Model(invocations=2, has_guard=False).explore()
