"""Stack sets over a stop: they are kept with the stacks, and what was in progress has failed."""

from mraa_local.cfn.stack_sets import records
from mraa_local.engine import stacks, stores
from mraa_local.engine.scope import now

_STATE = "mraa_stack_sets"
_INTERRUPTED = "The local cloud was stopped while this was in progress."


def install() -> None:
    """Keep the stack sets with the stacks."""
    stores.keep_with_stacks(_STATE, records.STORE, end_interrupted)


def end_interrupted() -> None:
    """Fail what was in progress when the state was saved: it is not continued."""
    for stack in stacks.everywhere():
        if stack["StackStatus"].endswith("_IN_PROGRESS"):
            stack["StackStatus"] = stack["StackStatus"].split("_")[0] + "_FAILED"
            stack["StackStatusReason"] = _INTERRUPTED
    for stack_set in stores.all_records(records.STORE):
        for operation in stack_set["Operations"].values():
            if operation["Status"] in ("RUNNING", "STOPPING"):
                operation["Status"], operation["EndTimestamp"] = "FAILED", now()
