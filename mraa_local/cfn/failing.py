"""Resources that fail by command, to rehearse a deployment that goes wrong: named by Region and logical id.

One that ``fails`` does so whenever a stack creates or updates it, one that ``sticks`` whenever a stack deletes it,
whatever else may be wrong with it.
"""

from typing import Literal

from ministack.core.responses import get_region

from mraa_local.cfn import changes
from mraa_local.cfn.permissions import Change
from mraa_local.cfn.reasons import handler_message

HOOKED = ("ministack.core.responses.get_region",)

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
    """What is to fail or to stick."""
    return [
        {"region": region, "logicalId": logical_id, "state": state}
        for (region, logical_id), state in sorted(_states.items())
    ]


def _refuse(change: Change) -> None:
    if _states.get((get_region(), change.logical_id)) == ("sticks" if change.is_delete else "fails"):
        raise ValueError(handler_message(REASON, "GeneralServiceException"))


def install() -> None:
    """Look before every change of a resource."""
    changes.before(_refuse)
