"""Stacks by their ids, where the engine knows them by name alone.

Deleted stacks stay known when a new stack takes their name, as on AWS (there for 90 days): what they left could not be
told otherwise from what is new. Change sets are listed for a stack's id too.
"""

from typing import Any

from ministack.services import cloudformation
from ministack.services.cloudformation import handlers

HOOKED = (
    "ministack.services.cloudformation._stacks",
    "ministack.services.cloudformation.handlers._ACTION_HANDLERS",
)


def _keep(stack_name: str) -> None:
    stack = cloudformation._stacks.get(stack_name)
    if stack is not None and stack["StackStatus"] == "DELETE_COMPLETE":
        cloudformation._stacks[stack["StackId"]] = cloudformation._stacks.pop(stack_name)


def _list_by_id() -> None:
    original = handlers._ACTION_HANDLERS["ListChangeSets"]

    def handle(params: dict[str, list[str]]) -> Any:
        for name, stack in cloudformation._stacks.items():
            if [stack["StackId"]] == params.get("StackName"):
                params = {**params, "StackName": [name]}
        return original(params)

    handlers._ACTION_HANDLERS["ListChangeSets"] = handle


def install() -> None:
    """Look before every call that may put a new stack under a name, and at the ids given."""
    _list_by_id()
    for action in ("CreateStack", "CreateChangeSet"):
        original = handlers._ACTION_HANDLERS[action]

        def handle(params: dict[str, list[str]], original: Any = original) -> Any:
            for name in params.get("StackName", []):
                _keep(name)
            return original(params)

        handlers._ACTION_HANDLERS[action] = handle
