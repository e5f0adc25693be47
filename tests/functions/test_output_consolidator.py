"""The stack instances' outputs are returned under the main stack's names, or the first missing one is named."""

from typing import Any

import pytest

from output_consolidator.handler import handle
from tests.errors import client_error
from tests.functions.conftest import Clients, CloudFormation, Context
from tests.regions import PRIMARY, SECONDARY

PROPERTIES = {"StackSetName": "mraa-1", "PrimaryRegion": PRIMARY, "SecondaryRegion": SECONDARY, "TemplateHash": "x"}


class StackSets:
    """CloudFormation in one Region: pages of stack instances, and the stacks of this Region."""

    def __init__(self, region: str, instances: list[dict[str, str]], outputs: dict[str, str]) -> None:
        self.region = region
        self.instances = instances
        self.outputs = outputs
        self.error: Exception | None = None

    def get_paginator(self, operation: str) -> "StackSets":
        assert operation == "list_stack_instances"
        return self

    def paginate(self, StackSetName: str) -> list[dict[str, Any]]:
        assert StackSetName == "mraa-1"
        if self.error:
            raise self.error
        return [{"Summaries": [instance]} for instance in self.instances]

    def describe_stacks(self, StackName: str) -> dict[str, Any]:
        assert StackName == f"stack-in-{self.region}"
        return {"Stacks": [{"Outputs": [{"OutputKey": k, "OutputValue": v} for k, v in self.outputs.items()]}]}


@pytest.fixture
def stack_sets(clients: Clients) -> dict[str, StackSets]:
    instances = [{"Region": region, "StackId": f"stack-in-{region}"} for region in (SECONDARY, PRIMARY)]
    made = {
        region: StackSets(
            region,
            instances,
            {
                "RoutingLayerApiId": f"routing-{region}",
                "PhotosApiId": f"photos-{region}",
                "ObjectStoreBucketName": f"objects-{region}",
                "KeyValueStoreTableName": "table",
            },
        )
        for region in (PRIMARY, SECONDARY)
    }
    clients.made |= {("cloudformation", region): fake for region, fake in made.items()}
    return made


@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_both_regions_outputs_have_the_main_stack_s_names(
    stack_sets: dict[str, StackSets], cloudformation: CloudFormation, kind: str
) -> None:
    handle(cloudformation.request(kind, PROPERTIES, "mraa/mraa-1"), Context())
    answer = cloudformation.answer
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", "mraa/mraa-1")
    assert answer["Data"] == {
        "PrimaryRoutingLayerApiId": f"routing-{PRIMARY}",
        "PrimaryPhotosApiId": f"photos-{PRIMARY}",
        "PrimaryObjectStoreBucket": f"objects-{PRIMARY}",
        "SecondaryRoutingLayerApiId": f"routing-{SECONDARY}",
        "SecondaryPhotosApiId": f"photos-{SECONDARY}",
        "SecondaryObjectStoreBucket": f"objects-{SECONDARY}",
    }


def test_a_delete_calls_nothing(clients: Clients, cloudformation: CloudFormation) -> None:
    handle(cloudformation.request("Delete", PROPERTIES, "mraa/mraa-1"), Context())
    assert cloudformation.answer["Status"] == "SUCCESS"
    assert not clients.made


@pytest.mark.parametrize("is_listed", [True, False])
def test_a_region_without_a_stack_is_named(
    stack_sets: dict[str, StackSets], cloudformation: CloudFormation, is_listed: bool
) -> None:
    stack_sets[PRIMARY].instances[:] = [
        {"Region": PRIMARY, "StackId": f"stack-in-{PRIMARY}"},
        *([{"Region": SECONDARY}] if is_listed else []),
    ]
    handle(cloudformation.request("Create", PROPERTIES), Context())
    assert cloudformation.answer["Status"] == "FAILED"
    assert f"The stack set mraa-1 has no stack in {SECONDARY}." in cloudformation.answer["Reason"]


def test_a_missing_output_is_named_with_its_stack(
    stack_sets: dict[str, StackSets], cloudformation: CloudFormation
) -> None:
    del stack_sets[SECONDARY].outputs["PhotosApiId"]
    handle(cloudformation.request("Create", PROPERTIES), Context())
    assert f"stack-in-{SECONDARY} in {SECONDARY} has no output PhotosApiId." in cloudformation.answer["Reason"]


def test_an_error_contains_aws_s_reason(stack_sets: dict[str, StackSets], cloudformation: CloudFormation) -> None:
    stack_sets[PRIMARY].error = client_error("StackSetNotFoundException", operation="ListStackInstances")
    handle(cloudformation.request("Create", PROPERTIES), Context())
    assert cloudformation.answer["Status"] == "FAILED"
    assert "StackSetNotFoundException" in cloudformation.answer["Reason"]


@pytest.mark.parametrize("missing", ["StackSetName", "PrimaryRegion", "SecondaryRegion"])
def test_a_missing_property_is_named(
    stack_sets: dict[str, StackSets], cloudformation: CloudFormation, missing: str
) -> None:
    properties = {name: value for name, value in PROPERTIES.items() if name != missing}
    handle(cloudformation.request("Create", properties), Context())
    assert f"property {missing} must be a non-empty string" in cloudformation.answer["Reason"]
