"""A CloudFormation small enough to read: stacks with events in two Regions, and a stack set between them."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from mraa.events import Event
from mraa.stacks.models import StackDescription
from tests.errors import client_error
from tests.regions import PRIMARY

APP_ID = "0a1b2c3d-0000-1111-2222-333344445555"
TOKEN = APP_ID.replace("-", "")
STACK_SET = f"mraa-{TOKEN}"
STACK_ID = f"arn:aws:cloudformation:{PRIMARY}:123456789012:stack/mraa/{APP_ID}"
STARTED_AT = 1_800_000_000.25

STACK = "AWS::CloudFormation::Stack"
SET = "AWS::CloudFormation::StackSet"
FUNCTION = "AWS::Lambda::Function"
TABLE = "AWS::DynamoDB::GlobalTable"


def instance_id(region: str, token: str = TOKEN) -> str:
    guid = uuid.uuid5(uuid.NAMESPACE_DNS, region)
    return f"arn:aws:cloudformation:{region}:123456789012:stack/StackSet-mraa-{token}-{region}/{guid}"


@dataclass
class FakeStacks:
    """Stacks, a stack set and logs. ``changes``: what every change set contains."""

    now: float = STARTED_AT
    stacks: dict[str, dict[str, Any]] = field(default_factory=dict)
    events: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    instances: dict[str, str] | None = None
    instance_statuses: dict[str, Any] = field(default_factory=dict)
    operations: list[dict[str, Any]] = field(default_factory=list)
    results: list[dict[str, Any]] = field(default_factory=list)
    findings: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    resources: dict[str, dict[str, Any]] = field(default_factory=dict)
    logs: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    told: list[Event] = field(default_factory=list)
    stack_changes: list[str] = field(default_factory=list)
    changes: list[dict[str, Any]] = field(default_factory=list)
    on_execute: Callable[[], None] = lambda: None

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

    def lines(self) -> list[str]:
        """What was reported, as ``Region subject text``."""
        return [f"{event.region} {event.subject} {event.text}" for event in self.told]

    def _time(self) -> datetime:
        return datetime.fromtimestamp(self.now, UTC)

    # --- the operations ---

    def _cloudformation_describe_stacks(self, region: str, StackName: str) -> dict[str, Any]:
        for stack_id, stack in self.stacks.items():
            is_living = stack["StackStatus"] != "DELETE_COMPLETE" and stack_id.split(":")[3] == region
            if stack_id == StackName or (stack["StackName"] == StackName and is_living):
                return {"Stacks": [stack]}
        raise client_error("ValidationError", f"Stack with id {StackName} does not exist")

    def _cloudformation_get_template_summary(self, region: str, TemplateURL: str) -> dict[str, Any]:
        return {"Parameters": [{"ParameterKey": "SecondaryRegion"}, {"ParameterKey": "DeletionProtection"}]}

    def _cloudformation_create_change_set(self, region: str, ChangeSetType: str, **_: Any) -> dict[str, str]:
        self.stack_changes.append(f"change set {ChangeSetType}")
        return {"Id": "arn:change-set", "StackId": STACK_ID}

    def _cloudformation_execute_change_set(self, region: str, **_: Any) -> None:
        self.stack_changes.append("execute")
        self.on_execute()

    def _cloudformation_describe_change_set(self, region: str, **_: Any) -> dict[str, Any]:
        if self.changes:
            return {"Status": "CREATE_COMPLETE", "Changes": [{"ResourceChange": of} for of in self.changes]}
        return {"Status": "FAILED", "StatusReason": "The submitted information didn't contain changes."}

    def _cloudformation_describe_events(self, region: str, **of: str) -> dict[str, Any]:
        """What validation found, by the stack's id."""
        found = self.findings.get(of.get("StackName", ""), [])
        return {"OperationEvents": [{"EventType": "VALIDATION_ERROR", **finding} for finding in found]}

    def _logs_get_log_events(self, region: str, logGroupName: str, logStreamName: str, limit: int) -> dict[str, Any]:
        lines = self.logs.get((logGroupName, logStreamName))
        if lines is None:
            raise client_error("ResourceNotFoundException")
        return {"events": [{"message": f"{line}\n"} for line in lines[-limit:]]}

    def _cloudformation_get_template(self, region: str, StackName: str, **_: Any) -> dict[str, Any]:
        return {"TemplateBody": {"Resources": self.resources.get(StackName, {})}}

    def _cloudformation_delete_change_set(self, region: str, **_: Any) -> None:
        self.stack_changes.append("discard")

    def _cloudformation_continue_update_rollback(
        self, region: str, StackName: str, ResourcesToSkip: list[str] | None = None
    ) -> None:
        self.stack_changes.append("continue rollback" + "".join(f" without {name}" for name in ResourcesToSkip or ()))
        self.own_event(StackName, "UPDATE_ROLLBACK_IN_PROGRESS")

    def _cloudformation_list_stack_set_operations(self, region: str, StackSetName: str) -> dict[str, Any]:
        if self.instances is None:
            raise client_error("StackSetNotFoundException", status=404)
        return {"Summaries": self.operations}

    def _cloudformation_list_stack_set_operation_results(
        self, region: str, StackSetName: str, OperationId: str
    ) -> dict[str, Any]:
        return {"Summaries": self.results}

    def _cloudformation_describe_stack_events(
        self, region: str, StackName: str, NextToken: str = "0"
    ) -> dict[str, Any]:
        if StackName not in self.events:
            raise client_error("ValidationError", f"Stack [{StackName}] does not exist")
        newest_first = self.events[StackName][::-1]
        # two a page: who reads only one page misses most
        start, end = int(NextToken), int(NextToken) + 2
        more = {"NextToken": str(end)} if end < len(newest_first) else {}
        return {"StackEvents": newest_first[start:end], **more}

    def _cloudformation_list_stack_instances(self, region: str, StackSetName: str) -> dict[str, Any]:
        if self.instances is None:
            raise client_error("StackSetNotFoundException", status=404)
        found = [{"Region": of, "StackId": id_, **self.instance_statuses} for of, id_ in self.instances.items()]
        return {"Summaries": found}

    def _cloudformation_list_stacks(self, region: str, StackStatusFilter: list[str] | None = None) -> dict[str, Any]:
        found = [stack for stack_id, stack in self.stacks.items() if stack_id.split(":")[3] == region]
        return {
            "StackSummaries": [of for of in found if of["StackStatus"] in (StackStatusFilter or [of["StackStatus"]])]
        }
