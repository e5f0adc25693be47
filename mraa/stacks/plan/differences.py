"""A change property by property, filled in from the templates where CloudFormation's change set contains no values.

Values are text as it is, anything else as JSON. A property that changes although its own text does not depends on
something else: a parameter, another resource.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from mraa.stacks.models import TOO_LONG, ChangeSet, PropertyChange, ResourceChange
from mraa.stacks.plan.evaluate import TemplateValues

_PROPERTIES = "Properties"


def with_values(change_set: ChangeSet, before: Mapping[str, Any], after: Mapping[str, Any]) -> ChangeSet:
    """The change set with the values that CloudFormation left out, from the templates ``before`` and ``after``."""
    old, new = resources(before), resources(after)
    changes = tuple(
        filled(change, old.get(change.logical_id, {}), new.get(change.logical_id, {})) for change in change_set.changes
    )
    return replace(change_set, changes=changes)


def in_stack(change_set: ChangeSet, before: TemplateValues, after: TemplateValues) -> ChangeSet:
    """The change set as ``with_values``, without resources and properties that the stack has neither before nor after.

    A template that could not be read (empty) removes nothing.
    """
    known = {**before.resources, **after.resources}
    changes = []
    for change in change_set.changes if known else ():
        if change.logical_id not in known:
            continue
        sides = [of.get(change.logical_id, {}).get(_PROPERTIES, {}) for of in (before.resources, after.resources)]
        written = [resources(of.template).get(change.logical_id, {}).get(_PROPERTIES, {}) for of in (before, after)]
        properties = tuple(
            of
            for of in change.properties
            if any(_name(of) in side for side in sides) or not any(_name(of) in side for side in written)
        )
        if properties or not change.properties:
            changes.append(replace(change, properties=properties))
    kept = replace(change_set, changes=tuple(changes)) if known else change_set
    return with_values(kept, {"Resources": before.resources}, {"Resources": after.resources})


def filled(change: ResourceChange, before: Mapping[str, Any], after: Mapping[str, Any]) -> ResourceChange:
    """The change with values for its properties, from the resource's old and new text in the templates."""
    properties: list[PropertyChange] = []
    for known in change.properties:
        if (known.before or known.after) and TOO_LONG not in (known.before, known.after):
            properties.append(known)
            continue
        parts = list(_leaves(known.path, _at(before, known.path), _at(after, known.path)))
        properties += [replace(known, path=path, before=_text(a), after=_text(b)) for path, a, b in parts] or [known]
    return replace(change, properties=tuple(properties))


def between(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[ResourceChange, ...]:
    """The changes from one template's resources to another's, as far as their own texts differ."""
    return tuple(
        _between(name, before.get(name, {}), after.get(name, {}))
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    )


def resources(template: Any) -> dict[str, Any]:
    """A template's resources by logical id."""
    # botocore parses a JSON template; a YAML template, a string, was not published by this tool
    return dict(template.get("Resources", {})) if isinstance(template, dict) else {}


def _at(resource: Mapping[str, Any], path: str) -> Any:
    """What a resource has at a path below its properties, or as an attribute of its own; None if it is not written.

    Below a function the whole function is what is written.
    """
    name, _, below = path.partition("/")
    value = resource.get(_PROPERTIES, {}).get(name, resource.get(name))
    for part in below.split("/") if below else ():
        if isinstance(value, list):
            value = value[int(part)] if part.isdecimal() and int(part) < len(value) else None
        elif isinstance(value, dict) and not _is_intrinsic(value):
            value = value.get(part)
    return value


def _name(change: PropertyChange) -> str:
    return change.path.partition("/")[0]


def _between(name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> ResourceChange:
    """One resource's change; ``old`` or ``new`` is empty if it is added or removed."""
    if not (old and new):
        return ResourceChange("Add" if new else "Remove", name, (new or old).get("Type", ""))
    before, after = old.get(_PROPERTIES, {}), new.get(_PROPERTIES, {})
    differing = [PropertyChange(of) for of in sorted({*before, *after}) if before.get(of) != after.get(of)]
    replacement = "Conditional" if differing else "False"
    return filled(ResourceChange("Modify", name, new.get("Type", ""), replacement, tuple(differing)), old, new)


def _leaves(path: str, before: Any, after: Any) -> Iterator[tuple[str, Any, Any]]:
    """Every path below ``path`` where the two differ; lists of different lengths and intrinsics as a whole."""
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict) and not (_is_intrinsic(before) or _is_intrinsic(after)):
        for key in sorted({*before, *after}):
            yield from _leaves(f"{path}/{key}", before.get(key), after.get(key))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for number, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from _leaves(f"{path}/{number}", one, other)
    else:
        yield path, before, after


def _is_intrinsic(value: Mapping[str, Any]) -> bool:
    return len(value) == 1 and next(iter(value)).startswith(("Fn::", "Ref"))


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, sort_keys=True)
