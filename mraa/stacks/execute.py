"""What changes stacks: change sets created, executed and deleted; stacks deleted; rollbacks continued.

Each step can be repeated, and the next run finds and finishes whatever is begun here.
"""

import secrets
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from mraa.aws import Aws, Client, Clock, call, is_throttled, pages
from mraa.errors import AwsError, StackError
from mraa.stacks import describe, describe_changes
from mraa.stacks.models import ChangeSet, ResourceChange, StackDescription, StackRequest
from mraa.stacks.polling import poll_interval_s

# CloudFormation has no error code for a change set without changes
_NO_CHANGES = ("didn't contain changes", "No updates are to be performed")
_NAME_PREFIX = "mraa-"
_CHANGE_SET_TIMEOUT_S = 600


def create_change_set(
    aws: Aws, clock: Clock, request: StackRequest, parameters: Sequence[dict[str, str | bool]], *, is_creation: bool
) -> ChangeSet | None:
    """Create a change set and wait for it; None if nothing would change (it is deleted again).

    StackError, with AWS's reason and the validation errors, if CloudFormation cannot create it.
    """
    client = aws.client("cloudformation", request.region)
    stamp = time.strftime("%Y%m%d%H%M%S", time.gmtime(clock.now()))
    try:
        answer = call(
            client.create_change_set,
            f"Creating a change set for stack {request.name}",
            request.region,
            StackName=request.name,
            ChangeSetName=f"{_NAME_PREFIX}{stamp}-{secrets.token_hex(3)}",
            ChangeSetType="CREATE" if is_creation else "UPDATE",
            TemplateURL=request.template_url,
            Parameters=list(parameters),
            Capabilities=list(request.capabilities),
            IncludeNestedStacks=True,
            **_tags_and_role(request),
        )
    except AwsError as error:
        if _means_no_changes(error.reason):
            return None
        raise
    empty = ChangeSet(answer["Id"], answer["StackId"], request.region, is_creation, ())
    try:
        description = _wait_for_change_set(client, clock, empty, request.name)
        if description["Status"] == "FAILED":
            _require_no_changes(aws, empty, request, description)
            discard_change_set(aws, empty)
            return None
        return replace(empty, changes=tuple(_changes(client, empty, description)))
    except BaseException:
        # whatever interrupted this, Ctrl-C included: nobody will use this change set
        discard_change_set(aws, empty)
        raise


def _tags_and_role(request: StackRequest) -> dict[str, Any]:
    """What is not given keeps the stack's own: CloudFormation tells an empty value from none."""
    given: dict[str, Any] = {}
    if request.tags:
        given["Tags"] = [{"Key": key, "Value": value} for key, value in sorted(request.tags.items())]
    if request.role_arn:
        given["RoleARN"] = request.role_arn
    return given


def execute_change_set(aws: Aws, change_set: ChangeSet) -> None:
    """Execute the change set; the operation continues in AWS if this process ends."""
    operation = aws.client("cloudformation", change_set.region).execute_change_set
    of = _key(change_set)
    try:
        call(operation, "Executing the change set", change_set.region, **of)
    except AwsError as error:
        if error.code in ("ChangeSetNotFound", "InvalidChangeSetStatus"):
            raise StackError(
                "The change set can no longer be executed: the stack was changed in the meantime.",
                "No changes made. Run this again.",
            ) from error
        raise


def discard_change_set(aws: Aws, change_set: ChangeSet) -> None:
    """Delete a change set, and the empty stack that it created unless another change set uses it."""
    region, client = change_set.region, aws.client("cloudformation", change_set.region)
    of = _key(change_set)
    call(client.delete_change_set, "Deleting the change set", region, **of)
    if not change_set.is_creation:
        return
    stack = describe.find_stack(aws, region, change_set.stack_id)
    if stack is None or stack.status != "REVIEW_IN_PROGRESS":
        return
    doing = f"Deleting the empty stack {stack.name}"
    others = call(client.list_change_sets, doing, region, StackName=stack.stack_id)["Summaries"]
    if not [s for s in others if s["StackId"] == stack.stack_id and s["ChangeSetId"] != change_set.change_set_id]:
        call(client.delete_stack, doing, region, StackName=stack.stack_id)


def discard_abandoned_change_sets(aws: Aws, stack: StackDescription) -> None:
    """Delete the change sets that a killed run left on a stack whose change sets are only read, never executed."""
    client, doing = aws.client("cloudformation", stack.region), f"Deleting change sets of stack {stack.name}"
    for page in pages(client, "list_change_sets", doing, stack.region, StackName=stack.stack_id):
        for found in page["Summaries"]:
            if found["ChangeSetName"].startswith(_NAME_PREFIX):
                of: dict[str, Any] = {"ChangeSetName": found["ChangeSetId"], "StackName": stack.stack_id}
                call(client.delete_change_set, doing, stack.region, **of)


def delete_stack(aws: Aws, stack: StackDescription) -> None:
    """Begin to delete a stack; by its id, so that a new one of the same name is never deleted."""
    operation = aws.client("cloudformation", stack.region).delete_stack
    call(operation, f"Deleting stack {stack.name}", stack.region, StackName=stack.stack_id)


def continue_rollback(aws: Aws, stack: StackDescription, skip: Sequence[str] = ()) -> None:
    """Continue a failed rollback; the resources to ``skip`` (logical ids) are not rolled back."""
    operation = aws.client("cloudformation", stack.region).continue_update_rollback
    skipped: dict[str, Any] = {"ResourcesToSkip": list(skip)} if skip else {}
    doing = f"Continuing the rollback of stack {stack.name}"
    call(operation, doing, stack.region, StackName=stack.stack_id, **skipped)


def _wait_for_change_set(client: Client, clock: Clock, change_set: ChangeSet, name: str) -> dict[str, Any]:
    """The change set once it is complete or has failed; being throttled does not end the wait."""
    begun = clock.monotonic()
    doing = f"Reading the change set of stack {name}"
    while True:
        description: dict[str, Any] = {}
        try:
            description = call(client.describe_change_set, doing, change_set.region, **_with_values(change_set))
        except AwsError as error:
            if error.code == "ChangeSetNotFound":
                description = {"Status": "DELETE_COMPLETE"}
            elif not is_throttled(error):
                raise
        status = description.get("Status", "")
        if status in ("CREATE_COMPLETE", "FAILED"):
            return description
        if status.startswith("DELETE_"):
            raise StackError(
                f"The change set of stack {name} in {change_set.region} was deleted while CloudFormation created it.",
                "No changes made. Run this again, and nothing else beside it.",
            )
        elapsed_s = clock.monotonic() - begun
        if elapsed_s > _CHANGE_SET_TIMEOUT_S:
            raise StackError(
                f"CloudFormation in {change_set.region} did not finish the change set of stack {name} within "
                f"{_CHANGE_SET_TIMEOUT_S} s ({status or 'throttled'}).",
                "Run this again.",
            )
        clock.sleep(poll_interval_s(elapsed_s))


def _require_no_changes(aws: Aws, change_set: ChangeSet, request: StackRequest, description: dict[str, Any]) -> None:
    """StackError unless the change set failed because nothing would change."""
    reason = description.get("StatusReason", "")
    if _means_no_changes(reason):
        return
    errors = describe_changes.validation_errors(aws, request.region, ChangeSetName=change_set.change_set_id)
    raise StackError(
        f"CloudFormation in {request.region} rejects the change to stack {request.name}: "
        + "; ".join([reason or "no reason given", *errors]),
        "No changes made. Fix what is named, then run this again.",
    )


def _means_no_changes(reason: str) -> bool:
    return any(words in reason for words in _NO_CHANGES)


def _changes(
    client: Client, change_set: ChangeSet, first: dict[str, Any], around: frozenset[str] = frozenset()
) -> Iterator[ResourceChange]:
    """The changes, those in nested stacks included: each nested stack has a change set of its own.

    ``around`` are the ids of the change sets that it is nested in: an answer that names one of them would never end.
    """
    around |= {change_set.change_set_id}
    for page in _change_pages(client, change_set, first):
        for found in page.get("Changes", []):
            resource = found.get("ResourceChange", {})
            change = describe_changes.resource_change(resource)
            nested_id = resource.get("ChangeSetId")
            if nested_id and nested_id not in around:
                inner = replace(change_set, change_set_id=nested_id, stack_id="")
                doing = f"Reading the change set of nested stack {change.logical_id}"
                answer = call(client.describe_change_set, doing, change_set.region, **_with_values(inner))
                change = replace(change, nested=tuple(_changes(client, inner, answer, around)))
            yield change


def _change_pages(client: Client, change_set: ChangeSet, first: dict[str, Any]) -> Iterable[dict[str, Any]]:
    if not first.get("NextToken"):
        return [first]
    arguments = _with_values(change_set)
    return pages(client, "describe_change_set", "Reading the change set", change_set.region, **arguments)


def _with_values(change_set: ChangeSet) -> dict[str, Any]:
    return {**_key(change_set), "IncludePropertyValues": True}


def _key(change_set: ChangeSet) -> dict[str, Any]:
    of_stack = {"StackName": change_set.stack_id} if change_set.stack_id else {}  # a nested one's id is enough
    return {"ChangeSetName": change_set.change_set_id, **of_stack}
