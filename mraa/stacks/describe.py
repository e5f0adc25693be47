"""Stacks, their events and their stack sets as CloudFormation describes them: describe and list calls only."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from mraa import names
from mraa.aws import Aws, call, pages
from mraa.errors import AwsError
from mraa.stacks.models import (
    StackDescription,
    StackEvent,
    StackInstanceDescription,
    StackResource,
)
from mraa.statuses import instance_reason

STACK_TYPE = "AWS::CloudFormation::Stack"
STACK_SET_TYPE = "AWS::CloudFormation::StackSet"
# what events call a stack instance
INSTANCE = "stack instance"

# the stack's own events that begin an operation; all later ones, rollback included, belong to it
_ROLLBACKS = {"UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_FAILED"}
_BEGINNINGS = {"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS", "IMPORT_IN_PROGRESS"}


def find_stack(aws: Aws, region: str, name_or_id: str) -> StackDescription | None:
    """The stack of that name, or None; by its id a deleted one is found too, for 90 days."""
    operation = aws.client("cloudformation", region).describe_stacks
    try:
        answer = call(operation, f"Reading stack {_short(name_or_id)}", region, StackName=name_or_id)
    except AwsError as error:
        # CloudFormation has no error code for a stack that does not exist
        if error.code == "ValidationError" and "does not exist" in error.reason:
            return None
        raise
    return _description(region, answer.first("Stacks"))


def deleted_stacks(aws: Aws, region: str, name: str) -> list[StackDescription]:
    """The deleted stacks of that name that CloudFormation still lists (90 days), newest first."""
    summaries = _stack_summaries(aws, region, ["DELETE_COMPLETE"])
    found = [_description(region, summary) for summary in summaries if summary["StackName"] == name]
    return sorted(found, key=lambda stack: stack.deleted_at, reverse=True)


def stack_resources(aws: Aws, region: str, stack_id: str) -> list[StackResource]:
    """The resources that a stack has."""
    client, doing = aws.client("cloudformation", region), f"Listing the resources of stack {_short(stack_id)}"
    return [
        StackResource(of["LogicalResourceId"], of.get("PhysicalResourceId", ""), of["ResourceType"])
        for page in pages(client, "list_stack_resources", doing, region, StackName=stack_id)
        for of in page["StackResourceSummaries"]
        if of["ResourceStatus"] != "DELETE_COMPLETE"
    ]


def operation_events(aws: Aws, region: str, stack_id: str) -> list[StackEvent]:
    """The events of the stack's latest operation and its rollback, oldest first; empty if it does not exist."""
    found = []
    for event in _events(aws, region, stack_id):
        found.append(event)
        if is_own(event) and event.status in _BEGINNINGS:
            break
    return found[::-1]


def events_since(aws: Aws, region: str, stack_id: str, since: float) -> list[StackEvent]:
    """The stack's events since a time (seconds since 1970), oldest first; empty if the stack does not exist.

    A stack instance may have several operations during one of the main stack: created, then deleted again.
    """
    return list(itertools.takewhile(lambda event: event.at >= since, _events(aws, region, stack_id)))[::-1]


def newest_event_id(aws: Aws, region: str, stack_id: str) -> str:
    """The id of the stack's newest event: later events have another."""
    return next((event.event_id for event in _events(aws, region, stack_id)), "")


def is_own(event: StackEvent) -> bool:
    """True for an event of the stack itself, not of a resource in it (a nested stack has the same type)."""
    return event.resource_type == STACK_TYPE and event.physical_id == event.stack_id


def nested_stacks(events: Iterable[StackEvent]) -> dict[str, str]:
    """The nested stacks that events of a stack tell of: logical id -> stack id."""
    return {
        event.logical_id: event.physical_id
        for event in events
        if event.resource_type == STACK_TYPE and event.physical_id.startswith("arn:") and not is_own(event)
    }


def failed_rollbacks(aws: Aws, region: str, stack_id: str) -> list[StackEvent]:
    """The resources that failed in a rollback: those that ContinueUpdateRollback may skip.

    What failed or was cancelled in the update itself may not be skipped.
    """
    newest: dict[str, StackEvent] = {}
    events = operation_events(aws, region, stack_id)
    for event in itertools.dropwhile(lambda of: not (is_own(of) and of.status in _ROLLBACKS), events):
        if not is_own(event):
            newest[event.logical_id] = event
    return [event for event in newest.values() if event.status == "UPDATE_FAILED"]


def instance_stacks(aws: Aws, region: str, token: str, instance_regions: Sequence[str]) -> dict[str, str]:
    """Each Region's stack id of the stack instance of the stack with that token, as far as one exists.

    A stack set deleted by the rollback of its creation leaves the events of its instances' stacks: these are found by
    name.
    """
    found = known_instances(aws, region, names.stack_set(token))
    for missing in set(instance_regions) - set(found):
        stacks = _stacks_created_as_instances(aws, missing, [token])
        if stacks:
            found[missing] = stacks[0].stack_id
    return found


def existing_instance_stacks(aws: Aws, region: str, tokens: Iterable[str]) -> list[StackDescription]:
    """A Region's existing stacks that were created as instances of the stacks with these tokens, newest first.

    They are found by name: the stack set may no longer list them.
    """
    return [of for of in _stacks_created_as_instances(aws, region, tokens) if of.status != "DELETE_COMPLETE"]


def instance_stacks_ever(aws: Aws, region: str, token: str) -> list[StackDescription]:
    """A Region's stacks that were created as instances of the stack with that token, deleted ones too, newest first."""
    return _stacks_created_as_instances(aws, region, [token])


def stack_names(aws: Aws, region: str, prefix: str) -> list[str]:
    """The names of the existing stacks that begin with ``prefix``, nested ones left out."""
    return [
        summary["StackName"]
        for summary in _stack_summaries(aws, region, [])
        if summary["StackName"].startswith(prefix)
        and summary["StackStatus"] != "DELETE_COMPLETE"
        and "ParentId" not in summary
    ]


def known_instances(aws: Aws, region: str, stack_set: str) -> dict[str, str]:
    """Each Region's stack id of a stack set's instance; empty if the stack set does not exist."""
    return {of.region: of.stack_id for of in stack_instances(aws, region, stack_set) if of.stack_id}


def stack_instances(aws: Aws, region: str, stack_set: str) -> list[StackInstanceDescription]:
    """A stack set's instances; none if the stack set does not exist."""
    client, doing = aws.client("cloudformation", region), f"Listing the instances of stack set {stack_set}"
    found: list[StackInstanceDescription] = []
    try:
        for page in pages(client, "list_stack_instances", doing, region, StackSetName=stack_set):
            found += map(_instance, page["Summaries"])
    except AwsError as error:
        if error.code != "StackSetNotFoundException":
            raise
    return found


def _instance(summary: dict[str, Any]) -> StackInstanceDescription:
    status, detailed = summary.get("Status", ""), summary.get("StackInstanceStatus", {}).get("DetailedStatus", "")
    reason = summary.get("StatusReason", "") or instance_reason(status, detailed)
    return StackInstanceDescription(summary["Region"], summary.get("StackId", ""), status, reason)


def stack_set_operations(aws: Aws, region: str, stack_set: str) -> list[dict[str, Any]]:
    """The stack set's latest operations in AWS's form, newest first; empty if the stack set does not exist."""
    operation = aws.client("cloudformation", region).list_stack_set_operations
    try:
        answer = call(operation, f"Listing the operations of stack set {stack_set}", region, StackSetName=stack_set)
    except AwsError as error:
        if error.code == "StackSetNotFoundException":
            return []
        raise
    operations: list[dict[str, Any]] = answer["Summaries"]
    return operations


def operation_results(aws: Aws, region: str, stack_set: str, operation_id: str) -> dict[str, tuple[str, str]]:
    """Each Region's status and reason in one stack set operation."""
    operation = aws.client("cloudformation", region).list_stack_set_operation_results
    doing = f"Reading the results of stack set {stack_set}"
    try:
        answer = call(operation, doing, region, StackSetName=stack_set, OperationId=operation_id)
    except AwsError as error:
        if error.code in ("StackSetNotFoundException", "OperationNotFoundException"):
            return {}
        raise
    return {s["Region"]: (s["Status"], s.get("StatusReason", "")) for s in answer["Summaries"]}


def _stacks_created_as_instances(aws: Aws, region: str, tokens: Iterable[str]) -> list[StackDescription]:
    """By their names, newest first, deleted ones too; the names of stacks nested in them begin the same."""
    prefixes = tuple(map(names.stack_instance, tokens))
    found = [
        _description(region, summary)
        for summary in _stack_summaries(aws, region, [])
        if summary["StackName"].startswith(prefixes) and "ParentId" not in summary
    ]
    return sorted(found, key=lambda stack: stack.created_at, reverse=True)


def _description(region: str, stack: dict[str, Any]) -> StackDescription:
    """From DescribeStacks or from ListStacks, which returns neither parameters nor outputs."""
    return StackDescription(
        name=stack["StackName"],
        stack_id=_valid(stack["StackId"], region),
        region=region,
        status=stack["StackStatus"],
        reason=stack.get("StackStatusReason", ""),
        parameters={p["ParameterKey"]: p.get("ParameterValue", "") for p in stack.get("Parameters", [])},
        outputs={o["OutputKey"]: o["OutputValue"] for o in stack.get("Outputs", [])},
        created_at=_seconds(stack.get("CreationTime")),
        deleted_at=_seconds(stack.get("DeletionTime")),
    )


def _valid(stack_id: str, region: str) -> str:
    """The id, from which all names of a deployment are made; AwsError if it is no stack's."""
    try:
        names.app_id(stack_id)
    except ValueError as error:
        raise AwsError(f"Reading a stack in {region} failed: AWS's answer is {error}.", "Run it again.") from error
    return stack_id


def _stack_summaries(aws: Aws, region: str, statuses: list[str]) -> Iterator[dict[str, Any]]:
    client = aws.client("cloudformation", region)
    wanted: dict[str, Any] = {"StackStatusFilter": statuses} if statuses else {}
    for page in pages(client, "list_stacks", "Listing stacks", region, **wanted):
        yield from page["StackSummaries"]


def _events(aws: Aws, region: str, stack_id: str) -> Iterator[StackEvent]:
    """Newest first, read page by page as they are used; none if the stack does not exist."""
    client, doing = aws.client("cloudformation", region), f"Reading the events of stack {_short(stack_id)}"
    try:
        for page in pages(client, "describe_stack_events", doing, region, StackName=stack_id):
            yield from (_event(region, event) for event in page["StackEvents"])
    except AwsError as error:
        if error.code != "ValidationError":
            raise


def _event(region: str, event: dict[str, Any]) -> StackEvent:
    return StackEvent(
        event_id=event["EventId"],
        at=_seconds(event["Timestamp"]),
        region=region,
        stack_id=event["StackId"],
        logical_id=event.get("LogicalResourceId", ""),
        physical_id=event.get("PhysicalResourceId", ""),
        resource_type=event.get("ResourceType", ""),
        status=event.get("ResourceStatus", ""),
        reason=event.get("ResourceStatusReason", ""),
    )


def _seconds(moment: datetime | None) -> float:
    return moment.timestamp() if moment else 0.0


def _short(name_or_id: str) -> str:
    """A stack's name, from its name or id."""
    return name_or_id.split("/")[1] if name_or_id.startswith("arn:") else name_or_id
