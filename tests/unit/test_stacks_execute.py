"""Change sets, on moto: created, executed, found to be empty, and deleted completely."""

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import boto3
import botocore.session
import pytest

from mraa import names
from mraa.aws import Aws, Clock
from mraa.errors import StackError
from mraa.stacks import describe, describe_changes, execute
from mraa.stacks.models import ChangeSet, StackRequest
from mraa.stacks.plan.parameters import change_set_parameters
from mraa.stacks.urls import template_url
from tests.errors import client_error
from tests.regions import PRIMARY, SECONDARY
from tests.unit.fake_stacks import STACK_ID
from tests.unit.stacks_moto import SETTINGS, moto_aws, publish

REQUEST = StackRequest("mraa", PRIMARY, template_url(SETTINGS, names.MAIN_TEMPLATE), {"SecondaryRegion": SECONDARY})


@pytest.fixture(autouse=True)
def moto(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with moto_aws(monkeypatch):
        publish()
        yield


def change(aws: Aws, request: StackRequest = REQUEST) -> ChangeSet | None:
    stack = describe.find_stack(aws, PRIMARY, request.name)
    declared = describe_changes.declared_parameters(aws, PRIMARY, request.template_url)
    return execute.create_change_set(
        aws, Clock(), request, change_set_parameters(request, stack, declared), is_creation=stack is None
    )


def create(aws: Aws) -> None:
    change_set = change(aws)
    assert change_set is not None
    execute.execute_change_set(aws, change_set)


def stack_names() -> list[str]:
    return [stack["StackName"] for stack in boto3.client("cloudformation", PRIMARY).describe_stacks()["Stacks"]]


def test_a_creation_lists_what_will_be_added_and_adds_it() -> None:
    aws = Aws()
    change_set = change(aws)
    assert change_set is not None
    assert change_set.is_creation
    assert {c.logical_id: c.action for c in change_set.changes} == {"State": "Add", "Time": "Add"}
    execute.execute_change_set(aws, change_set)
    stack = describe.find_stack(aws, PRIMARY, "mraa")
    assert stack is not None
    assert stack.status == "CREATE_COMPLETE"
    assert stack.parameters["SecondaryRegion"] == SECONDARY


def test_discarding_a_change_set_deletes_its_empty_stack() -> None:
    aws = Aws()
    change_set = change(aws)
    assert change_set is not None
    execute.discard_change_set(aws, change_set)
    assert stack_names() == []


def test_discarding_a_change_set_leaves_an_existing_stack() -> None:
    aws = Aws()
    create(aws)
    change_set = change(aws, replace(REQUEST, parameters={**REQUEST.parameters, "DeletionProtection": "Enabled"}))
    assert change_set is not None
    execute.discard_change_set(aws, change_set)
    assert stack_names() == ["mraa"]


def test_an_update_keeps_the_parameters_that_are_not_given() -> None:
    aws = Aws()
    create(aws)
    for given in ({"ReplicationTimeControl": "Enabled"}, {"DeletionProtection": "Enabled"}):
        change_set = change(aws, replace(REQUEST, parameters={**REQUEST.parameters, **given}))
        assert change_set is not None
        execute.execute_change_set(aws, change_set)
    stack = describe.find_stack(aws, PRIMARY, "mraa")
    assert stack is not None
    assert (stack.parameters["ReplicationTimeControl"], stack.parameters["DeletionProtection"]) == (
        "Enabled",
        "Enabled",
    )


class Refusing:
    """A CloudFormation whose change sets fail; ``events`` is what DescribeEvents answers, or raises."""

    def __init__(self, reason: str, events: Any) -> None:
        self.reason, self.events = reason, events
        self.deleted: list[str] = []

    def create_change_set(self, **_: Any) -> dict[str, str]:
        return {
            "Id": "arn:cs",
            "StackId": STACK_ID,
        }

    def describe_change_set(self, **_: Any) -> dict[str, str]:
        return {"Status": "FAILED", "StatusReason": self.reason}

    def describe_events(self, **_: Any) -> Any:
        if isinstance(self.events, Exception):
            raise self.events
        return {"OperationEvents": self.events}

    def delete_change_set(self, **_: Any) -> None:
        self.deleted.append("change set")

    def describe_stacks(self, **_: Any) -> dict[str, Any]:
        stack_id = STACK_ID
        return {"Stacks": [{"StackName": "mraa", "StackId": stack_id, "StackStatus": "REVIEW_IN_PROGRESS"}]}

    def list_change_sets(self, **_: Any) -> dict[str, Any]:
        return {"Summaries": []}

    def delete_stack(self, **_: Any) -> None:
        self.deleted.append("stack")


@pytest.mark.parametrize(
    "reason",
    [
        "The submitted information didn't contain changes. Submit different information to create a change set.",
        "No updates are to be performed.",
    ],
)
def test_no_changes_is_no_change_set_and_leaves_none(reason: str) -> None:
    client = Refusing(reason, [])
    aws = cast(Aws, SimpleNamespace(client=lambda service, region: client))
    assert execute.create_change_set(aws, Clock(), REQUEST, [], is_creation=False) is None
    assert client.deleted == ["change set"]


FINDING = {
    "EventType": "VALIDATION_ERROR",
    "LogicalResourceId": "Bucket",
    "ResourceType": "AWS::S3::Bucket",
    "ValidationStatusReason": "the name is taken",
    "ValidationPath": "/Resources/Bucket",
}


@pytest.mark.parametrize(
    ("events", "found"),
    [
        ([FINDING, {"EventType": "STACK_EVENT"}], "; Bucket (AWS::S3::Bucket): the name is taken /Resources/Bucket"),
        (client_error("InvalidAction", "no such action"), ""),
        (client_error("InternalFailure", "not implemented", status=501), ""),
    ],
)
def test_a_failed_change_set_is_reported_with_validation_errors_and_deleted(events: Any, found: str) -> None:
    client = Refusing("Validation failed", events)
    aws = cast(Aws, SimpleNamespace(client=lambda service, region: client))
    with pytest.raises(StackError) as refused:
        execute.create_change_set(aws, Clock(), REQUEST, [], is_creation=True)
    assert refused.value.message == (
        f"CloudFormation in us-east-1 rejects the change to stack mraa: Validation failed{found}"
    )
    assert client.deleted == ["change set", "stack"]


def test_a_change_set_that_never_completes_times_out_and_is_deleted() -> None:
    client = Refusing("", [])
    client.describe_change_set = lambda **_: {"Status": "CREATE_IN_PROGRESS"}  # type: ignore[method-assign]
    aws = cast(Aws, SimpleNamespace(client=lambda service, region: client))
    now = [0.0]
    clock = Clock(monotonic=lambda: now[0], sleep=lambda s: now.__setitem__(0, now[0] + s * 100))
    with pytest.raises(StackError, match="did not finish the change set"):
        execute.create_change_set(aws, clock, REQUEST, [], is_creation=True)
    assert client.deleted == ["change set", "stack"]


def waiting(*answers: Any) -> tuple[Refusing, Aws, Clock, list[float]]:
    """A CloudFormation that describes a change set by these answers, the last one for ever; and the pauses made."""
    client, pauses, left = Refusing("", []), list[float](), list(answers)

    def describe_change_set(**_: Any) -> Any:
        answer = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    client.describe_change_set = describe_change_set  # type: ignore[method-assign]
    aws = cast(Aws, SimpleNamespace(client=lambda service, region: client))
    return client, aws, Clock(monotonic=lambda: sum(pauses), sleep=pauses.append), pauses


def test_a_change_set_is_asked_for_less_often_the_longer_it_takes() -> None:
    _, aws, clock, pauses = waiting({"Status": "CREATE_IN_PROGRESS"})
    with pytest.raises(StackError, match="did not finish the change set"):
        execute.create_change_set(aws, clock, REQUEST, [], is_creation=True)
    assert pauses == sorted(pauses)
    assert pauses[0] < 1
    assert len(pauses) < 200


def test_being_throttled_does_not_end_the_wait_for_a_change_set() -> None:
    client, aws, clock, pauses = waiting(
        {"Status": "CREATE_PENDING"},
        client_error("Throttling", "Rate exceeded"),
        {"Status": "CREATE_COMPLETE", "Changes": []},
    )
    assert execute.create_change_set(aws, clock, REQUEST, [], is_creation=False)
    assert len(pauses) == 2
    assert client.deleted == []


@pytest.mark.parametrize(
    "answer",
    [
        {"Status": "DELETE_PENDING"},
        {"Status": "DELETE_IN_PROGRESS"},
        {"Status": "DELETE_COMPLETE"},
        {"Status": "DELETE_FAILED"},
        client_error("ChangeSetNotFound", "ChangeSet [arn:cs] does not exist", status=404),
    ],
)
def test_a_change_set_that_somebody_deletes_is_not_waited_for(answer: Any) -> None:
    _, aws, clock, pauses = waiting({"Status": "CREATE_IN_PROGRESS"}, answer)
    with pytest.raises(StackError, match="was deleted while CloudFormation created it"):
        execute.create_change_set(aws, clock, REQUEST, [], is_creation=False)
    assert len(pauses) == 1


def test_every_status_of_a_change_set_ends_the_wait_or_is_waited_for() -> None:
    model = botocore.session.get_session().get_service_model("cloudformation")
    for status in model.shape_for("ChangeSetStatus").enum:
        _, aws, clock, pauses = waiting({"Status": status}, {"Status": "CREATE_COMPLETE"})
        with contextlib.suppress(StackError):
            execute.create_change_set(aws, clock, REQUEST, [], is_creation=False)
        assert bool(pauses) == (status in ("CREATE_PENDING", "CREATE_IN_PROGRESS")), status


def test_a_stack_is_deleted_by_its_id() -> None:
    aws = Aws()
    create(aws)
    stack = describe.find_stack(aws, PRIMARY, "mraa")
    assert stack is not None
    execute.delete_stack(aws, stack)
    assert describe.find_stack(aws, PRIMARY, "mraa") is None
    assert [s.stack_id for s in describe.deleted_stacks(aws, PRIMARY, "mraa")] == [stack.stack_id]
