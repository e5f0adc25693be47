"""A CloudFormation small enough to read: stacks with histories in two Regions, and a stack set between them.

``FakeCloud.aws`` stands where ``mraa.aws.Aws`` does. Time moves only when the code under test sleeps, and each sleep
lets the next frame happen: ``cloud.then(lambda: cloud.event(...))``.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

from botocore.exceptions import ClientError, EndpointConnectionError

from mraa.aws import Aws, Clock
from mraa.events import Event
from mraa.stacks.models import StackFacts

PRIMARY, SECONDARY = "us-east-1", "ap-northeast-1"
GUID = "0a1b2c3d-0000-1111-2222-333344445555"
TOKEN = GUID.replace("-", "")
STACK_SET = f"mraa-{TOKEN}"
STACK_ID = f"arn:aws:cloudformation:{PRIMARY}:123456789012:stack/mraa/{GUID}"
EPOCH = 1_800_000_000.0

STACK = "AWS::CloudFormation::Stack"
SET = "AWS::CloudFormation::StackSet"
FUNCTION = "AWS::Lambda::Function"
TABLE = "AWS::DynamoDB::GlobalTable"


def client_error(code: str, message: str = "as told", status: int = 400) -> ClientError:
    answer = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "Operation")


def instance_id(region: str, token: str = TOKEN) -> str:
    return f"arn:aws:cloudformation:{region}:123456789012:stack/StackSet-mraa-{token}-{region}/{region}"


@dataclass
class FakeCloud:
    """The whole of AWS; ``down`` are Regions that do not answer."""

    now: float = EPOCH
    stacks: dict[str, dict[str, Any]] = field(default_factory=dict)
    events: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    instances: dict[str, str] | None = None
    operations: list[dict[str, Any]] = field(default_factory=list)
    results: list[dict[str, Any]] = field(default_factory=list)
    frames: list[Callable[[], None]] = field(default_factory=list)
    down: set[str] = field(default_factory=set)
    findings: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    resources: dict[str, dict[str, Any]] = field(default_factory=dict)
    logs: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    told: list[Event] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)

    @property
    def aws(self) -> Aws:
        return cast(Aws, SimpleNamespace(client=lambda service, region: _Client(self, region)))

    @property
    def clock(self) -> Clock:
        return Clock(now=lambda: self.now, monotonic=lambda: self.now, sleep=self._sleep)

    def stack(self, stack_id: str, status: str, **more: Any) -> StackFacts:
        """Put a stack there, or give it another status."""
        region, name = stack_id.split(":")[3], stack_id.split("/")[1]
        self.stacks[stack_id] = {
            "StackName": name,
            "StackId": stack_id,
            "StackStatus": status,
            "CreationTime": self._time(),
            **more,
        }
        return StackFacts(name, stack_id, region, status)

    def event(self, stack_id: str, logical_id: str, resource_type: str, status: str, reason: str = "") -> None:
        """A line in a stack's history, a second after the last one."""
        self.now += 1
        own = resource_type == STACK and logical_id == stack_id.split("/")[1]
        history = self.events.setdefault(stack_id, [])
        history.append(
            {
                "EventId": f"{stack_id}#{len(history)}",
                "StackId": stack_id,
                "StackName": stack_id.split("/")[1],
                "Timestamp": self._time(),
                "LogicalResourceId": logical_id,
                "PhysicalResourceId": stack_id if own else f"physical-{logical_id}",
                "ResourceType": resource_type,
                "ResourceStatus": status,
                **({"ResourceStatusReason": reason} if reason else {}),
            }
        )

    def own_event(self, stack_id: str, status: str, reason: str = "") -> None:
        """A line about the stack itself, which then has that status."""
        self.event(stack_id, stack_id.split("/")[1], STACK, status, reason)
        self.stacks.setdefault(stack_id, {}).update(StackStatus=status)

    def operation(self, operation_id: str, action: str, status: str) -> None:
        """A stack set operation begins, or gets another status."""
        for known in self.operations:
            if known["OperationId"] == operation_id:
                known["Status"] = status
                return
        self.operations.insert(
            0,
            {"OperationId": operation_id, "Action": action, "Status": status, "CreationTimestamp": self._time()},
        )

    def then(self, *frames: Callable[[], None]) -> None:
        """What happens during the next sleeps, one frame each."""
        self.frames += frames

    def lines(self) -> list[str]:
        """What was told, as ``Region subject text``."""
        return [f"{event.region} {event.subject} {event.text}" for event in self.told]

    def _time(self) -> datetime:
        return datetime.fromtimestamp(self.now, UTC)

    def _sleep(self, seconds: float) -> None:
        self.now += seconds
        if self.frames:
            self.frames.pop(0)()


@dataclass
class _Client:
    cloud: FakeCloud
    region: str

    def _answering(self) -> None:
        if self.region in self.cloud.down:
            raise EndpointConnectionError(endpoint_url=f"https://cloudformation.{self.region}")

    def describe_stacks(self, StackName: str) -> dict[str, Any]:
        self._answering()
        for stack_id, stack in self.cloud.stacks.items():
            is_living = stack["StackStatus"] != "DELETE_COMPLETE" and stack_id.split(":")[3] == self.region
            if stack_id == StackName or (stack["StackName"] == StackName and is_living):
                return {"Stacks": [stack]}
        raise client_error("ValidationError", f"Stack with id {StackName} does not exist")

    def get_template_summary(self, TemplateURL: str) -> dict[str, Any]:
        return {"Parameters": [{"ParameterKey": "SecondaryRegion"}, {"ParameterKey": "DeletionProtection"}]}

    def create_change_set(self, ChangeSetType: str, **_: Any) -> dict[str, str]:
        self.cloud.calls.append(f"change set {ChangeSetType}")
        return {"Id": "arn:change-set", "StackId": STACK_ID}

    def describe_change_set(self, **_: Any) -> dict[str, str]:
        """Nothing is ever to be changed here."""
        return {"Status": "FAILED", "StatusReason": "The submitted information didn't contain changes."}

    def describe_events(self, **of: str) -> dict[str, Any]:
        """What validation found, by the stack's id."""
        found = self.cloud.findings.get(of.get("StackName", ""), [])
        return {"OperationEvents": [{"EventType": "VALIDATION_ERROR", **finding} for finding in found]}

    def get_log_events(self, logGroupName: str, logStreamName: str, limit: int) -> dict[str, Any]:
        lines = self.cloud.logs.get((logGroupName, logStreamName))
        if lines is None:
            raise client_error("ResourceNotFoundException")
        return {"events": [{"message": f"{line}\n"} for line in lines[-limit:]]}

    def get_template(self, StackName: str) -> dict[str, Any]:
        return {"TemplateBody": {"Resources": self.cloud.resources.get(StackName, {})}}

    def delete_change_set(self, **_: Any) -> None:
        self.cloud.calls.append("discard")

    def continue_update_rollback(self, StackName: str, ResourcesToSkip: list[str] | None = None) -> None:
        self.cloud.calls.append("continue rollback" + "".join(f" without {name}" for name in ResourcesToSkip or ()))
        self.cloud.own_event(StackName, "UPDATE_ROLLBACK_IN_PROGRESS")

    def list_stack_set_operations(self, StackSetName: str) -> dict[str, Any]:
        self._answering()
        if self.cloud.instances is None:
            raise client_error("StackSetNotFoundException", status=404)
        return {"Summaries": self.cloud.operations}

    def list_stack_set_operation_results(self, StackSetName: str, OperationId: str) -> dict[str, Any]:
        self._answering()
        return {"Summaries": self.cloud.results}

    def get_paginator(self, operation: str) -> Any:
        return SimpleNamespace(paginate=getattr(self, f"_{operation}"))

    def _describe_stack_events(self, StackName: str) -> Iterator[dict[str, Any]]:
        self._answering()
        if StackName not in self.cloud.events:
            raise client_error("ValidationError", f"Stack [{StackName}] does not exist")
        newest_first = self.cloud.events[StackName][::-1]
        # two a page: whoever reads only one page misses most
        for start in range(0, len(newest_first), 2):
            yield {"StackEvents": newest_first[start : start + 2]}

    def _list_stack_instances(self, StackSetName: str) -> Iterator[dict[str, Any]]:
        self._answering()
        if self.cloud.instances is None:
            raise client_error("StackSetNotFoundException", status=404)
        yield {"Summaries": [{"Region": region, "StackId": id_} for region, id_ in self.cloud.instances.items()]}

    def _list_stacks(self, StackStatusFilter: list[str] | None = None) -> Iterator[dict[str, Any]]:
        self._answering()
        for stack_id, stack in self.cloud.stacks.items():
            if stack_id.split(":")[3] == self.region and stack["StackStatus"] in (
                StackStatusFilter or [stack["StackStatus"]]
            ):
                yield {"StackSummaries": [stack]}
