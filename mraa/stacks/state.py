"""What CloudFormation says of our stacks: describe and list calls only."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from mraa import names
from mraa.aws import Aws, translated
from mraa.errors import AwsError
from mraa.stacks.models import StackEvent, StackFacts, StackInstanceFacts

STACK_TYPE = "AWS::CloudFormation::Stack"
STACK_SET_TYPE = "AWS::CloudFormation::StackSet"
# how a stack instance is called where it is told of
INSTANCE = "stack instance"

# the stack's own events that begin an operation; what follows one, rollback included, belongs to it
_BEGINNINGS = {"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS", "IMPORT_IN_PROGRESS"}


def find_stack(aws: Aws, region: str, name_or_id: str) -> StackFacts | None:
    """The stack of that name, or None; by its id a deleted one is found too, for 90 days."""
    with translated(f"Looking at stack {_short(name_or_id)}", region):
        try:
            answer = aws.client("cloudformation", region).describe_stacks(StackName=name_or_id)
        except ClientError as error:
            # CloudFormation has no code of its own for a stack that is not there
            reason = error.response["Error"].get("Message", "")
            if error.response["Error"]["Code"] == "ValidationError" and "does not exist" in reason:
                return None
            raise
    stack = answer["Stacks"][0]
    return StackFacts(
        name=stack["StackName"],
        stack_id=stack["StackId"],
        region=region,
        status=stack["StackStatus"],
        reason=stack.get("StackStatusReason", ""),
        parameters={p["ParameterKey"]: p.get("ParameterValue", "") for p in stack.get("Parameters", [])},
        outputs={o["OutputKey"]: o["OutputValue"] for o in stack.get("Outputs", [])},
        created_at=_seconds(stack.get("CreationTime")),
        deleted_at=_seconds(stack.get("DeletionTime")),
    )


def deleted_stacks(aws: Aws, region: str, name: str) -> list[StackFacts]:
    """The deleted stacks of that name that CloudFormation still knows (90 days), newest first."""
    summaries = _stack_summaries(aws, region, ["DELETE_COMPLETE"])
    found = [_summarized(region, summary) for summary in summaries if summary["StackName"] == name]
    return sorted(found, key=lambda stack: stack.deleted_at, reverse=True)


def operation_events(aws: Aws, region: str, stack_id: str) -> list[StackEvent]:
    """The events of the stack's latest operation, rollback included, oldest first; empty for no such stack."""
    found = []
    for event in _events(aws, region, stack_id):
        found.append(event)
        if is_own(event) and event.status in _BEGINNINGS:
            break
    return found[::-1]


def events_since(aws: Aws, region: str, stack_id: str, since: float) -> list[StackEvent]:
    """The stack's events from a moment on (seconds since 1970), oldest first; empty for no such stack.

    A stack instance may see several operations while the main stack sees one: created, then deleted again.
    """
    return list(itertools.takewhile(lambda event: event.at >= since, _events(aws, region, stack_id)))[::-1]


def newest_event_id(aws: Aws, region: str, stack_id: str) -> str:
    """The id of the stack's newest event: what comes later has another."""
    return next((event.event_id for event in _events(aws, region, stack_id)), "")


def is_own(event: StackEvent) -> bool:
    """True for an event of the stack itself, not of a resource in it (a nested stack has the same type)."""
    return event.resource_type == STACK_TYPE and event.physical_id == event.stack_id


def instance_stacks(aws: Aws, region: str, token: str, instance_regions: Sequence[str]) -> dict[str, str]:
    """Each Region's stack id of the stack instance of the stack with that token, as far as there is one.

    A stack set that is gone (its failed creation was rolled back) leaves its stacks' histories: they are found by
    name.
    """
    found = known_instances(aws, region, names.stack_set(token))
    for missing in set(instance_regions) - set(found):
        stacks = _stacks_made_as_instances(aws, missing, [token])
        if stacks:
            found[missing] = stacks[0].stack_id
    return found


def living_instance_stacks(aws: Aws, region: str, tokens: Iterable[str]) -> list[StackFacts]:
    """A Region's stacks that were made as instances of the stacks with these tokens and still are there, newest first.

    They are found by name: the stack set may know them no more.
    """
    return [of for of in _stacks_made_as_instances(aws, region, tokens) if of.status != "DELETE_COMPLETE"]


def known_instances(aws: Aws, region: str, stack_set: str) -> dict[str, str]:
    """Each Region's stack id of a stack set's instance; empty where there is no such stack set."""
    return {of.region: of.stack_id for of in stack_instances(aws, region, stack_set) if of.stack_id}


def stack_instances(aws: Aws, region: str, stack_set: str) -> list[StackInstanceFacts]:
    """A stack set's instances; none where there is no such stack set."""
    found: list[StackInstanceFacts] = []
    with translated(f"Listing the instances of stack set {stack_set}", region):
        pages = aws.client("cloudformation", region).get_paginator("list_stack_instances")
        try:
            for page in pages.paginate(StackSetName=stack_set):
                found += (
                    StackInstanceFacts(
                        s["Region"], s.get("StackId", ""), s.get("Status", ""), s.get("StatusReason", "")
                    )
                    for s in page["Summaries"]
                )
        except ClientError as error:
            if error.response["Error"]["Code"] != "StackSetNotFoundException":
                raise
    return found


def stack_set_operations(aws: Aws, region: str, stack_set: str) -> list[dict[str, Any]]:
    """The stack set's latest operations in AWS's form, newest first; empty where there is no such stack set."""
    with translated(f"Listing the operations of stack set {stack_set}", region):
        try:
            answer = aws.client("cloudformation", region).list_stack_set_operations(StackSetName=stack_set)
        except ClientError as error:
            if error.response["Error"]["Code"] == "StackSetNotFoundException":
                return []
            raise
    operations: list[dict[str, Any]] = answer["Summaries"]
    return operations


def operation_results(aws: Aws, region: str, stack_set: str, operation_id: str) -> dict[str, tuple[str, str]]:
    """Each Region's status and reason in one stack set operation."""
    with translated(f"Reading the results of stack set {stack_set}", region):
        try:
            answer = aws.client("cloudformation", region).list_stack_set_operation_results(
                StackSetName=stack_set, OperationId=operation_id
            )
        except ClientError as error:
            if error.response["Error"]["Code"] in ("StackSetNotFoundException", "OperationNotFoundException"):
                return {}
            raise
    return {s["Region"]: (s["Status"], s.get("StatusReason", "")) for s in answer["Summaries"]}


def declared_parameters(aws: Aws, region: str, template_url: str) -> frozenset[str]:
    """The names of the parameters that a published template takes."""
    with translated(f"Reading the template {template_url}", region):
        answer = aws.client("cloudformation", region).get_template_summary(TemplateURL=template_url)
    return frozenset(p["ParameterKey"] for p in answer.get("Parameters", []))


def failed_rollbacks(aws: Aws, region: str, stack_id: str) -> list[StackEvent]:
    """The resources that a rollback which got stuck could not put back: what ContinueUpdateRollback may skip."""
    newest: dict[str, StackEvent] = {}
    for event in operation_events(aws, region, stack_id):
        if not is_own(event):
            newest[event.logical_id] = event
    return [event for event in newest.values() if event.status == "UPDATE_FAILED"]


def template_resources(aws: Aws, region: str, stack_id: str) -> dict[str, Any]:
    """The resources of a stack's template; empty where it may not be read."""
    try:
        with translated("Reading a stack's template", region):
            template = aws.client("cloudformation", region).get_template(StackName=stack_id)["TemplateBody"]
    except AwsError:
        return {}
    return dict(template.get("Resources", {})) if isinstance(template, dict) else {}


def validation_findings(aws: Aws, region: str, **of: str) -> list[str]:
    """What pre-deployment validation found wrong; empty where the endpoint has no such thing.

    ``of`` is DescribeEvents' own word for what is meant: ChangeSetName or StackName, by their ids.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/validate-stack-deployments.html
    """
    try:
        with translated("Reading the validation's findings", region):
            answer = aws.client("cloudformation", region).describe_events(**of)
    except AwsError:
        return []  # it only adds to a failure that is told anyway
    return [
        f"{event.get('LogicalResourceId', '')} ({event.get('ResourceType', '')}): "
        f"{event.get('ValidationStatusReason', '')} {event.get('ValidationPath', '')}".rstrip()
        for event in answer.get("OperationEvents", [])
        if event.get("EventType") == "VALIDATION_ERROR"
    ]


def _stacks_made_as_instances(aws: Aws, region: str, tokens: Iterable[str]) -> list[StackFacts]:
    """By their names, newest first, deleted ones too."""
    prefixes = tuple(map(names.stack_instance, tokens))
    summaries = _stack_summaries(aws, region, [])
    found = [_summarized(region, summary) for summary in summaries if summary["StackName"].startswith(prefixes)]
    return sorted(found, key=lambda stack: stack.created_at, reverse=True)


def _summarized(region: str, summary: dict[str, Any]) -> StackFacts:
    """What ListStacks tells of a stack: neither parameters nor outputs."""
    return StackFacts(
        name=summary["StackName"],
        stack_id=summary["StackId"],
        region=region,
        status=summary["StackStatus"],
        reason=summary.get("StackStatusReason", ""),
        created_at=_seconds(summary.get("CreationTime")),
        deleted_at=_seconds(summary.get("DeletionTime")),
    )


def _stack_summaries(aws: Aws, region: str, statuses: list[str]) -> Iterator[dict[str, Any]]:
    wanted = {"StackStatusFilter": statuses} if statuses else {}
    with translated("Listing stacks", region):
        for page in aws.client("cloudformation", region).get_paginator("list_stacks").paginate(**wanted):
            yield from page["StackSummaries"]


def _events(aws: Aws, region: str, stack_id: str) -> Iterator[StackEvent]:
    """Newest first, read page by page as they are asked for; none for no such stack."""
    pages = aws.client("cloudformation", region).get_paginator("describe_stack_events")
    with translated(f"Reading the events of stack {_short(stack_id)}", region):
        try:
            for page in pages.paginate(StackName=stack_id):
                yield from (_event(region, event) for event in page["StackEvents"])
        except ClientError as error:
            if error.response["Error"]["Code"] != "ValidationError":
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
