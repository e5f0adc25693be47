"""Drift of a stack set, looked for in each instance's own stack."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.local.deploying import ACCOUNT, eventually, unique
from tests.local.stack_setting import BOTH, make_default_roles, parameter_template
from tests.regions import PRIMARY, REGIONS, SECONDARY


@pytest.fixture(scope="module")
def cf(client: Callable[..., Any]) -> Any:
    make_default_roles(client)
    return client("cloudformation", PRIMARY)


def ended(cf: Any, name: str, operation_id: str) -> dict[str, Any]:
    def ask() -> Any:
        found = cf.describe_stack_set_operation(StackSetName=name, OperationId=operation_id)["StackSetOperation"]
        return None if found["Status"] == "RUNNING" else found

    operation: dict[str, Any] = eventually(ask, limit_s=30)
    return operation


def make(cf: Any, parameter: str) -> str:
    name = unique("set")
    cf.create_stack_set(StackSetName=name, TemplateBody=json.dumps(parameter_template(parameter)))
    begun = cf.create_stack_instances(StackSetName=name, Accounts=[ACCOUNT], Regions=BOTH)
    assert ended(cf, name, begun["OperationId"])["Status"] == "SUCCEEDED"
    return name


def drift_by_region(cf: Any, name: str) -> dict[str, tuple[str, str]]:
    found = cf.list_stack_instances(StackSetName=name)["Summaries"]
    return {of["Region"]: (of["DriftStatus"], of["Status"]) for of in found}


def test_a_manual_change_in_one_region_is_detected_there_and_counted(cf: Any, client: Callable[..., Any]) -> None:
    parameter = f"/{unique('p')}"
    name = make(cf, parameter)
    before = cf.describe_stack_set(StackSetName=name)["StackSet"]["StackSetDriftDetectionDetails"]
    assert before["DriftStatus"] == "NOT_CHECKED"
    client("ssm", SECONDARY).put_parameter(Name=parameter, Value="by hand", Type="String", Overwrite=True)
    operation = ended(cf, name, cf.detect_stack_set_drift(StackSetName=name)["OperationId"])
    assert (operation["Action"], operation["Status"]) == ("DETECT_DRIFT", "SUCCEEDED")
    details = operation["StackSetDriftDetectionDetails"]
    assert (details["DriftStatus"], details["DriftDetectionStatus"]) == ("DRIFTED", "COMPLETED")
    assert (details["DriftedStackInstancesCount"], details["InSyncStackInstancesCount"]) == (1, 1)
    assert drift_by_region(cf, name) == {SECONDARY: ("DRIFTED", "CURRENT"), PRIMARY: ("IN_SYNC", "CURRENT")}
    (instance,) = cf.list_stack_instances(StackSetName=name, StackInstanceRegion=SECONDARY)["Summaries"]
    (found,) = client("cloudformation", SECONDARY).describe_stack_resource_drifts(StackName=instance["StackId"])[
        "StackResourceDrifts"
    ]
    (difference,) = found["PropertyDifferences"]
    assert (difference["PropertyPath"], difference["ActualValue"]) == ("/Value", "by hand")


def test_a_failed_drift_detection_has_a_reason_and_leaves_the_instance_unchanged(
    cf: Any, client: Callable[..., Any]
) -> None:
    name = make(cf, f"/{unique('p')}")
    (instance,) = cf.list_stack_instances(StackSetName=name, StackInstanceRegion=SECONDARY)["Summaries"]
    there = client("cloudformation", SECONDARY)
    there.delete_stack(StackName=instance["StackId"])
    there.get_waiter("stack_delete_complete").wait(StackName=instance["StackId"], WaiterConfig={"Delay": 1})
    begun = cf.detect_stack_set_drift(
        StackSetName=name,
        OperationPreferences={"RegionOrder": list(REGIONS), "FailureToleranceCount": 0},
    )
    operation = ended(cf, name, begun["OperationId"])
    assert operation["Status"] == "FAILED"
    assert operation["StackSetDriftDetectionDetails"]["DriftDetectionStatus"] == "PARTIAL_SUCCESS"
    results = cf.list_stack_set_operation_results(StackSetName=name, OperationId=begun["OperationId"])["Summaries"]
    reasons = {of["Region"]: of.get("StatusReason", "") for of in results}
    assert reasons == {PRIMARY: "", SECONDARY: f"Stack [{instance['StackId']}] does not exist"}
    assert drift_by_region(cf, name) == {SECONDARY: ("NOT_CHECKED", "CURRENT"), PRIMARY: ("IN_SYNC", "CURRENT")}
