"""Every combination of both Regions' states, and what each verb plans for it."""

from dataclasses import replace
from typing import Any

import pytest

from mraa.errors import MraaError, NotReadyError, StateConflictError
from mraa.recovery.models import AppState, AppStateName, RegionView, Step, SystemView
from mraa.recovery.runbook.plan.runbooks import (
    plan_failback,
    plan_failover,
    plan_fence,
    plan_unfence,
    plan_unplanned_failover,
    reasons_not_ready,
)
from tests.regions import PRIMARY as P
from tests.regions import SECONDARY as S

WRITABLE = {"active": P, "failover": S, "fenced": "none"}
DOWN = None
PLANS = {"fence": plan_fence, "unfence": plan_unfence, "failover": plan_failover, "failback": plan_failback}


def view(region: str, seen: str | None) -> RegionView:
    """``state@epoch``, ``fenced<previous@epoch``; None is down.

    ``~S`` behind it names the authority; a trailing ``!`` says that its fences disagree.
    """
    role = "primary" if region == P else "secondary"
    if seen is DOWN:
        return RegionView(region, role, is_reachable=False, problem="no answer")
    seen_state, _, authority = seen.rstrip("!").partition("~")
    name, _, epoch = seen_state.partition("@")
    name, _, previous = name.partition("<")
    state = AppState(
        AppStateName(name),
        WRITABLE[name],
        int(epoch),
        f"t{epoch}",
        "somebody",
        "",
        previous,
        authority={"P": P, "S": S}.get(authority, ""),
    )
    problem = "3 of 64 fences differ from the state record" if seen.endswith("!") else ""
    return RegionView(region, role, is_reachable=True, state=state, fence_problem=problem, highest_epoch=int(epoch))


def system(primary: str | None, secondary: str | None) -> SystemView:
    return SystemView(view(P, primary), view(S, secondary))


def short(steps: list[Step]) -> str:
    """``fence:P drain:S switch:S=failover verify:S`` for comparing."""
    letters = {P: "P", S: "S"}

    def one(step: Step) -> str:
        state = f"={step.arguments['state']}" if step.name == "switch" else ""
        return f"{step.name}:{letters[step.region]}{state}"

    return " ".join(one(step) for step in steps)


FAILOVER = "fence:P drain:S switch:S=failover verify:S"
FAILBACK = "reconcile:P fence:S drain:P switch:P=active verify:P"

CASES: list[tuple[str, str | None, str | None, str | type[MraaError]]] = [
    # verb, what the primary says, what the secondary says, the plan or the refusal
    ("fence", "active@1", "active@1", "fence:P verify:P"),
    ("fence", "failover@3", "failover@3", "fence:S verify:S"),
    ("fence", "fenced<active@2", "fenced<active@2", ""),
    ("fence", "fenced<active@2!", "fenced<active@2", "fence:P verify:P"),
    ("fence", "fenced<active@2", "active@1", "fence:P verify:P"),
    ("fence", "active@1!", "active@1", "fence:P verify:P"),
    ("fence", "active@1", DOWN, "fence:P verify:P"),
    ("fence", DOWN, "active@1", NotReadyError),
    ("fence", DOWN, "failover@3", "fence:S verify:S"),
    ("fence", "failover@3", DOWN, NotReadyError),
    ("fence", DOWN, "fenced<active@2", ""),
    ("fence", "active@1", "failover@2", "fence:P fence:S verify:S"),
    ("fence", "active@4", "failover@3", "fence:S fence:P verify:P"),
    ("fence", "failover@3", "active@1", StateConflictError),
    ("fence", DOWN, DOWN, NotReadyError),
    ("unfence", "fenced<active@2", "fenced<active@2", "switch:P=active verify:P"),
    ("unfence", "fenced<failover@4", "fenced<failover@4", "switch:S=failover verify:S"),
    ("unfence", "fenced<active@2", DOWN, "switch:P=active verify:P"),
    ("unfence", DOWN, "fenced<active@2", NotReadyError),
    ("unfence", "active@3", "active@3", ""),
    ("unfence", "active@3", "fenced<active@2", "switch:P=active verify:P"),
    # a planned move has handed over: the switch would be made there, so its end is made there too
    ("unfence", "fenced<active@2~S", "fenced<active@2~S", "switch:S=active verify:S"),
    ("unfence", "fenced<active@2~S", "active@1", NotReadyError),
    ("unfence", "fenced<active@2~S", DOWN, NotReadyError),
    ("unfence", "active@3~S", "active@3~S!", ""),
    ("unfence", "active@3~S!", "active@3~S", "switch:S=active verify:S"),
    ("unfence", "active@3!", "fenced<active@2", "switch:P=active verify:P"),
    ("unfence", "active@3", "active@3!", ""),
    ("unfence", "active@1", "fenced<failover@4", "switch:S=failover verify:S"),
    ("unfence", "active@1", "fenced<active@4", NotReadyError),
    ("unfence", "fenced@2", "fenced@2", StateConflictError),
    ("unfence", DOWN, DOWN, NotReadyError),
    ("failover", "active@1", "active@1", FAILOVER),
    ("failover", "active@1!", "active@1", FAILOVER),
    ("failover", "active@3", "fenced<active@2", FAILOVER),
    ("failover", "active@3", "failover@2", FAILOVER),
    ("failover", "active@1", "fenced<active@2", NotReadyError),
    # a fence that hands nothing over is set again
    ("failover", "fenced<active@2", "fenced<active@2", FAILOVER),
    ("failover", "fenced<active@2~P", "active@1", FAILOVER),
    ("failover", "fenced<active@2~S", "fenced<active@2~S", "drain:S switch:S=failover verify:S"),
    ("failover", "fenced<active@2~S", "active@1", "drain:S switch:S=failover verify:S"),
    ("failover", "fenced<active@2~S", "active@1!", "drain:S switch:S=failover verify:S"),
    ("failover", "fenced<active@2!", "fenced<active@2", FAILOVER),
    ("failover", "fenced<active@2", "fenced<active@2!", FAILOVER),
    ("failover", "fenced<failover@4", "fenced<failover@4", StateConflictError),
    ("failover", "fenced@4", "fenced@4", StateConflictError),
    ("failover", "failover@3", "failover@3", "verify:S"),
    ("failover", "fenced<active@2", "failover@3", "switch:S=failover verify:S"),
    ("failover", "failover@3", "failover@3!", "switch:S=failover verify:S"),
    ("failover", "failover@3!", "failover@3", "switch:S=failover verify:S"),
    ("failover", "active@1", "failover@2", "switch:S=failover verify:S"),
    ("failover", "active@2", "failover@2", StateConflictError),
    ("failover", "failover@3", "fenced<active@2", "switch:S=failover verify:S"),
    ("failover", DOWN, "active@1", NotReadyError),
    ("failover", DOWN, "fenced<active@2", NotReadyError),
    ("failover", DOWN, "failover@3", "verify:S"),
    ("failover", DOWN, "failover@3!", "switch:S=failover verify:S"),
    ("failover", "active@1", DOWN, NotReadyError),
    ("failover", DOWN, DOWN, NotReadyError),
    ("failback", "failover@3", "failover@3", FAILBACK),
    ("failback", "fenced<active@2", "failover@3", FAILBACK),
    ("failback", "failover@3", "fenced<failover@4~P", "reconcile:P drain:P switch:P=active verify:P"),
    ("failback", "fenced<failover@4~P", "fenced<failover@4~P", "reconcile:P drain:P switch:P=active verify:P"),
    ("failback", "fenced<failover@4", "fenced<failover@4!", FAILBACK),
    ("failback", "fenced<active@2", "fenced<active@2", StateConflictError),
    ("failback", "active@5", "active@5", "verify:P"),
    ("failback", "active@5", "fenced<failover@4", "switch:P=active verify:P"),
    ("failback", "active@5!", "fenced<failover@4", "switch:P=active verify:P"),
    # the lost Region is back and still believes in itself: the failover is newer, so its fence comes first
    ("failback", "active@1", "failover@2", FAILBACK),
    ("failback", "active@2", "failover@2", StateConflictError),
    ("failback", DOWN, "failover@3", NotReadyError),
    ("failback", "failover@3", DOWN, NotReadyError),
    ("failback", "active@5", DOWN, "verify:P"),
]


@pytest.mark.parametrize(("verb", "primary", "secondary", "expected"), CASES)
def test_a_plan_follows_from_the_state_of_both_regions(
    verb: str, primary: str | None, secondary: str | None, expected: str | type[MraaError]
) -> None:
    plan: Any = PLANS[verb]
    if isinstance(expected, str):
        assert short(plan(system(primary, secondary))) == expected
    else:
        with pytest.raises(expected):
            plan(system(primary, secondary))


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("active@1", "switch:S=failover verify:S report:S"),
        ("active@1!", "switch:S=failover verify:S report:S"),
        ("fenced<active@2", "switch:S=failover verify:S report:S"),
        ("fenced<failover@4", "switch:S=failover verify:S report:S"),
        ("failover@3", "verify:S"),
        ("failover@3!", "switch:S=failover verify:S report:S"),
    ],
)
def test_an_unplanned_failover_asks_the_surviving_region_alone(state: str, expected: str) -> None:
    steps = plan_unplanned_failover(view(S, state))
    assert short(steps) == expected
    assert {step.region for step in steps} == {S}
    assert all(step.arguments["is_forced"] for step in steps if step.name == "switch")
    assert not any(step.arguments.get("other") for step in steps)


def test_a_change_expects_the_state_that_was_seen() -> None:
    fence = plan_failover(system("active@7", "active@7"))[0]
    assert (fence.arguments["expected_state"], fence.arguments["expected_epoch"]) == ("active", 7)
    drain = plan_failover(system("fenced<active@8~S", "active@7"))[0]
    assert drain.arguments["epoch"] == 8
    switch = plan_unfence(system("fenced<active@8", "active@7"))[0]
    assert (switch.arguments["expected_state"], switch.arguments["expected_epoch"]) == ("fenced", 8)


def test_a_change_takes_an_epoch_above_all_that_either_region_showed() -> None:
    for steps in (plan_failover(system("active@8", "active@5")), plan_fence(system("active@1", "failover@8"))):
        assert {step.arguments["above_epoch"] for step in steps if step.name in ("fence", "switch")} == {8}


def test_the_fence_of_a_planned_move_hands_the_authority_to_the_target() -> None:
    assert plan_failover(system("active@1", "active@1"))[0].arguments["authority"] == S
    assert plan_failback(system("failover@3", "failover@3"), is_reconciled=True)[0].arguments["authority"] == P
    # only the present one can hand it over; where the target has it already, there is nothing to hand over
    assert plan_failover(system("active@1~S", "active@1~S"))[0].arguments["authority"] == ""


def test_a_plain_fence_keeps_the_authority_and_an_unfence_gives_it_to_the_writer() -> None:
    assert plan_fence(system("active@1", "active@1"))[0].arguments["authority"] == ""
    assert plan_unfence(system("fenced<active@2~S", "fenced<active@2~S"))[0].arguments["authority"] == P


def test_in_a_split_brain_each_region_is_fenced_by_its_own_epoch() -> None:
    steps = plan_fence(system("active@1", "failover@2"))
    assert [step.arguments["expected_epoch"] for step in steps if step.name == "fence"] == [1, 2]


def test_a_lost_primary_region_is_answered_with_the_unplanned_failover() -> None:
    with pytest.raises(NotReadyError) as refused:
        plan_failover(system(DOWN, "active@1"))
    assert P in refused.value.message
    assert "--unplanned" in refused.value.hint


def test_a_fence_of_the_other_direction_is_answered_with_how_to_go_back() -> None:
    with pytest.raises(StateConflictError) as refused:
        plan_failover(system("fenced<failover@4", "fenced<failover@4"))
    assert "`mraa unfence` goes back to failover" in refused.value.hint


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"secondary": {"api_problem": "answers 500"}}, "API in ap-northeast-1 is not healthy: answers 500"),
        ({"primary": {"object_problem": "no enabled replication rule to b"}}, "cannot be drained: no enabled"),
    ],
)
def test_a_failover_to_an_unhealthy_region_needs_force(change: dict[str, dict[str, str]], words: str) -> None:
    well = system("active@1", "active@1")
    ill = SystemView(
        replace(well.primary, **change.get("primary", {})),  # type: ignore[arg-type]
        replace(well.secondary, **change.get("secondary", {})),  # type: ignore[arg-type]
    )
    with pytest.raises(NotReadyError) as refused:
        plan_failover(ill)
    assert words in refused.value.message
    assert "--force" in refused.value.hint
    steps = plan_failover(ill, is_forced=True)
    assert short(steps) == FAILOVER
    assert all(step.arguments["is_forced"] for step in steps if step.name in ("drain", "switch"))


def test_an_unhealthy_api_in_the_source_region_does_not_block_a_failover() -> None:
    well = system("active@1", "active@1")
    ill = replace(well, primary=replace(well.primary, api_problem="answers 500"))
    assert short(plan_failover(ill)) == FAILOVER


def test_a_system_is_ready_if_both_regions_agree_and_are_healthy() -> None:
    assert reasons_not_ready(system("active@1", "active@1")) == []
    assert reasons_not_ready(system("failover@3", "failover@3")) == []


@pytest.mark.parametrize(
    ("primary", "secondary", "words"),
    [
        (DOWN, "active@1", "us-east-1 (primary): no answer"),
        ("active@1", DOWN, "ap-northeast-1 (secondary): no answer"),
        ("active@1!", "active@1", "us-east-1 (primary): fences: 3 of 64 fences differ"),
        ("active@2", "active@1", "disagree: us-east-1 says active at epoch 2, ap-northeast-1 says active at epoch 1"),
        ("fenced<active@2", "fenced<active@2", "writes are fenced"),
    ],
)
def test_each_reason_for_not_being_ready_is_named(primary: str | None, secondary: str | None, words: str) -> None:
    assert any(words in reason for reason in reasons_not_ready(system(primary, secondary)))


def test_all_reasons_are_named_at_once() -> None:
    ill = system("active@1!", DOWN)
    ill = replace(ill, primary=replace(ill.primary, api_problem="answers 403", object_problem="no enabled rule"))
    assert len(reasons_not_ready(ill)) == 4
