"""Nothing is ignored silently: a resource type or property that is not supported fails its resource.

What is supported is declared in ``cfn.resources``, one file a type. Everything else is refused, at the resource, with a
reason, before anything is created.
"""

from collections.abc import Callable

from mraa_local.cfn.resources import registry
from mraa_local.engine import actions, resource_types, resources
from mraa_local.engine.actions import Params
from mraa_local.engine.resources import Change
from mraa_local.engine.scope import Answer

AFTER = ("cfn.exports", "cfn.permissions", "cfn.stack_ids", "faults.resources")  # it comes before everything else


def install() -> None:
    """Check before everything else that happens to a resource."""
    resources.before_change(_check)
    for action in ("CreateStack", "UpdateStack", "DeleteStack", "CreateChangeSet"):
        actions.around(action, _refuse_service_role)


def _check(change: Change) -> None:
    """Raise ValueError, the resource's status reason, for what would be ignored."""
    if change.is_delete:
        return
    try:
        unknown = registry.unsupported(change.resource_type, change.new)
    except LookupError as error:
        raise ValueError(_unsupported(change.resource_type)) from error
    if unknown:
        noun = "properties" if len(unknown) > 1 else "property"
        raise ValueError(f"The local cloud does not support the {noun} {', '.join(unknown)} of {change.resource_type}.")


def _unsupported(resource_type: str) -> str:
    reason = f"The local cloud does not support the resource type {resource_type}."
    if not resource_types.is_known(resource_type):
        return reason
    return f"{reason} Nobody has looked at it; mraa local start --allow {resource_type} lets it in all the same."


def _refuse_service_role(params: Params, proceed: Callable[[Params], Answer]) -> Answer:
    """A role given for the stack itself would be ignored, and the stack created with every permission."""
    if actions.parameter(params, "RoleARN"):
        return actions.refusal("ValidationError", "The local cloud does not support RoleARN of a stack.")
    return proceed(params)
