"""Deleted stacks stay known by their ids when a new stack takes their name, as on AWS (there for 90 days).

The engine files stacks by name and would forget them: what they left could no longer be told from what is new.
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


def install() -> None:
    """Look before every call that may put a new stack under a name."""
    for action in ("CreateStack", "CreateChangeSet"):
        original = handlers._ACTION_HANDLERS[action]

        def handle(params: dict[str, list[str]], original: Any = original) -> Any:
            for name in params.get("StackName", []):
                _keep(name)
            return original(params)

        handlers._ACTION_HANDLERS[action] = handle
