"""Which steps a runbook takes, from the state of both Regions: pure, so that every case can be read and tested.

    active  --fence-->  fenced  --drain, switch-->  failover
    active  <--switch, drain--  fenced  <--fence--  failover

Three rules run through it. A change without force is made in the record's authority, the one Region where all of them
meet in one compare-and-set: a fence is set by the writer, that of a planned move names the target as the authority, and
the switch, or the unfence that takes the move back, is made there. A change names the state and epoch that this Region
itself was seen to have, and takes an epoch above all that either Region showed. And a plan starts from the current
state: after a kill at any step the same command plans the rest.
"""

from mraa.errors import MraaError, NotReadyError, StateConflictError
from mraa.recovery.models import AppState, AppStateName, RegionView, Step, SystemView
from mraa.recovery.runbook.plan.steps import drain_step, fence_step, state_of, switch_step, verify_step

_ACTIVE, _FENCED, _FAILOVER = AppStateName.ACTIVE, AppStateName.FENCED, AppStateName.FAILOVER

# steps that change nothing: a plan of these alone needs no confirmation
READ_ONLY = frozenset({"verify", "report", "reconcile"})


def reasons_not_ready(system: SystemView) -> list[str]:
    """Why a planned failover (or failback) could not begin right now; empty if it could."""
    reasons = []
    for view in (system.primary, system.secondary):
        if view.state is None:
            reasons.append(f"{view.region} ({view.role}): {view.problem}")
        for what, problem in (
            ("fences", view.fence_problem),
            ("API", view.api_problem),
            ("object replication", view.object_problem),
        ):
            if problem:
                reasons.append(f"{view.region} ({view.role}): {what}: {problem}")
    primary, secondary = system.primary.state, system.secondary.state
    if _disagree(system):
        reasons.append(
            f"the Regions disagree: {system.primary.region} says {_shown(state_of(system.primary))}, "
            f"{system.secondary.region} says {_shown(state_of(system.secondary))}"
        )
    if any(state is not None and state.state is _FENCED for state in (primary, secondary)):
        reasons.append("writes are fenced: no Region is writable (`mraa unfence` goes back)")
    return reasons


def plan_fence(system: SystemView) -> list[Step]:
    """Stop all writes. Empty if they are stopped already, every fence agrees, and so do the Regions.

    A Region that considers itself writable is fenced itself, both in a split brain (after an unplanned failover from
    a Region that was not down), the older epoch first so that the newer one stays the last writer.
    """
    known = _known(system)
    writers = sorted(
        (view for view in known if state_of(view).writable_region == view.region), key=lambda view: state_of(view).epoch
    )
    if not writers:
        fenced = [view for view in known if state_of(view).state is _FENCED]
        if not fenced:
            raise _no_writer(system, known)
        if not any(view.fence_problem for view in known) and not _disagree(system):
            return []
        writers = [max(fenced, key=lambda view: state_of(view).epoch)]
    last = writers[-1]
    others = [view for view in known if view is not last]
    above = system.highest_epoch
    return [*(fence_step(view, above) for view in writers), verify_step(last, _FENCED, others[0] if others else None)]


def plan_unfence(system: SystemView) -> list[Step]:
    """Return to the state before the fence. Empty if nothing is fenced; an interrupted unfence is finished."""
    known = _known(system)
    latest = _latest(known)
    if latest.state is not _FENCED:
        half_set = [v for v in known if v.fence_problem and state_of(v).writable_region == v.region]
        if not half_set and _disagree(system):
            half_set = [v for v in known if _essence(state_of(v)) == _essence(latest)][:1]
        return [step for view in half_set for step in _set_again(system, view, state_of(view).state)]
    if latest.previous_state not in (_ACTIVE, _FAILOVER):
        raise StateConflictError(
            f"The state before the fence is not known (the record has {latest.previous_state!r}).",
            "Decide which Region is to be the writer, and set active or failover with Force by hand (docs/runbook.md).",
        )
    state = AppStateName(latest.previous_state)
    target = system.primary if state is _ACTIVE else system.secondary
    # where a planned move that is under way would switch: there only one of the two can win
    place = _authority(system, latest, target)
    other = system.secondary if place is system.primary else system.primary
    _require_known(place, f"The state may be changed in {place.region} only.", _authority_hint(place, target, state))
    _require_current(place, latest)
    text = f"set {state} in {place.region}: {target.region} becomes the writer"
    return [
        _set(system, place, state, text, authority=target.region),
        verify_step(place, state, other if other.state else None),
    ]


def plan_failover(system: SystemView, *, is_forced: bool = False) -> list[Step]:
    """Make the secondary Region the writer without losing a write: fence, drain, switch, verify."""
    hint = _unplanned_hint(system.primary)
    return _plan_move(system, system.primary, system.secondary, _ACTIVE, _FAILOVER, is_forced=is_forced, hint=hint)


def plan_failback(system: SystemView, *, is_forced: bool = False, is_reconciled: bool = False) -> list[Step]:
    """Make the primary Region the writer again: reconcile, fence, drain the other way, switch, verify.

    ``is_reconciled`` leaves out the first step: somebody has done it.
    """
    source, target = system.secondary, system.primary
    steps = _plan_move(system, source, target, _FAILOVER, _ACTIVE, is_forced=is_forced, hint="Wait until it is back.")
    if is_reconciled or all(step.name != "drain" for step in steps):
        return steps
    text = f"compare both Regions: nothing of {source.region} may be missing in {target.region}"
    return [Step("reconcile", text, target.region, {"source": source.region, "is_forced": is_forced}), *steps]


def plan_unplanned_failover(secondary: RegionView) -> list[Step]:
    """Make the secondary Region the writer, from it alone: no fence, no drain, a report of what may be missing."""
    state = state_of(secondary)
    text = (
        f"set {_FAILOVER} in {secondary.region} at once: what has not been replicated is missing until the lost Region "
        "is back"
    )
    switch = switch_step(
        secondary, _FAILOVER, text=text, seen=state, above_epoch=secondary.highest_epoch, is_forced=True
    )
    verify = verify_step(secondary, _FAILOVER, None)
    if state.state is _FAILOVER and not secondary.fence_problem:
        return [verify]
    return [switch, verify, Step("report", "report what may be missing", secondary.region)]


def _plan_move(
    system: SystemView,
    source: RegionView,
    target: RegionView,
    before: AppStateName,
    after: AppStateName,
    *,
    is_forced: bool,
    hint: str,
) -> list[Step]:
    """The planned move from ``source`` (writable in ``before``) to ``target`` (writable in ``after``)."""
    _require_known(target, f"{target.region} cannot become the writer.", "Wait until it is back.")
    there = state_of(target)
    verify = verify_step(target, after, source if source.state else None, is_forced=is_forced)
    if source.state is None and there.state is after:
        return _set_again(system, target, after) if target.fence_problem else [verify]
    _require_known(source, f"A planned move to {target.region} fences and drains {source.region} first.", hint)
    here = state_of(source)
    if here.epoch == there.epoch and (here.state, there.state) == (before, after):
        raise StateConflictError(
            f"Split brain, both Regions are writable: {source.region} {_shown(here)}, {target.region} {_shown(there)}.",
            "`mraa fence` fences both; then run this again.",
        )
    if here.state is after or (there.state is after and there.epoch >= here.epoch):
        if _essence(here) != _essence(there) or source.fence_problem or target.fence_problem:
            # interrupted, or the Regions disagree: setting the state again rewrites record and fences
            return _set_again(system, target, after, source)
        return [verify]
    if here.epoch < there.epoch:
        raise NotReadyError(
            f"{source.region} says {_shown(here)}, but {target.region} is ahead and says {_shown(there)}.",
            "Replication is behind: run it again in a moment, and see `mraa status`.",
        )
    if not is_forced:
        _require_healthy(source, target)
    above = system.highest_epoch
    rest = [
        drain_step(source, target, is_forced=is_forced),
        switch_step(target, after, above_epoch=above, is_forced=is_forced),
        verify,
    ]
    fence = fence_step(source, above, authority=target.region)
    if here.state is before:
        return [fence, *rest]
    if here.state is _FENCED and here.previous_state == before:
        is_half_set = source.fence_problem or (there.epoch == here.epoch and target.fence_problem)
        return rest if here.authority == target.region and not is_half_set else [fence, *rest]
    if here.state is _FENCED:
        raise StateConflictError(
            f"Writes are fenced, and before the fence the state was {here.previous_state or 'unknown'}, not {before}.",
            f"`mraa unfence` goes back to {here.previous_state or 'it'}; see who fenced and why with `mraa status`.",
        )
    raise StateConflictError(
        f"{source.region} says {_shown(here)}, {target.region} says {_shown(there)}: neither leads to {after}.",
        "See `mraa status`; set the state by hand if it does not change (docs/runbook.md).",
    )


def _set(system: SystemView, place: RegionView, state: AppStateName, text: str, *, authority: str = "") -> Step:
    """A switch from the Region's own current state, made there."""
    return switch_step(
        place, state, text=text, seen=state_of(place), above_epoch=system.highest_epoch, authority=authority
    )


def _set_again(
    system: SystemView, target: RegionView, state: AppStateName, other: RegionView | None = None
) -> list[Step]:
    """In the record's authority, which need not be the writer: a cancelled move ends in the other Region."""
    latest = _latest([view for view in system.views if view.state is not None and view.state.state is state])
    place = _authority(system, latest, target)
    if place.state is None or place.state.state is not state:
        place = target
    if place is not target:
        other = target
    text = f"set {state} in {place.region} again: its fences or the other Region disagree"
    return [_set(system, place, state, text, authority=target.region), verify_step(place, state, other)]


def _require_healthy(source: RegionView, target: RegionView) -> None:
    risk = "--force proceeds anyway"
    if target.api_problem:
        raise NotReadyError(
            f"The API in {target.region} is not healthy: {target.api_problem}.",
            f"Clients would have no Region to write to. Fix it first; {risk}.",
        )
    if source.object_problem:
        raise NotReadyError(
            f"Objects of {source.region} cannot be drained: {source.object_problem}.",
            f"Run `mraa deploy` to restore the rule; {risk}, and objects may be left behind.",
        )


def _require_known(view: RegionView, why: str, hint: str = "") -> None:
    if view.state is None:
        raise _cannot_read(view, why, hint)


def _require_current(view: RegionView, latest: AppState) -> None:
    if _essence(state_of(view)) != _essence(latest):
        raise NotReadyError(
            f"{view.region} still says {_shown(state_of(view))}; the latest is {_shown(latest)}.",
            "Replication is behind: run it again in a moment, and see `mraa status`.",
        )


def _cannot_read(view: RegionView, why: str, hint: str) -> MraaError:
    return NotReadyError(f"{why} {view.region} ({view.role}) is unusable: {view.problem}.", hint)


def _authority(system: SystemView, latest: AppState, otherwise: RegionView) -> RegionView:
    """Where the state may be changed; ``otherwise`` for a record of an earlier version."""
    return next((view for view in system.views if view.region == latest.authority), otherwise)


def _authority_hint(place: RegionView, target: RegionView, state: AppStateName) -> str:
    if state is _FAILOVER:
        return f"If {place.region} is lost: `mraa failover --unplanned` makes {target.region} the writer."
    return f"If {place.region} is lost, set {state} with Force in {target.region} by hand (docs/runbook.md)."


def _disagree(system: SystemView) -> bool:
    primary, secondary = system.primary.state, system.secondary.state
    return primary is not None and secondary is not None and _essence(primary) != _essence(secondary)


def _unplanned_hint(lost: RegionView) -> str:
    if lost.role == "secondary":
        return "Wait until it is back."
    return (
        "If the Region is lost: `mraa failover --unplanned` (writes not replicated yet are missing until it is back)."
    )


def _no_writer(system: SystemView, known: list[RegionView]) -> MraaError:
    """Why nothing can be fenced: the writer Region does not answer, or each says that the other one is the writer."""
    if len(known) == 1:
        lost = system.secondary if known[0] is system.primary else system.primary
        return _cannot_read(lost, "A fence is set in the writer Region.", _unplanned_hint(lost))
    said = ", ".join(f"{view.region} {_shown(state_of(view))}" for view in system.views)
    return StateConflictError(
        f"Each Region says that the other one is the writer: {said}.",
        "Replication is behind: run it again in a moment, and see `mraa status`.",
    )


def _known(system: SystemView) -> list[RegionView]:
    known = [view for view in (system.primary, system.secondary) if view.state is not None]
    if not known:
        raise NotReadyError(
            f"No Region returns the state: {system.primary.region}: {system.primary.problem}; "
            f"{system.secondary.region}: {system.secondary.problem}.",
            "Check the network and AWS_ENDPOINT_URL.",
        )
    return known


def _latest(known: list[RegionView]) -> AppState:
    return max((state_of(view) for view in known), key=lambda state: (state.epoch, state.updated_at))


def _essence(state: AppState) -> tuple[str, str, int]:
    return state.state, state.writable_region, state.epoch


def _shown(state: AppState) -> str:
    return f"{state.state} at epoch {state.epoch}"
