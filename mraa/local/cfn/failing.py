"""Resources that fail by command, to rehearse a deployment that goes wrong: named by Region and logical id.

A resource that is to fail does so whenever a stack creates or updates it, whatever else may be wrong with it.
"""

from ministack.core.responses import get_region

from mraa.local.cfn import changes
from mraa.local.cfn.permissions import Change
from mraa.local.cfn.reasons import handler_message

HOOKED = ("ministack.core.responses.get_region",)

REASON = "Failed by command (mraa local fault resource)."

_failing: set[tuple[str, str]] = set()


def set_failing(region: str, logical_id: str, *, is_failing: bool) -> None:
    """Let the resource fail from now on, or no more."""
    if is_failing:
        _failing.add((region, logical_id))
    else:
        _failing.discard((region, logical_id))


def describe() -> list[dict[str, str]]:
    """What is to fail."""
    return [{"region": region, "logicalId": logical_id} for region, logical_id in sorted(_failing)]


def _refuse(change: Change) -> None:
    if not change.is_delete and (get_region(), change.logical_id) in _failing:
        raise ValueError(handler_message(REASON, "GeneralServiceException"))


def install() -> None:
    """Look before every creation and update of a resource."""
    changes.before(_refuse)
