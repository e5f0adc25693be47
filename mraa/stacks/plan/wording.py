"""A plan as lines for a person: each resource and property that changes, what is replaced, what of it contains data."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from mraa.errors import UsageError
from mraa.stacks.models import (
    ChangeSet,
    Leftover,
    LeftoverKind,
    PropertyChange,
    ResourceChange,
    StackDescription,
    StackEvent,
    StackRequest,
)
from mraa.stacks.plan.replacement import replacement

_DATA_TYPES = {"AWS::DynamoDB::GlobalTable", "AWS::S3::Bucket", "AWS::Cognito::UserPool"}
_VALUE_LIMIT = 100
_CONTEXT = 30

# CloudFormation's change actions -> how the line of a resource begins, and what else it says
_ACTIONS = {
    "Add": ("+", ""),
    "Remove": ("-", ""),
    "Modify": ("~", ""),
    "Import": ("+", "  imported"),
    "Dynamic": ("~", "  CloudFormation decides during the deployment whether it changes"),
    "SyncWithActual": ("=", "  not changed: CloudFormation only takes note of its actual state"),
}


def change_lines(change_set: ChangeSet, request: StackRequest, stack: StackDescription | None) -> list[str]:
    """The change set: resources, the IAM resources by name, parameters that get another value, tags, service role."""
    lines = resource_lines(change_set)
    before: Mapping[str, str] = stack.parameters if stack else {}
    for key, value in sorted(request.parameters.items()):
        if key not in before:
            lines.append(f"+ parameter {key}: {value}")
        elif before[key] not in (value, "****"):
            lines.append(f"~ parameter {key}: {before[key]} -> {value}")
    if request.tags:
        lines.append(f"~ tags: {', '.join(f'{key}={value}' for key, value in sorted(request.tags.items()))}")
    if request.role_arn:
        lines.append(f"~ service role: {request.role_arn}")
    return lines


def resource_lines(change_set: ChangeSet) -> list[str]:
    """The resources of a change set, each with its properties; then the IAM resources by name."""
    lines = list(_lines(change_set.changes))
    iam = list(_iam(change_set.changes))
    if iam and not change_set.is_creation:
        lines.append(f"! permissions change (IAM): {', '.join(iam)}")
    return lines


def _lines(changes: Sequence[ResourceChange]) -> Iterator[str]:
    others = {change.logical_id: change for change in changes}
    for change in changes:
        yield _change_line(change, others)
        # of a nested stack the resources say all that its template and parameters do
        inner = _lines(change.nested) if change.nested else map(_property_line, change.properties)
        yield from (f"    {line}" for line in inner)


def _iam(changes: Sequence[ResourceChange]) -> Iterator[str]:
    for change in changes:
        if change.resource_type.startswith("AWS::IAM::"):
            yield change.logical_id
        yield from _iam(change.nested)


def permission_lines(policies: Sequence[Mapping[str, Any]]) -> list[str]:
    """What policies allow, a line a service."""
    allowed: dict[str, set[str]] = {}
    for policy in policies:
        for statement in policy["Statement"]:
            actions = statement.get("Action", [])
            for action in [actions] if isinstance(actions, str) else actions:
                service, _, verb = str(action).partition(":")
                allowed.setdefault(service, set()).add(verb or service)
    lines = [f"    {service}: {' '.join(sorted(verbs))}" for service, verbs in sorted(allowed.items())]
    return ["! CloudFormation gets these permissions in both Regions:", *lines] if lines else []


def regional_lines(by_region: Iterable[tuple[str, Sequence[str]]]) -> list[str]:
    """Each Region's lines below its name."""
    return [line for region, lines in by_region for line in (f"in {region}:", *(f"  {of}" for of in lines))]


def rollback_lines(stuck: Sequence[StackEvent], skip: Sequence[str]) -> list[str]:
    """How a failed rollback will continue. UsageError for a resource to skip that did not fail in it."""
    failed = [event.logical_id for event in stuck]
    for name in skip:
        if name not in failed:
            raise UsageError(
                f"Resource {name} did not fail in the rollback.",
                f"Resources that failed: {', '.join(failed) or 'none that CloudFormation names'}.",
            )
    lines = [
        f"{'skip' if event.logical_id in skip else 'retry'} {event.logical_id} ({event.resource_type}): {event.reason}"
        for event in stuck
    ]
    return [*lines, "continue the rollback", "then update the stack"]


def destroy_lines(stacks: Sequence[StackDescription], leftovers: Sequence[Leftover], *, delete_data: bool) -> list[str]:
    """What `destroy` will do; ``stacks`` and ``leftovers`` in the order of their deletion."""
    lines = [f"- stack {stack.name} in {stack.region} ({stack.status})" for stack in stacks]
    if delete_data:
        lines += [_deletion_line(item) for item in leftovers]
    else:
        lines += [f"  {item.kind} {item.name} in {item.region} will be retained" for item in leftovers]
    return lines


def recreate_lines(stack: StackDescription, leftovers: Sequence[Leftover]) -> list[str]:
    """What happens to a stack whose creation failed and to the resources that it left behind."""
    return [
        f"- stack {stack.name} in {stack.region} ({stack.status})",
        *(_deletion_line(item) for item in leftovers),
        "then create it again",
    ]


def leftover_lines(leftovers: Sequence[Leftover], stack_name: str) -> list[str]:
    """What earlier stacks of the name left, for the plan of a new one: it has other names and does not touch them."""
    if not leftovers:
        return []
    counts = Counter(item.kind for item in leftovers)
    left = ", ".join(f"{count} {kind}{'s' if count > 1 else ''}" for kind, count in counts.items())
    return [
        f"! earlier stacks of this name left {left}; the new stack does not use them (`mraa doctor` lists them)",
        f"  to delete them: first mraa destroy --stack-name {stack_name} --delete-data --confirm {stack_name}",
        '  to keep their data: docs/deploying.md, "What an earlier stack left", describes how to copy it',
    ]


def _deletion_line(item: Leftover) -> str:
    with_all = "" if item.kind is LeftoverKind.ROLE else ", with all its contents"
    return f"- {item.kind} {item.name} in {item.region}{with_all}"


def _change_line(change: ResourceChange, others: Mapping[str, ResourceChange]) -> str:
    sign, says = _ACTIONS.get(change.action, ("~", f"  {change.action}"))
    suffix = {"True": "  REPLACED", "Conditional": "  may be replaced"}.get(replacement(change, others), "")
    goes = bool(suffix) or change.action == "Remove"
    suffix += says
    if goes and change.resource_type in _DATA_TYPES:
        is_retained = "Retain" in change.policy_action
        suffix += "  CONTAINS DATA" + (": old resource retained" if is_retained else "")
    return f"{sign} {change.logical_id} ({change.resource_type}){suffix}"


def _property_line(of: PropertyChange) -> str:
    if not (of.before or of.after):
        return f"{of.path}: depends on {of.cause or 'another change'}"
    before, after = (" ".join(value.split()) or "none" for value in (of.before, of.after))
    # of two long values that begin alike, what differs must be visible
    same = next((n for n, (one, other) in enumerate(zip(before, after, strict=False)) if one != other), 0)
    start = max(0, same - _CONTEXT) if max(len(before), len(after)) > _VALUE_LIMIT else 0
    return f"{of.path}: {_brief(before, start)} -> {_brief(after, start)}"


def _brief(value: str, start: int) -> str:
    shown = value[start : start + _VALUE_LIMIT]
    return f"{'...' if start else ''}{shown}{'...' if start + len(shown) < len(value) else ''}"
