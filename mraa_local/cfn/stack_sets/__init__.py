"""CloudFormation stack sets, which the engine does not have: API, operations, and the resource type.

A request goes ``actions`` or ``resource`` -> ``changes`` (what may be asked) -> ``operations`` (in which order) ->
``instances`` (the stacks themselves); ``records`` is what is remembered.
"""

import copy
from typing import Any

from ministack.core.responses import now_iso
from ministack.services import cloudformation

from mraa_local.cfn.stack_sets import actions, changes, instances, operations, records, resource

HOOKED = (
    *records.HOOKED,
    *instances.HOOKED,
    *operations.HOOKED,
    *changes.HOOKED,
    *actions.HOOKED,
    *resource.HOOKED,
    "ministack.services.cloudformation._PERSISTED_STORES",
    "ministack.services.cloudformation._restore_state",
    "ministack.services.cloudformation.reset",
)

_INTERRUPTED = "The local cloud was stopped in the middle of this."


def install() -> None:
    """Add stack sets to the engine: actions, resource type, persistence and reset."""
    actions.install()
    instances.install()
    resource.install()
    _persist()


def _persist() -> None:
    cloudformation._PERSISTED_STORES = (
        *cloudformation._PERSISTED_STORES,
        (lambda: records.STORE, "mraa_stack_sets"),
    )
    original_reset, original_restore = cloudformation.reset, cloudformation._restore_state

    def reset() -> None:
        original_reset()
        records.STORE.clear()

    def restore(data: Any) -> None:
        original_restore(copy.deepcopy(data))
        end_interrupted()

    cloudformation.reset, cloudformation._restore_state = reset, restore


def end_interrupted() -> None:
    """Fail what was in progress when the state was saved: nobody is working on it any more."""
    for stack in cloudformation._stacks._data.values():
        if stack["StackStatus"].endswith("_IN_PROGRESS"):
            stack["StackStatus"] = stack["StackStatus"].split("_")[0] + "_FAILED"
            stack["StackStatusReason"] = _INTERRUPTED
    for stack_set in records.STORE._data.values():
        for operation in stack_set["Operations"].values():
            if operation["Status"] in ("RUNNING", "STOPPING"):
                operation["Status"], operation["EndTimestamp"] = "FAILED", now_iso()
