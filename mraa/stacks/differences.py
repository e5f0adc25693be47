"""A change property by property: what CloudFormation's change set tells, and where it gives no values, the templates.

Values are JSON text. A property whose own text stays and that changes all the same follows something else: a
parameter, another resource.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from mraa.aws import Aws, translated
from mraa.errors import AwsError
from mraa.stacks.models import ChangeSet, PropertyChange, ResourceChange

_PROPERTIES = "Properties"


def resource_change(resource: Mapping[str, Any]) -> ResourceChange:
    """One ``ResourceChange`` of DescribeChangeSet as ours."""
    found: dict[str, PropertyChange] = {}
    for detail in resource.get("Details", []):
        target = detail.get("Target", {})
        path = _path(target)
        change = PropertyChange(
            path,
            target.get("BeforeValue", ""),
            target.get("AfterValue", ""),
            target.get("RequiresRecreation", ""),
            detail.get("CausingEntity", ""),
        )
        # a property may be listed once for its own change and once for each thing that it follows: the latter says more
        if path not in found or change.before or change.after or (change.cause and not found[path].cause):
            found[path] = change
    return ResourceChange(
        resource.get("Action", ""),
        resource.get("LogicalResourceId", ""),
        resource.get("ResourceType", ""),
        resource.get("Replacement", ""),
        tuple(found.values()),
        resource.get("PolicyAction", ""),
    )


def with_values(aws: Aws, change_set: ChangeSet) -> tuple[ChangeSet, dict[str, Any]]:
    """The change set with the values that CloudFormation left out, from both templates; and the new template.

    Who may not read templates sees the change set without them.
    """
    client = aws.client("cloudformation", change_set.region)
    try:
        with translated("Reading the templates", change_set.region):
            new = client.get_template(StackName=change_set.stack_id, ChangeSetName=change_set.change_set_id)
            old = {} if change_set.is_creation else client.get_template(StackName=change_set.stack_id)
    except AwsError:
        return change_set, {}
    new, old = new["TemplateBody"], old.get("TemplateBody")
    before, after = resources(old), resources(new)
    changes = tuple(
        filled(change, before.get(change.logical_id, {}), after.get(change.logical_id, {}))
        for change in change_set.changes
    )
    return replace(change_set, changes=changes), new if isinstance(new, dict) else {}


def filled(change: ResourceChange, before: Mapping[str, Any], after: Mapping[str, Any]) -> ResourceChange:
    """The change with its properties taken apart, by the resource's old and new text in the templates."""
    old, new = before.get(_PROPERTIES, {}), after.get(_PROPERTIES, {})
    properties: list[PropertyChange] = []
    for known in change.properties:
        if known.before or known.after:
            properties.append(known)
            continue
        name = known.path.partition("/")[0]
        parts = list(_leaves(known.path, old.get(name), new.get(name)))
        properties += [replace(known, path=path, before=_text(a), after=_text(b)) for path, a, b in parts] or [known]
    return replace(change, properties=tuple(properties))


def between(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[ResourceChange, ...]:
    """What turns one template's resources into another's, as far as their own texts tell."""
    return tuple(
        _between(name, before.get(name, {}), after.get(name, {}))
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    )


def _between(name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> ResourceChange:
    """One resource's change; ``old`` or ``new`` is empty where it is not there."""
    if not (old and new):
        return ResourceChange("Add" if new else "Remove", name, (new or old).get("Type", ""))
    before, after = old.get(_PROPERTIES, {}), new.get(_PROPERTIES, {})
    differing = [PropertyChange(of) for of in sorted({*before, *after}) if before.get(of) != after.get(of)]
    replacement = "Conditional" if differing else "False"
    return filled(ResourceChange("Modify", name, new.get("Type", ""), replacement, tuple(differing)), old, new)


def resources(template: Any) -> dict[str, Any]:
    """A template's resources by logical id."""
    # botocore parses a template that is JSON; one that is YAML was not made by this tool
    return dict(template.get("Resources", {})) if isinstance(template, dict) else {}


def _leaves(path: str, before: Any, after: Any) -> Iterator[tuple[str, Any, Any]]:
    """Every place below ``path`` where the two differ; a list of another length, and an intrinsic, as a whole."""
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


def _path(target: Mapping[str, Any]) -> str:
    """``Code/S3Key`` of a property (AWS gives ``/Properties/Code/S3Key``), the attribute's name of anything else."""
    if target.get("Attribute") != _PROPERTIES:
        return str(target.get("Attribute", ""))
    whole = str(target.get("Path", "")).removeprefix(f"/{_PROPERTIES}/")
    return whole or str(target.get("Name", ""))


def _text(value: Any) -> str:
    return "" if value is None else json.dumps(value, sort_keys=True)
