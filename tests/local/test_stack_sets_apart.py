"""Stack sets over a restart that keeps the state, and while a Region is down: each requires a cloud of its own."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mraa_local import control, process
from mraa_local.process import LocalCloud
from tests.local import deploying
from tests.local.conftest import make_client
from tests.local.deploying import ACCOUNT, resource, template, unique
from tests.regions import PRIMARY, SECONDARY


@pytest.fixture
def persistent(local_home: Path) -> Iterator[LocalCloud]:
    running = process.start(auth=False, persist=True)
    yield running
    found = process.find(running.port)
    if found:
        process.stop(running.port)


def body(parameter: str, value: str) -> str:
    properties = {"Name": parameter, "Type": "String", "Value": value}
    return json.dumps(template({"P": resource("AWS::SSM::Parameter", properties)}))


def finished(cf: Any, name: str, operation_id: str) -> dict[str, Any]:
    def ask() -> Any:
        found = cf.describe_stack_set_operation(StackSetName=name, OperationId=operation_id)["StackSetOperation"]
        return None if found["Status"] == "RUNNING" else found

    operation: dict[str, Any] = deploying.eventually(ask, limit_s=30)
    return operation


def create(cf: Any, parameter: str) -> str:
    name = unique("set")
    cf.create_stack_set(StackSetName=name, TemplateBody=body(parameter, "before"))
    started = cf.create_stack_instances(StackSetName=name, Accounts=[ACCOUNT], Regions=[SECONDARY, PRIMARY])
    finished(cf, name, started["OperationId"])
    return name


def test_a_stack_set_continues_after_a_restart_that_keeps_the_state(persistent: LocalCloud) -> None:
    parameter = f"/{unique('p')}"
    name = create(make_client(persistent, "cloudformation", PRIMARY), parameter)

    process.stop(persistent.port)
    again = process.start(persistent.port, auth=False, persist=True)
    cf = make_client(again, "cloudformation", PRIMARY)

    listed = cf.list_stack_instances(StackSetName=name)["Summaries"]
    assert {(of["Region"], of["Status"]) for of in listed} == {(PRIMARY, "CURRENT"), (SECONDARY, "CURRENT")}
    started = cf.update_stack_set(StackSetName=name, TemplateBody=body(parameter, "after"))
    assert finished(cf, name, started["OperationId"])["Status"] == "SUCCEEDED"
    value = make_client(again, "ssm", SECONDARY).get_parameter(Name=parameter)["Parameter"]["Value"]
    assert value == "after"


def test_an_instance_in_a_region_that_is_down_fails_and_can_be_updated_later(persistent: LocalCloud) -> None:
    parameter = f"/{unique('p')}"
    cf = make_client(persistent, "cloudformation", PRIMARY)
    name = create(cf, parameter)
    faults = persistent.environment["MRAA_FAULT_URL"]

    control.set_fault(faults, fault="region", region=SECONDARY, state="down")
    started = cf.update_stack_set(
        StackSetName=name,
        TemplateBody=body(parameter, "after"),
        OperationPreferences={"RegionOrder": [SECONDARY, PRIMARY]},
    )
    assert finished(cf, name, started["OperationId"])["Status"] == "FAILED"
    left = cf.describe_stack_instance(StackSetName=name, StackInstanceAccount=ACCOUNT, StackInstanceRegion=SECONDARY)[
        "StackInstance"
    ]
    assert (left["Status"], left["StatusReason"]) == ("OUTDATED", f"{SECONDARY} is down.")

    control.set_fault(faults, fault="region", region=SECONDARY, state="up")
    started = cf.update_stack_set(StackSetName=name, UsePreviousTemplate=True)
    assert finished(cf, name, started["OperationId"])["Status"] == "SUCCEEDED"
    value = make_client(persistent, "ssm", SECONDARY).get_parameter(Name=parameter)["Parameter"]["Value"]
    assert value == "after"
