"""A CloudFormation small enough to read: stacks with events in two Regions, and a stack set between them.

``FakeCloud.aws`` takes the place of ``mraa.aws.Aws``. Time moves only when the code under test sleeps, and each sleep
runs the next frame: ``cloud.then(lambda: cloud.event(...))``.
"""

import functools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import boto3
from botocore.exceptions import ClientError, EndpointConnectionError

from mraa.aws import Aws, Clock
from mraa.errors import DeclinedError
from mraa.events import Event
from mraa.stacks.models import Counts, OnCounts, StackDescription
from tests.regions import PRIMARY

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
    """The whole of AWS. ``down`` are Regions that do not answer, ``changes`` what every change set contains."""

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
    changes: list[dict[str, Any]] = field(default_factory=list)
    on_execute: Callable[[], None] = lambda: None

    @property
    def aws(self) -> Aws:
        return cast(Aws, SimpleNamespace(client=lambda service, region: _Client(self, region)))

    @property
    def clock(self) -> Clock:
        return Clock(now=lambda: self.now, monotonic=lambda: self.now, sleep=self._sleep)

    def stack(self, stack_id: str, status: str, **more: Any) -> StackDescription:
        """Create a stack, or set its status."""
        region, name = stack_id.split(":")[3], stack_id.split("/")[1]
        self.stacks[stack_id] = {
            "StackName": name,
            "StackId": stack_id,
            "StackStatus": status,
            "CreationTime": self._time(),
            **more,
        }
        return StackDescription(name, stack_id, region, status)

    def event(self, stack_id: str, logical_id: str, resource_type: str, status: str, reason: str = "") -> None:
        """An event of a stack, a second after the last one."""
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
        """An event of the stack itself, which then has that status."""
        self.event(stack_id, stack_id.split("/")[1], STACK, status, reason)
        self.stacks.setdefault(stack_id, {}).update(StackStatus=status)

    def operation(self, operation_id: str, action: str, status: str) -> None:
        """A stack set operation begins, or its status changes."""
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
        """What was reported, as ``Region subject text``."""
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

    def execute_change_set(self, **_: Any) -> None:
        self.cloud.calls.append("execute")
        self.cloud.on_execute()

    def describe_change_set(self, **_: Any) -> dict[str, Any]:
        if self.cloud.changes:
            return {"Status": "CREATE_COMPLETE", "Changes": [{"ResourceChange": of} for of in self.cloud.changes]}
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

    def get_template(self, StackName: str, **_: Any) -> dict[str, Any]:
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

    @property
    def meta(self) -> Any:
        return _meta()

    def describe_stack_events(self, StackName: str, NextToken: str = "0") -> dict[str, Any]:
        self._answering()
        if StackName not in self.cloud.events:
            raise client_error("ValidationError", f"Stack [{StackName}] does not exist")
        newest_first = self.cloud.events[StackName][::-1]
        # two a page: who reads only one page misses most
        start, end = int(NextToken), int(NextToken) + 2
        more = {"NextToken": str(end)} if end < len(newest_first) else {}
        return {"StackEvents": newest_first[start:end], **more}

    def list_stack_instances(self, StackSetName: str) -> dict[str, Any]:
        self._answering()
        if self.cloud.instances is None:
            raise client_error("StackSetNotFoundException", status=404)
        return {"Summaries": [{"Region": region, "StackId": id_} for region, id_ in self.cloud.instances.items()]}

    def list_stacks(self, StackStatusFilter: list[str] | None = None) -> dict[str, Any]:
        self._answering()
        found = [stack for stack_id, stack in self.cloud.stacks.items() if stack_id.split(":")[3] == self.region]
        return {
            "StackSummaries": [of for of in found if of["StackStatus"] in (StackStatusFilter or [of["StackStatus"]])]
        }


@functools.cache
def _meta() -> Any:
    """What ``pages`` reads of a client: its operations and their pagination rules."""
    return boto3.client("cloudformation", region_name=PRIMARY).meta


@dataclass
class Script:
    """A conversation without a terminal: a script's, which consents or does not."""

    consents: bool = True
    dry_run: bool = False
    events: list[Event] = field(default_factory=list)
    headings: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    plans: list[tuple[str, list[str]]] = field(default_factory=list)
    counted: list[Sequence[Counts]] = field(default_factory=list)

    def event(self, event: Event) -> None:
        self.events.append(event)

    def heading(self, text: str) -> None:
        self.headings.append(text)

    def warn(self, text: str) -> None:
        self.warnings.append(text)

    def confirm(self, title: str, plan: Sequence[str]) -> bool:
        self.plans.append((title, list(plan)))
        if not (self.consents or self.dry_run):
            raise DeclinedError("Cancelled; no changes made.")
        return not self.dry_run

    @contextmanager
    def counts(self) -> Iterator[OnCounts]:
        yield lambda counts, elapsed_s: self.counted.append(counts)
