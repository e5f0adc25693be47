"""What changes a stack: change sets made, executed and thrown away; stacks deleted and rolled back.

Each step can be done twice, and whatever is begun here can be found and ended by the next run.
"""

import secrets
import time
from collections.abc import Sequence
from typing import Any

from botocore.exceptions import ClientError

from mraa.aws import Aws, Client, Clock, translated
from mraa.errors import StackError
from mraa.stacks import differences, state
from mraa.stacks.models import ChangeSet, ResourceChange, StackFacts, StackRequest

CAPABILITIES = ["CAPABILITY_IAM"]

# CloudFormation says in words, not by a code, that there is nothing to do
_NOTHING = ("didn't contain changes", "No updates are to be performed")
_OURS = "mraa-"
_POLL_S = 0.2
_CHANGE_SET_TIMEOUT_S = 600


def create_change_set(
    aws: Aws, clock: Clock, request: StackRequest, parameters: Sequence[dict[str, str | bool]], *, is_creation: bool
) -> ChangeSet | None:
    """Make a change set and wait for it; None where nothing would change (it is removed again).

    StackError, with AWS's reason and validation's findings, where CloudFormation cannot make one.
    """
    client = aws.client("cloudformation", request.region)
    stamp = time.strftime("%Y%m%d%H%M%S", time.gmtime(clock.now()))
    with translated(f"Creating a change set for stack {request.name}", request.region):
        try:
            answer = client.create_change_set(
                StackName=request.name,
                ChangeSetName=f"{_OURS}{stamp}-{secrets.token_hex(3)}",
                ChangeSetType="CREATE" if is_creation else "UPDATE",
                TemplateURL=request.template_url,
                Parameters=list(parameters),
                Capabilities=CAPABILITIES,
            )
        except ClientError as error:
            if any(words in error.response["Error"].get("Message", "") for words in _NOTHING):
                return None
            raise
    empty = ChangeSet(answer["Id"], answer["StackId"], request.region, is_creation, ())
    try:
        description = _wait_for_change_set(client, clock, empty, request.name)
        if description["Status"] == "FAILED":
            _require_want_of_changes(aws, empty, request, description)
            discard_change_set(aws, empty)
            return None
        return ChangeSet(
            empty.change_set_id, empty.stack_id, request.region, is_creation, _changes(client, empty, description)
        )
    except BaseException:
        # whatever cut this short, Ctrl-C included: nobody will look at this change set again
        discard_change_set(aws, empty)
        raise


def execute_change_set(aws: Aws, change_set: ChangeSet) -> None:
    """Set the change set to work; it goes on in AWS whatever becomes of this process."""
    with translated("Executing the change set", change_set.region):
        try:
            aws.client("cloudformation", change_set.region).execute_change_set(
                ChangeSetName=change_set.change_set_id, StackName=change_set.stack_id
            )
        except ClientError as error:
            if error.response["Error"]["Code"] in ("ChangeSetNotFound", "InvalidChangeSetStatus"):
                raise StackError(
                    "The change that was shown cannot be made any more: somebody else changed the stack meanwhile.",
                    "Nothing was touched. Run this again.",
                ) from error
            raise


def discard_change_set(aws: Aws, change_set: ChangeSet) -> None:
    """Remove a change set, and the empty stack that it made where no other change set waits in it."""
    client = aws.client("cloudformation", change_set.region)
    with translated("Removing the change set", change_set.region):
        client.delete_change_set(ChangeSetName=change_set.change_set_id, StackName=change_set.stack_id)
    if not change_set.is_creation:
        return
    stack = state.find_stack(aws, change_set.region, change_set.stack_id)
    if stack is None or stack.status != "REVIEW_IN_PROGRESS":
        return
    with translated(f"Removing the empty stack {stack.name}", change_set.region):
        others = client.list_change_sets(StackName=stack.stack_id)["Summaries"]
        if not [s for s in others if s["StackId"] == stack.stack_id and s["ChangeSetId"] != change_set.change_set_id]:
            client.delete_stack(StackName=stack.stack_id)


def discard_left_change_sets(aws: Aws, stack: StackFacts) -> None:
    """Remove what a tool that was killed left: for stacks whose change sets are only looked at, never asked about."""
    client = aws.client("cloudformation", stack.region)
    with translated(f"Removing change sets of stack {stack.name}", stack.region):
        for page in client.get_paginator("list_change_sets").paginate(StackName=stack.stack_id):
            for left in page["Summaries"]:
                if left["ChangeSetName"].startswith(_OURS):
                    client.delete_change_set(ChangeSetName=left["ChangeSetId"], StackName=stack.stack_id)


def delete_stack(aws: Aws, stack: StackFacts) -> None:
    """Begin to delete a stack; by its id, so that a new one of the same name is never hit."""
    with translated(f"Deleting stack {stack.name}", stack.region):
        aws.client("cloudformation", stack.region).delete_stack(StackName=stack.stack_id)


def continue_rollback(aws: Aws, stack: StackFacts, skip: Sequence[str] = ()) -> None:
    """Let a rollback that got stuck go on; the resources to ``skip`` (logical ids) are left as they are."""
    with translated(f"Continuing the rollback of stack {stack.name}", stack.region):
        aws.client("cloudformation", stack.region).continue_update_rollback(
            StackName=stack.stack_id, **({"ResourcesToSkip": list(skip)} if skip else {})
        )


def _wait_for_change_set(client: Client, clock: Clock, change_set: ChangeSet, name: str) -> dict[str, Any]:
    deadline = clock.monotonic() + _CHANGE_SET_TIMEOUT_S
    while True:
        with translated(f"Reading the change set of stack {name}", change_set.region):
            description: dict[str, Any] = client.describe_change_set(
                ChangeSetName=change_set.change_set_id, StackName=change_set.stack_id, IncludePropertyValues=True
            )
        if description["Status"] in ("CREATE_COMPLETE", "FAILED"):
            return description
        if clock.monotonic() > deadline:
            raise StackError(
                f"CloudFormation in {change_set.region} did not finish the change set of stack {name} within "
                f"{_CHANGE_SET_TIMEOUT_S} s ({description['Status']}).",
                "Run this again.",
            )
        clock.sleep(_POLL_S)


def _require_want_of_changes(
    aws: Aws, change_set: ChangeSet, request: StackRequest, description: dict[str, Any]
) -> None:
    """StackError unless the change set failed because nothing would change."""
    reason = description.get("StatusReason", "")
    if any(words in reason for words in _NOTHING):
        return
    findings = state.validation_findings(aws, request.region, ChangeSetName=change_set.change_set_id)
    raise StackError(
        f"CloudFormation in {request.region} refuses the change to stack {request.name}: "
        + "; ".join([reason or "no reason given", *findings]),
        "Nothing was touched. Mend what is named, then run this again.",
    )


def _changes(client: Client, change_set: ChangeSet, description: dict[str, Any]) -> tuple[ResourceChange, ...]:
    found = list(description.get("Changes", []))
    while token := description.get("NextToken"):
        with translated("Reading the change set", change_set.region):
            description = client.describe_change_set(
                ChangeSetName=change_set.change_set_id,
                StackName=change_set.stack_id,
                IncludePropertyValues=True,
                NextToken=token,
            )
        found += description.get("Changes", [])
    return tuple(differences.resource_change(change.get("ResourceChange", {})) for change in found)
