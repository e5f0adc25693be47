"""Every value of CloudFormation's enumerations that the tool shows is told in words or handled on purpose."""

from typing import Any

import botocore.session
import pytest

from mraa.stacks.describe import stack_instances
from mraa.stacks.drift.cloudformation import detect_stack_drift, instance_status
from mraa.stacks.drift.detect import drifted, not_checked
from mraa.stacks.models import DriftReport, StackDescription
from mraa.statuses import instance_reason
from tests.regions import PRIMARY
from tests.unit.fake_cloud import FakeCloud
from tests.unit.fake_stacks import STACK_ID

MODEL = botocore.session.get_session().get_service_model("cloudformation")


def values(name: str) -> list[str]:
    found: list[str] = MODEL.shape_for(name).enum
    return found


@pytest.mark.parametrize("status", values("StackInstanceStatus"))
def test_an_instance_that_is_not_current_says_why_without_a_reason_of_awss(status: str) -> None:
    cloud = FakeCloud()
    cloud.instances = {PRIMARY: STACK_ID}
    cloud.instance_statuses = {"Status": status}
    (instance,) = stack_instances(cloud.aws, PRIMARY, "set")
    told = [of.reason for of in instance_status("set", instance)]
    assert bool(told) == (status != "CURRENT")
    assert all(status in reason and len(reason.split()) > 5 for reason in told)


@pytest.mark.parametrize("detailed", values("StackInstanceDetailedStatus"))
def test_a_detailed_status_says_what_happened(detailed: str) -> None:
    said = instance_reason("OUTDATED", detailed)
    assert len(said.split()) >= 4
    assert detailed not in said


def test_awss_own_reason_comes_first() -> None:
    cloud = FakeCloud()
    cloud.instances = {PRIMARY: STACK_ID}
    cloud.instance_statuses = {
        "Status": "OUTDATED",
        "StatusReason": "AWS says",
        "StackInstanceStatus": {"DetailedStatus": "FAILED"},
    }
    assert [of.reason for of in stack_instances(cloud.aws, PRIMARY, "set")] == ["AWS says"]


class Drifting:
    """A stack of one resource that drift detection finds in a status."""

    def __init__(self, status: str) -> None:
        self.resource = {
            "LogicalResourceId": "X",
            "ResourceType": "AWS::SQS::Queue",
            "PhysicalResourceId": "x",
            "ResourceStatus": "CREATE_COMPLETE",
            "StackResourceDriftStatus": status,
        }

    def detect_stack_drift(self, **_: Any) -> dict[str, str]:
        return {"StackDriftDetectionId": "id"}

    def describe_stack_drift_detection_status(self, **_: Any) -> dict[str, str]:
        return {"DetectionStatus": "DETECTION_COMPLETE"}

    def drifts(self, **_: Any) -> dict[str, Any]:
        return {"StackResourceDrifts": [self.resource]}


@pytest.mark.parametrize("status", values("StackResourceDriftStatus"))
def test_a_resource_is_drifted_not_checked_or_in_sync(status: str, monkeypatch: pytest.MonkeyPatch) -> None:
    cloud, client = FakeCloud(), Drifting(status)
    monkeypatch.setattr(cloud.aws, "client", lambda service, region: client)
    monkeypatch.setattr("mraa.stacks.drift.cloudformation.describe.stack_resources", lambda *_: [])
    monkeypatch.setattr("mraa.stacks.drift.cloudformation.pages", lambda *_, **asked: [client.drifts(**asked)])
    stack = StackDescription("mraa", STACK_ID, PRIMARY, "CREATE_COMPLETE")
    report = DriftReport(tuple(detect_stack_drift(cloud.aws, cloud.clock, lambda event: None, stack, "mraa")))
    assert bool(drifted(report)) == (status in ("MODIFIED", "DELETED", "UNKNOWN"))
    assert bool(not_checked(report)) == (status == "NOT_CHECKED")
