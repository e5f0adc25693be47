"""What to do with a stack as it is, decided from what was read, touching nothing.

Every status that CloudFormation knows has a next step here, for `deploy` and for `destroy`.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from mraa.errors import StackError, UsageError
from mraa.stacks.models import Holding, Leftover, StackEvent, StackFacts, StackInstanceFacts, StackRequest
from mraa.statuses import Phase, operation_phase, stack_phase

SECONDARY_REGION = "SecondaryRegion"
DELETION_PROTECTION = "DeletionProtection"
SOLUTION_STACK_NAME = "SolutionStackName"

# what the tool knows its own stacks by: a parameter that no other stack is likely to have
_MARKS = {"main": SECONDARY_REGION, "web": SOLUTION_STACK_NAME}


class Action(StrEnum):
    """The next step with a stack."""

    CREATE = "create"
    UPDATE = "update"
    FOLLOW = "follow"
    RECREATE = "delete and create"
    CONTINUE_ROLLBACK = "continue the rollback"
    DELETE = "delete"
    NOTHING = "nothing"


@dataclass(frozen=True)
class NextStep:
    """An action and, for a person, why it is the next one."""

    action: Action
    text: str


# an update can begin
UPDATABLE = {
    "CREATE_COMPLETE",
    "UPDATE_COMPLETE",
    "UPDATE_FAILED",
    "UPDATE_ROLLBACK_COMPLETE",
    "IMPORT_COMPLETE",
    "IMPORT_ROLLBACK_COMPLETE",
}
# a creation that came to nothing: CloudFormation lets such a stack only be deleted, and it holds no data
_STILLBORN = {"CREATE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED"}


def next_for_deploy(name: str, stack: StackFacts | None) -> NextStep:
    """The next step on the way to a deployed stack ``name``. StackError where only a person can go on."""
    if stack is None or stack.status == "DELETE_COMPLETE":
        return NextStep(Action.CREATE, f"Stack {name} does not exist yet.")
    if stack.status == "REVIEW_IN_PROGRESS":
        return NextStep(Action.CREATE, f"Stack {name} was begun and never created (REVIEW_IN_PROGRESS).")
    if stack_phase(stack.status) is Phase.IN_PROGRESS:
        return NextStep(Action.FOLLOW, f"An operation on stack {name} is running ({stack.status}).")
    if stack.status in UPDATABLE:
        return NextStep(Action.UPDATE, f"Stack {name} exists ({stack.status}).")
    if stack.status in _STILLBORN:
        return NextStep(
            Action.RECREATE, f"Stack {name} is what a failed creation left ({stack.status}): it can only be deleted."
        )
    if stack.status == "UPDATE_ROLLBACK_FAILED":
        return NextStep(Action.CONTINUE_ROLLBACK, f"Stack {name} could not go back to what it was ({stack.status}).")
    if stack.status == "DELETE_FAILED":
        raise StackError(
            f"Stack {name} is half deleted (DELETE_FAILED{_because(stack)}).",
            "Run `mraa destroy` to finish that first.",
        )
    raise StackError(
        f"Stack {name} is in {stack.status}{_because(stack)}, which this tool cannot bring forward.",
        "Mend it in the CloudFormation console, then run this again.",
    )


def must_wait_for(operation_status: str) -> bool:
    """Whether a stack set operation in that status keeps everybody else from the stack set."""
    return operation_phase(operation_status) in (Phase.PENDING, Phase.IN_PROGRESS)


@dataclass(frozen=True)
class Repair:
    """A stack instance to put right: updated, or (its stack being whole) taken back into the stack set.

    ``stack_id`` is that of the stack to take back, empty for an update; ``is_known`` is whether the stack set lists it.
    """

    region: str
    line: str
    stack_id: str = ""
    is_known: bool = True


def repairs(
    regions: Sequence[str],
    instances: Sequence[StackInstanceFacts],
    stacks: Mapping[str, Sequence[StackFacts]],
) -> list[Repair]:
    """What brings the stack instances up to date, Region by Region. StackError where a person must go on.

    ``stacks`` are the Region's stacks that are there and were made as instances, newest first. An instance that the
    stack set leaves out of updates (INOPERABLE: a deletion failed), does not list (somebody took it out, or a repair
    was cut short) or lists with a stack that is gone is taken back with such a stack; the others are updated.
    """
    known = {instance.region: instance for instance in instances}
    found = []
    for region in regions:
        instance, there = known.get(region), stacks.get(region, ())
        if instance is not None and instance.status == "CURRENT":
            continue
        told = f"{instance.status}{f': {instance.reason}' if instance.reason else ''}" if instance else "lost"
        its_own = next((of for of in there if instance and of.stack_id == instance.stack_id), None)
        is_updated = instance is not None and instance.status != "INOPERABLE" and (its_own is not None or not there)
        stack = its_own or next((of for of in there if of.status in UPDATABLE), there[0] if there else None)
        if is_updated:
            found.append(Repair(region, f"~ stack instance in {region} ({told}) is brought up to date"))
        elif stack is not None and stack.status in UPDATABLE:
            line = f"~ stack instance in {region} ({told}) is taken back, its stack {stack.name} being whole"
            found.append(Repair(region, line, stack.stack_id, is_known=instance is not None))
        else:
            left = f"its stack {stack.name} is {stack.status}{_because(stack)}" if stack else "it has no stack any more"
            raise StackError(
                f"The stack instance in {region} ({told}) cannot be taken back: {left}.",
                'Data is safe: tables and buckets are kept. What to do: docs/deploying.md, "A Region half deleted".',
            )
    return found


def rollback_lines(stuck: Sequence[StackEvent], skip: Sequence[str]) -> list[str]:
    """How a rollback that got stuck goes on. UsageError for a resource to skip that did not get stuck."""
    names = [event.logical_id for event in stuck]
    for name in skip:
        if name not in names:
            raise UsageError(
                f"Resource {name} is not one that the rollback got stuck at.",
                f"It got stuck at: {', '.join(names) or 'none that CloudFormation names'}.",
            )
    lines = [
        f"{'skip' if event.logical_id in skip else 'try again'} {event.logical_id} ({event.resource_type}): "
        f"{event.reason}"
        for event in stuck
    ]
    return [*lines, "let the rollback go on", "then update the stack"]


def next_for_destroy(name: str, stack: StackFacts | None) -> NextStep:
    """The next step on the way to no stack ``name``."""
    if stack is None or stack.status == "DELETE_COMPLETE":
        return NextStep(Action.NOTHING, f"Stack {name} does not exist.")
    if stack_phase(stack.status) is Phase.IN_PROGRESS:
        return NextStep(Action.FOLLOW, f"An operation on stack {name} is running ({stack.status}).")
    return NextStep(Action.DELETE, f"Stack {name} exists ({stack.status}).")


def refuse_foreign_main(stack: StackFacts, secondary_region: str) -> None:
    """UsageError unless the stack is a main stack of ours with this secondary Region (empty: any)."""
    if stack.status == "REVIEW_IN_PROGRESS" and not stack.parameters:
        return  # begun and never created: it holds nothing, and AWS tells nothing of it
    _require_mark("main", stack)
    theirs = stack.parameters[SECONDARY_REGION]
    if secondary_region and theirs != secondary_region and stack.status not in _STILLBORN:
        raise UsageError(
            f"Stack {stack.name} in {stack.region} has the secondary Region {theirs}, not {secondary_region}: it is "
            "fixed for the life of a stack.",
            f"Give --secondary-region {theirs}, or another --stack-name.",
        )


def refuse_mirrored(beyond: StackFacts | None, primary_region: str) -> None:
    """UsageError where ``beyond``, the stack of this name in the secondary Region, is this deployment turned round.

    Regions keep their roles over a failover: who swaps them means that deployment, and would get a second, empty one.
    """
    if beyond is None or beyond.parameters.get(SECONDARY_REGION) != primary_region or beyond.status in _STILLBORN:
        return
    raise UsageError(
        f"Stack {beyond.name} is there already, with {beyond.region} as its primary and {primary_region} as its "
        "secondary Region; a failover does not change that.",
        f"Give --primary-region {beyond.region} --secondary-region {primary_region}, or another --stack-name.",
    )


def refuse_foreign_web(stack: StackFacts, main_stack_name: str) -> None:
    """UsageError unless the stack is the web app of the main stack named."""
    if stack.status == "REVIEW_IN_PROGRESS" and not stack.parameters:
        return
    _require_mark("web", stack)
    theirs = stack.parameters[SOLUTION_STACK_NAME]
    if theirs != main_stack_name:
        raise UsageError(
            f"Stack {stack.name} in {stack.region} is the web app of stack {theirs}, not of {main_stack_name}.",
            "Give another --stack-name.",
        )


def parameters(
    request: StackRequest, stack: StackFacts | None, declared: frozenset[str]
) -> list[dict[str, str | bool]]:
    """CloudFormation's ``Parameters``: what was given, all others as they are; only what the template declares.

    UsageError where the template published does not know a parameter that was given.
    """
    unknown = sorted(set(request.parameters) - declared)
    if unknown:
        raise UsageError(
            f"The template at {request.template_url} has no parameter {unknown[0]}.",
            "It is of another version: `mraa build` and `mraa publish` again.",
        )
    kept = sorted((set(stack.parameters) if stack else set()) & declared - set(request.parameters))
    entries: list[dict[str, str | bool]] = []
    entries += ({"ParameterKey": key, "ParameterValue": value} for key, value in sorted(request.parameters.items()))
    entries += ({"ParameterKey": key, "UsePreviousValue": True} for key in kept)
    return entries


def regional_hash(template: Mapping[str, Any]) -> str:
    """The hash of the regional template that a main template's stack set names; empty where it names none."""
    stack_set = template.get("Resources", {}).get("StackSet", {}).get("Properties", {})
    given = {of["ParameterKey"]: of["ParameterValue"] for of in stack_set.get("Parameters", [])}
    value = given.get("TemplateHash", "")
    return value if isinstance(value, str) else ""


def destroy_lines(stacks: Sequence[StackFacts], leftovers: Sequence[Leftover], *, delete_data: bool) -> list[str]:
    """What `destroy` will do, for a person; ``stacks`` and ``leftovers`` in the order in which they go."""
    lines = [f"- stack {stack.name} in {stack.region} ({stack.status})" for stack in stacks]
    if delete_data:
        lines += [_deletion_line(item) for item in leftovers]
    else:
        lines += [f"  {item.kind} {item.name} in {item.region} stays" for item in leftovers]
    return lines


def leftover_lines(leftovers: Sequence[Leftover], stack_name: str) -> list[str]:
    """What earlier stacks of the name left, for the plan of a new one: it has other names and does not touch them."""
    if not leftovers:
        return []
    counts = Counter(item.kind for item in leftovers)
    told = ", ".join(f"{count} {kind}{'s' if count > 1 else ''}" for kind, count in counts.items())
    return [
        f"! earlier stacks of this name left {told}; the new stack does not use them (`mraa doctor` lists them)",
        f"  not wanted: first mraa destroy --stack-name {stack_name} --delete-data --confirm {stack_name}",
        '  wanted: docs/deploying.md, "What an earlier stack left", says how to bring their data over',
    ]


def recreate_lines(stack: StackFacts, leftovers: Sequence[Leftover]) -> list[str]:
    """What becomes of a creation that failed and of what it left behind, for a person."""
    return [
        f"- stack {stack.name} in {stack.region} ({stack.status})",
        *(_deletion_line(item) for item in leftovers),
        "then create it again",
    ]


def _deletion_line(item: Leftover) -> str:
    with_all = "" if item.kind is Holding.ROLE else ", with all it holds"
    return f"- {item.kind} {item.name} in {item.region}{with_all}"


def _require_mark(kind: str, stack: StackFacts) -> None:
    if _MARKS[kind] not in stack.parameters:
        raise UsageError(
            f"Stack {stack.name} in {stack.region} is not one of this tool's: it has no parameter {_MARKS[kind]}.",
            "Give another --stack-name.",
        )


def _because(stack: StackFacts) -> str:
    return f": {stack.reason}" if stack.reason else ""
