"""Change sets as CloudFormation answers them.

The engine compares templates as they are written and describes changes without values. Here conditions count, and with
``IncludePropertyValues`` each property that changes is described by its path and its values before and after.

What AWS does with ``IncludePropertyValues`` is known from recorded answers: every leaf below a property is a detail of
its own, text is given as it is and anything else as JSON. A value that depends on a resource which is new or replaced
is ``{{changeSet:KNOWN_AFTER_APPLY}}``. A resource that only refers to another change, with the same values, is left
out.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceTargetDefinition.html
"""

import re
from collections.abc import Callable
from typing import Any

from mraa_local.cfn.change_sets import details, nested, recreation
from mraa_local.cfn.change_sets.values import Values
from mraa_local.cfn.query import to_xml
from mraa_local.engine import actions, change_sets, stacks
from mraa_local.engine.actions import Params
from mraa_local.engine.change_sets import Change, Side
from mraa_local.engine.scope import Answer

_VALUED = "_with_values"
_CHANGES = re.compile(r"<Changes>.*</Changes>", re.DOTALL)


def install() -> None:
    """Add the values where changes are found, and describe them."""
    change_sets.compare_by(_with_values)
    change_sets.replace_on_change_by(recreation.recreation)
    actions.around("DescribeChangeSet", _describe)
    nested.install(_VALUED)


def _with_values(before: Side, after: Side, resources: dict[str, Any], changes: list[Change]) -> list[Change]:
    of_change = {change["ResourceChange"]["LogicalResourceId"]: change["ResourceChange"] for change in changes}
    fixed = {name: found for name, found in resources.items() if _keeps_identity(of_change.get(name))}
    old, new = Values(before, resources), Values(after, fixed)
    for change in changes:
        change[_VALUED] = details.with_values(change["ResourceChange"], old, new)
    return changes


def _keeps_identity(change: dict[str, Any] | None) -> bool:
    """Whether a resource that exists is the same one afterwards, as far as is known."""
    return change is None or (change["Action"] == "Modify" and change.get("Replacement") == "False")


def _describe(params: Params, proceed: Callable[[Params], Answer]) -> Answer:
    status, headers, body = proceed(params)
    stack = stacks.resolve(actions.parameter(params, "StackName"))
    change_set = change_sets.find(actions.parameter(params, "ChangeSetName"), stack["StackName"] if stack else "")
    has_values = actions.parameter(params, "IncludePropertyValues").lower() == "true"
    if status != 200 or not change_set or not (has_values or nested.has_any(change_set)):
        return status, headers, body
    shown = [change.get(_VALUED, change["ResourceChange"]) for change in change_set["Changes"]]
    if not has_values:
        shown = [change["ResourceChange"] for change in change_set["Changes"]]
    members = [{"Type": "Resource", "ResourceChange": change} for change in shown if change]
    text = body.decode() if isinstance(body, bytes) else body
    xml = f"<Changes>{to_xml(members)}</Changes>{to_xml(nested.places(change_set))}"
    return status, headers, _CHANGES.sub(lambda _: xml, text).encode()
