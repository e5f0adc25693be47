"""Stacks by their ids, where the engine knows them by name alone.

Deleted stacks stay known when a new stack takes their name, as on AWS (for 90 days): what they left could not be told
from what is new otherwise. Change sets are listed for a stack's id too.
"""

from collections.abc import Callable

from mraa_local.engine import actions, stacks
from mraa_local.engine.actions import Params
from mraa_local.engine.scope import Answer


def _keep_deleted(params: Params, proceed: Callable[[Params], Answer]) -> Answer:
    for name in params.get("StackName", []):
        stack = stacks.find(name)
        if stack is not None and stack["StackStatus"] == "DELETE_COMPLETE":
            stacks.file_under_id(name)
    return proceed(params)


def _list_by_id(params: Params, proceed: Callable[[Params], Answer]) -> Answer:
    for name, stack in stacks.here():
        if [stack["StackId"]] == params.get("StackName"):
            params = {**params, "StackName": [name]}
    return proceed(params)


def install() -> None:
    """Check before every call that may give a name to a new stack, and at the ids given."""
    for action in ("CreateStack", "CreateChangeSet"):
        actions.around(action, _keep_deleted)
    actions.around("ListChangeSets", _list_by_id)
