"""A change with its values: one detail for each leaf that differs, without what stays the same."""

import json
from collections.abc import Iterator
from typing import Any

from mraa_local.cfn.change_sets.values import Values
from mraa_local.engine import change_sets

ResourceChange = dict[str, Any]

# JSON documents that AWS compares as a whole: their inner keys are nobody's properties
_DOCUMENTS = {
    "AssumeRolePolicyDocument",
    "Body",
    "DashboardBody",
    "EventPattern",
    "PolicyDocument",
    "RedrivePolicy",
    "RedriveAllowPolicy",
}
_ABSENT = object()


def with_values(change: ResourceChange, old: Values, new: Values) -> ResourceChange | None:
    """The change as DescribeChangeSet answers with ``IncludePropertyValues``; None if no value of it changes."""
    name = change["LogicalResourceId"]
    contexts = {}
    if change["Action"] in ("Modify", "Remove"):
        contexts["BeforeContext"] = old.context(name)
    if change["Action"] in ("Modify", "Add"):
        contexts["AfterContext"] = new.context(name)
    if change["Action"] != "Modify":
        return {**change, **contexts}
    found = [valued for detail in change["Details"] for valued in _valued(detail, name, old, new)]
    is_other_type = old.type_of(name) != new.type_of(name)
    if not found and not is_other_type:
        return None
    replacement = change_sets.replacement(found, is_other_type=is_other_type)
    scope = list(dict.fromkeys(detail["Target"]["Attribute"] for detail in found))
    kept = {key: value for key, value in change.items() if key != "PolicyAction" or replacement == "True"}
    return {**kept, "Replacement": replacement, "Scope": scope, "Details": found, **contexts}


def _valued(detail: dict[str, Any], name: str, old: Values, new: Values) -> Iterator[dict[str, Any]]:
    target = detail["Target"]
    if target["Attribute"] != "Properties":
        yield detail
        return
    before = old.properties(name).get(target["Name"], _ABSENT)
    after = new.properties(name).get(target["Name"], _ABSENT)
    for path, one, other in _leaves(f"/Properties/{target['Name']}", before, after):
        values = {"BeforeValue": one, "AfterValue": other}
        kind = "Add" if one is _ABSENT else "Remove" if other is _ABSENT else "Modify"
        given = {key: _text(value) for key, value in values.items() if value is not _ABSENT}
        yield {**detail, "Target": {**target, "Path": path, **given, "AttributeChangeType": kind}}


def _leaves(path: str, before: Any, after: Any) -> Iterator[tuple[str, Any, Any]]:
    """Every path where the two differ; documents as a whole."""
    if before == after:
        return
    if path.rpartition("/")[2] not in _DOCUMENTS:
        if isinstance(before, dict) and isinstance(after, dict):
            for key in dict.fromkeys((*before, *after)):
                yield from _leaves(f"{path}/{key}", before.get(key, _ABSENT), after.get(key, _ABSENT))
            return
        if isinstance(before, list) and isinstance(after, list):
            for number in range(max(len(before), len(after))):
                one = before[number] if number < len(before) else _ABSENT
                other = after[number] if number < len(after) else _ABSENT
                yield from _leaves(f"{path}/{number}", one, other)
            return
    yield path, before, after


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
