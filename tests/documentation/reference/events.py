"""What is announced of a change of state, and what the tool reports while it works."""

from collections.abc import Mapping

from mraa.documents import to_json
from mraa.events import Event, Progress
from state_guard.handler import DETAIL_TYPE, SOURCE, detail
from tests.documentation.reference.markdown import block, code, document, table

# field of the event's detail -> what it is
DETAIL: Mapping[str, str] = {
    "appId": "the application",
    "region": "the Region that announces it: each announces what it sees",
    "state": "the new state",
    "writableRegion": "the Region that is writable in it, or `none`",
    "epoch": "the state's epoch, higher at each change",
    "updatedAt": "when it was set, ISO 8601 in UTC",
    "previousState": "what this Region saw before; empty for the first state",
    "reason": "what the operator gave as the reason",
}
# field of an event of the tool -> what it is
FIELDS: Mapping[str, str] = {
    "progress": "where the work is, see below",
    "subject": "the thing: a step, a file, a logical id",
    "text": "what happens to it",
    "region": "where",
    "reason": "AWS's reason, if it failed",
    "done": "how many are done",
    "total": "of how many",
    "elapsedS": "seconds since it began",
}
PROGRESS: Mapping[Progress, str] = {
    Progress.STARTED: "it begins",
    Progress.RUNNING: "it goes on",
    Progress.DONE: "it is done",
    Progress.UNCONFIRMED: "it is over, and not known whether all is well",
    Progress.FAILED: "it failed",
    Progress.NOTE: "something worth knowing",
}
_ABOUT = f"""# Events

## Application state

In each Region the state guard puts an event on the default EventBridge bus when the [application state](state.md)
rises to a higher epoch: source `{SOURCE}`, detail type `{DETAIL_TYPE}`. It comes at least once, and may come late:
compare the `epoch`. A rule that catches it:
"""
_TOOL = """## The tool

With `--json` a verb prints its events while it works, one object a line ([output for programs](../json.md)). Keys
are in camelCase (`elapsedS`); those without a value are left out.
"""


def page() -> str:
    """The whole page."""
    example = detail(
        {
            "state": {"S": "failover"},
            "writableRegion": {"S": "ap-northeast-1"},
            "epoch": {"N": "13"},
            "updatedAt": {"S": "2026-11-30T09:59:31.000Z"},
            "reason": {"S": "us-east-1 is down"},
        },
        {"state": {"S": "active"}},
        app_id="7db6662d-6374-4e4b-b80f-2cf08d93d7a5",
        region="ap-northeast-1",
    )
    keys = to_json(Event(Progress.DONE, ""))
    return document(
        _ABOUT,
        block({"source": [SOURCE], "detail-type": [DETAIL_TYPE]}),
        "Its `detail`:",
        block(example),
        table(["field", "what it is"], ([code(name), DETAIL[name]] for name in example)),
        _TOOL,
        table(["key", "what it is"], ([code(name), FIELDS[name]] for name in keys)),
        table(["`progress`", "means"], ([code(of.value), PROGRESS[of]] for of in Progress)),
    )
