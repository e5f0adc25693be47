"""Stacks by their ids, where the engine knows them by name alone.

Deleted stacks stay known when a new stack takes their name, as on AWS (for 90 days): what they left could not be told
from what is new otherwise. Change sets are found by a stack's id too.
"""

import re
from collections.abc import Callable

from mraa_local.engine import actions, stacks
from mraa_local.engine.actions import Params
from mraa_local.engine.scope import Answer

_CREATION_TIME = re.compile("<CreationTime>[^<]*</CreationTime>")


def _keep_deleted(params: Params, proceed: Callable[[Params], Answer]) -> Answer:
    for name in params.get("StackName", []):
        stack = stacks.find(name)
        if stack is not None and stack["StackStatus"] == "DELETE_COMPLETE":
            stacks.file_under_id(name)
    return proceed(params)


def _by_id(params: Params, proceed: Callable[[Params], Answer]) -> Answer:
    for name, stack in stacks.here():
        if [stack["StackId"]] == params.get("StackName"):
            params = {**params, "StackName": [name]}
    return proceed(params)


def _refuse_deleted(missing: str) -> Callable[[Params, Callable[[Params], Answer]], Answer]:
    """Answer the name of a deleted stack as that of none: only its id finds it. ``missing``: how that is said."""

    def around(params: Params, proceed: Callable[[Params], Answer]) -> Answer:
        name = actions.parameter(params, "StackName")
        stack = stacks.find(name)
        if stack is not None and stack["StackName"] == name and stack["StackStatus"] == "DELETE_COMPLETE":
            return actions.refusal("ValidationError", missing.format(name))
        return proceed(params)

    return around


def _describe_deleted(params: Params, proceed: Callable[[Params], Answer]) -> Answer:
    """Say when a deleted stack was deleted; only its id finds it."""
    status, headers, body = proceed(params)
    stack = stacks.resolve(actions.parameter(params, "StackName"))
    if status != 200 or stack is None or not stack.get("DeletionTime"):
        return status, headers, body
    text = body.decode() if isinstance(body, bytes) else body
    said = f"<DeletionTime>{stack['DeletionTime']}</DeletionTime>"
    return status, headers, _CREATION_TIME.sub(lambda found: found[0] + said, text).encode()


def install() -> None:
    """Check before every call that may give a name to a new stack, and at the ids given."""
    for action in ("CreateStack", "CreateChangeSet"):
        actions.around(action, _keep_deleted)
    for action in ("ListChangeSets", "DescribeChangeSet", "ExecuteChangeSet"):
        actions.around(action, _by_id)
    actions.around("DescribeStacks", _describe_deleted)
    for action in ("DescribeStackEvents", "ListChangeSets"):
        actions.around(action, _refuse_deleted("Stack [{}] does not exist"))
    for action in ("DescribeStackResource", "DescribeStackResources", "GetTemplate", "ListStackResources"):
        actions.around(action, _refuse_deleted("Stack with id {} does not exist"))
