"""The plan of an update, as a person reads it before saying yes, on a deployment in two Regions."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from mraa.local.process import LocalCloud
from tests.local.deployer import PRIMARY, REGIONS, SECONDARY, Deployer, make_deployer
from tests.local.deploying import parameters, settled

URL = "https://code-{0}.s3.{0}.amazonaws.com/multi-region-application-architecture/v1.0.0/"


@pytest.fixture(scope="module")
def deployer(cloud: LocalCloud, client: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Deployer:
    """A deployment made without the tool, as from the console: deletion protection still off."""
    made = make_deployer(cloud, client, tmp_path_factory.mktemp("deployer"))
    made.publish()
    cloudformation = client("cloudformation", PRIMARY)
    cloudformation.create_stack(
        StackName="mraa",
        TemplateURL=URL.format(PRIMARY) + "multi-region-application-architecture.template",
        Parameters=parameters({"SecondaryRegion": SECONDARY}),
        Capabilities=["CAPABILITY_IAM"],
    )
    assert settled(cloudformation, "mraa")["StackStatus"] == "CREATE_COMPLETE"
    return made


def change_sets(deployer: Deployer) -> list[str]:
    """Every change set on every stack in both Regions."""
    found = []
    for region in REGIONS:
        cloudformation = deployer.client("cloudformation", region)
        for stack in cloudformation.describe_stacks()["Stacks"]:
            summaries = cloudformation.list_change_sets(StackName=stack["StackId"])["Summaries"]
            found += [of["ChangeSetName"] for of in summaries if of["ExecutionStatus"] == "AVAILABLE"]
    return found


def test_turning_on_deletion_protection_scares_nobody(deployer: Deployer) -> None:
    said = deployer.mraa("deploy", "--dry-run")
    assert "~ KeyValueStoreTable (AWS::DynamoDB::GlobalTable)\n" in said
    assert "    Replicas: follows " in said
    assert "replaced" not in said
    assert "REPLACED" not in said
    assert change_sets(deployer) == []


def test_a_functions_new_code_is_shown_for_each_region_and_nothing_of_the_look_stays(deployer: Deployer) -> None:
    deployer.mraa("deploy", "--yes")
    deployer.change_function("photos_api", "shown in the plan")
    deployer.publish()
    out = deployer.mraa("deploy", "--dry-run", "--json")
    (plan,) = [line for line in map(json.loads, out.splitlines()) if line["type"] == "plan"]
    steps = [step.strip() for step in plan["steps"]]
    first, second = steps.index(f"in {SECONDARY}:"), steps.index(f"in {PRIMARY}:")
    for part in (steps[first:second], steps[second:]):
        place = part.index("~ PhotosFunction (AWS::Lambda::Function)")
        assert part[place + 1].startswith('Code/S3Key: "multi-region-application-architecture/v1.0.0/photos-api-')
        assert "~ ObjectStoreBucket (AWS::S3::Bucket)" not in part
    assert change_sets(deployer) == []
    assert "Dry run" in deployer.mraa("deploy", "--dry-run")


def test_a_parameter_that_changes_buckets_and_roles_says_so_in_each_region(deployer: Deployer) -> None:
    said = deployer.mraa("deploy", "--dry-run", "--replication-time-control", "Enabled")
    assert "~ parameter ReplicationTimeControl: Disabled -> Enabled" in said
    in_primary = said[said.index(f"in {PRIMARY}:") :]
    assert "~ ObjectStoreBucket (AWS::S3::Bucket)\n" in in_primary
    assert "ReplicationConfiguration: follows " in in_primary


def test_no_changes_is_success_and_shows_no_plan(deployer: Deployer) -> None:
    deployer.mraa("deploy", "--yes")
    assert "No changes: stack mraa is as it should be." in deployer.mraa("deploy")
    assert change_sets(deployer) == []
