"""The protocol's model, deeper than the fast tests go: minutes of exploration each."""

import pytest

from tests.protocol.model import Model
from tests.regions import PRIMARY, SECONDARY

pytestmark = pytest.mark.timeout(3600)


def test_no_order_of_a_change_and_a_forced_one_breaks_a_promise() -> None:
    assert Model(invocations=2, forced=1).explore() > 100_000


@pytest.mark.parametrize("ahead", ["", PRIMARY, SECONDARY], ids=["clocks agree", "primary ahead", "secondary ahead"])
def test_no_order_of_two_changes_in_the_middle_of_a_planned_move_breaks_a_promise(ahead: str) -> None:
    assert Model(invocations=2, is_handing_over=True, ahead=ahead).explore() > 50_000


def test_no_order_of_a_change_and_a_forced_one_in_the_middle_of_a_planned_move_breaks_a_promise() -> None:
    assert Model(invocations=2, forced=1, is_handing_over=True).explore() > 100_000
