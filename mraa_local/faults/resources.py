"""Resources that fail on request, to rehearse a deployment that goes wrong: named by Region and logical id.

One that ``fails`` does so whenever a stack creates or updates it, one that ``sticks`` whenever a stack deletes it,
whatever else may be wrong with it.
"""

from typing import Literal

from mraa_local.cfn.reasons import handler_message
from mraa_local.engine import resources
from mraa_local.engine.resources import Change
from mraa_local.engine.scope import region

AFTER = ("cfn.permissions",)  # it fails even if the role may not make the change

REASON = "Failed by command (mraa local fault resource)."

State = Literal["fails", "sticks", "works"]

_states: dict[tuple[str, str], State] = {}


def set_state(region: str, logical_id: str, state: State) -> None:
    """Let the resource fail or stick from now on, or work again."""
    if state == "works":
        _states.pop((region, logical_id), None)
    else:
        _states[region, logical_id] = state


def describe() -> list[dict[str, str]]:
    """The resources that are to fail or to stick."""
    return [
        {"region": region, "logicalId": logical_id, "state": state}
        for (region, logical_id), state in sorted(_states.items())
    ]


def _refuse(change: Change) -> None:
    if _states.get((region(), change.logical_id)) == ("sticks" if change.is_delete else "fails"):
        raise ValueError(handler_message(REASON, "GeneralServiceException"))


def install() -> None:
    """Check before every change of a resource."""
    resources.before_change(_refuse)
