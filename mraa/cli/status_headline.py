"""What `mraa status` says first: who serves writes, and what comes next."""

from mraa.recovery.models import AppStateName, SystemView
from mraa.recovery.regions.system import NO_ANSWER


def headline(system: SystemView) -> list[str]:
    """Who serves writes, as far as it is known, and what to do next if something is to be done."""
    primary, secondary = system.primary, system.secondary
    if not primary.is_reachable and not secondary.is_reachable:
        if {primary.problem, secondary.problem} != {NO_ANSWER}:
            return [
                "What answers is not AWS: sign in to this machine's network, or check its proxy and AWS_ENDPOINT_URL."
            ]
        return [
            "Neither Region answers: it may be this machine's network. Check the connection, VPN, proxy, DNS and "
            "AWS_ENDPOINT_URL.",
            f"If only {primary.region} is lost: `mraa failover --unplanned` asks {secondary.region} alone.",
        ]
    known = [view for view in (primary, secondary) if view.state is not None]
    if not known:
        return ["The state is not known: neither Region could read it (see below)."]
    latest = max((view.state for view in known if view.state), key=lambda state: state.epoch)
    if latest.state is AppStateName.FENCED:
        return [
            "No Region accepts writes: they are fenced.",
            "Next: run the failover or failback again that set the fence, or `mraa unfence` to go back.",
        ]
    writer = primary if latest.writable_region == primary.region else secondary
    other = secondary if writer is primary else primary
    if writer.problem or writer.api_problem:
        serving = f"{writer.region} is to serve writes, but: {writer.problem or f'API: {writer.api_problem}'}."
    else:
        serving = f"{writer.region} serves writes (state {latest.state}, epoch {latest.epoch})."
    if other.state is not None and other.state.writable_region == other.region:
        again = "failover" if latest.state is AppStateName.FAILOVER else "failback"
        is_newer = other.state.epoch < latest.epoch
        step = f"`mraa {again}` again sets the newer state in both" if is_newer else "`mraa fence` fences both"
        return [
            f"{serving} Beware: {other.region} accepts writes too.",
            f"Next: {step}.",
        ]
    if latest.state is AppStateName.ACTIVE:
        is_lost = writer is primary and not primary.is_reachable
        return [serving, *(["Next: if the Region is lost, `mraa failover --unplanned`."] if is_lost else [])]
    when = "" if other.is_reachable else f"when {other.region} is back, "
    return [serving, f"Next: {when}`mraa reconcile`, then `mraa failback`."]
