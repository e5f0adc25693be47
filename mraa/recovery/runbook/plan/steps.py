"""The steps that runbooks consist of, as the executor takes them: pure."""

from mraa.recovery.models import AppState, AppStateName, RegionView, Step


def fence_step(view: RegionView, above_epoch: int, *, authority: str = "") -> Step:
    """Stop all writes. ``authority`` is to make the next change; only the present one may hand it over."""
    state = state_of(view)
    again = ", again" if state.state is AppStateName.FENCED else ""
    return Step(
        "fence",
        f"stop all writes: set fenced in {view.region}{again}",
        view.region,
        {
            "expected_state": str(state.state),
            "expected_epoch": state.epoch,
            "above_epoch": above_epoch,
            "authority": authority if state.authority in ("", view.region) else "",
        },
    )


def drain_step(source: RegionView, target: RegionView, *, is_forced: bool) -> Step:
    """Wait for replication. ``epoch`` is of the fence that exists; a fence set by the step before has a later one."""
    what = f"all that {source.region} wrote has reached {target.region}"
    return Step(
        "drain",
        f"wait no longer than --drain-timeout until {what}, then proceed in any case"
        if is_forced
        else f"wait until {what}",
        target.region,
        {"source": source.region, "epoch": state_of(source).epoch, "is_forced": is_forced},
    )


def switch_step(
    target: RegionView,
    state: AppStateName,
    *,
    text: str = "",
    seen: AppState | None = None,
    above_epoch: int = 0,
    authority: str = "",
    is_forced: bool = False,
) -> Step:
    """Set a state. Without ``seen`` the expected state is the one that the drain before it saw arrive."""
    expected = {} if seen is None else {"expected_state": str(seen.state), "expected_epoch": seen.epoch}
    return Step(
        "switch",
        text or f"set {state} in {target.region}: it becomes the writer",
        target.region,
        {
            "state": str(state),
            "is_forced": is_forced,
            "above_epoch": above_epoch,
            "authority": authority,
            **expected,
        },
    )


def verify_step(target: RegionView, state: AppStateName, other: RegionView | None, *, is_forced: bool = False) -> Step:
    """Check what was set in ``target``, and that ``other``, if it answers, sees the same; by force without waiting."""
    also = f", and that {other.region} follows" if other else ""
    return Step(
        "verify",
        f"check that {target.region} answers with {state}{also}",
        target.region,
        {"state": str(state), "other": other.region if other else "", "is_forced": is_forced},
    )


def state_of(view: RegionView) -> AppState:
    """The state of a Region that answered with one."""
    assert view.state is not None, "only of a Region whose state is known"
    return view.state
