"""Change sets: what is compared to find the changes, and what is known of a change set.

A change is the engine's own dictionary, ``{"ResourceChange": ...}`` in the words of DescribeChangeSet.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ministack.services.cloudformation import changesets, engine, stacks

from mraa_local.engine.templates import Template

ChangeSet = dict[str, Any]
Change = dict[str, Any]


@dataclass(frozen=True)
class Side:
    """One side of a comparison: a template with the parameters that it has in a stack; empty before a creation."""

    template: Template
    params: dict[str, Any]
    conditions: dict[str, bool]
    stack_name: str
    stack_id: str


class _Compared(dict[str, Any]):
    """The resources that the engine compares, with what they were made from."""

    side: Side


def compare_by(around: Callable[[Side, Side, dict[str, Any], list[Change]], list[Change]]) -> None:
    """Have ``around(before, after, the stack's resources, changes)`` answer a change set's changes.

    A resource whose condition is false is on neither side.
    """
    original = changesets._resolve_props_for_diff
    compare = changesets._diff_resources

    def resolve(template: Template, params: dict[str, Any], stack_name: str, stack_id: str) -> dict[str, Any]:
        conditions: dict[str, bool] = engine._evaluate_conditions(template, params) if template else {}
        there = {
            name: resource
            for name, resource in template.get("Resources", {}).items()
            if conditions.get(resource.get("Condition"), True)
        }
        kept = {**template, "Resources": there} if template else template
        resolved = _Compared(original(kept, params, stack_name, stack_id))
        resolved.side = Side(kept, params, conditions, stack_name, stack_id)
        return resolved

    def diff(before: _Compared, after: _Compared, resources: dict[str, Any] | None, *more: Any) -> list[Change]:
        return around(before.side, after.side, resources or {}, compare(before, after, resources, *more))

    changesets._resolve_props_for_diff = resolve
    changesets._diff_resources = diff


def replace_on_change_by(recreation: Callable[[str, str], str]) -> None:
    """Let ``recreation(type, property)`` say in change sets whether a property's change replaces the resource."""
    stacks._property_recreation = recreation


def replacement(details: list[dict[str, Any]], *, is_other_type: bool) -> str:
    """``Replacement`` of a resource that is modified with these details."""
    return str(stacks._replacement(details, is_other_type))


def find(name: str, stack_name: str) -> ChangeSet | None:
    """The change set of this id, or of this name on the stack of this name."""
    _, found = changesets._find_change_set(name, stack_name)
    change_set: ChangeSet | None = found
    return change_set
