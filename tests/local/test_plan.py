"""The plan of an update, as a person reads it before confirming, on a deployment in two Regions."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from mraa import names
from mraa.aws import Aws, Clock
from mraa.cli.main import main
from mraa.errors import AwsError
from mraa.stacks import describe
from mraa.stacks.deployer import regional
from mraa.stacks.models import ChangeSet, ResourceChange, StackRequest
from mraa_local.process import LocalCloud
from tests.local.deploying import ACCOUNT, Deployer, eventually, make_deployer, parameters, settled
from tests.regions import PRIMARY, REGIONS, SECONDARY

URL = "https://code-{0}.s3.{0}.amazonaws.com/multi-region-application-architecture/v1.0.0/"


@pytest.fixture(scope="module")
def deployer(cloud: LocalCloud, client: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Deployer:
    """A deployment created without the tool, as from the console: deletion protection still disabled."""
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


def test_enabling_deletion_protection_is_not_shown_as_a_replacement(deployer: Deployer) -> None:
    said = deployer.mraa("deploy", "--dry-run")
    assert "~ KeyValueStoreTable (AWS::DynamoDB::GlobalTable)\n" in said
    assert "    Replicas/0/DeletionProtectionEnabled: false -> true\n" in said
    assert "replaced" not in said
    assert "REPLACED" not in said
    assert change_sets(deployer) == []


def test_a_functions_new_code_is_shown_for_each_region_and_no_change_set_is_left(deployer: Deployer) -> None:
    deployer.mraa("deploy", "--yes")
    deployer.change_function("photos_api", "shown in the plan")
    deployer.publish()
    out = deployer.mraa("deploy", "--dry-run", "--json")
    (plan,) = [line for line in map(json.loads, out.splitlines()) if line["type"] == "plan"]
    steps = [step.strip() for step in plan["steps"]]
    first, second = steps.index(f"in {SECONDARY}:"), steps.index(f"in {PRIMARY}:")
    for part in (steps[first:second], steps[second:]):
        place = part.index("~ PhotosFunction (AWS::Lambda::Function)")
        assert part[place + 1].startswith("Code/S3Key: multi-region-application-architecture/v1.0.0/photos-api-")
        assert "~ ObjectStoreBucket (AWS::S3::Bucket)" not in part
    # its condition is false in the secondary Region
    reverse = "~ ReverseReplication (Custom::ReverseReplication)"
    assert (reverse in steps[first:second], reverse in steps[second:]) == (False, True)
    assert change_sets(deployer) == []
    assert "Dry run" in deployer.mraa("deploy", "--dry-run")


def orphan(deployer: Deployer, region: str) -> None:
    """Somebody removes a Region from the stack set, retaining its stack."""
    deployer.delete_instance(region, retains=True)
    assert eventually(lambda: region not in deployer.instances())


def test_orphaned_instances_are_reported_by_doctor_and_drift_and_reimported_by_deploy(deployer: Deployer) -> None:
    deployer.mraa("deploy", "--yes")
    for region in REGIONS:
        orphan(deployer, region)
    assert deployer.instances() == {}
    examined = deployer.mraa("doctor")
    drifted = deployer.mraa("drift", expect=3)
    for region in REGIONS:
        assert f"~ stack instance in {region} (orphaned) will be re-imported" in examined
        assert f"✗ {region}  mraa-" in drifted
    assert "the stack set has no instance in this Region" in drifted
    said = deployer.mraa("deploy", "--yes", "--replication-time-control", "Enabled")
    assert "the stack instance is orphaned: it will be updated" in said
    assert deployer.instances() == {PRIMARY: "CURRENT", SECONDARY: "CURRENT"}
    deployer.mraa("deploy", "--yes", "--replication-time-control", "Disabled")
    assert deployer.result("deploy", "--yes")["action"] == "unchanged"


def test_an_instance_repaired_in_the_meantime_is_not_repaired_again(
    deployer: Deployer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    deployer.mraa("deploy", "--yes")
    orphan(deployer, SECONDARY)
    for name, value in deployer.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(deployer.folder)

    def confirm(*_: Any) -> bool:
        deployer.mraa("deploy", "--yes")
        return True

    monkeypatch.setattr("mraa.cli.ui.Ui.confirm", confirm)
    with pytest.raises(SystemExit) as refused:
        main(["deploy"])
    assert refused.value.code == 1
    assert "A stack instance was repaired or changed in the meantime." in capsys.readouterr().err
    assert deployer.instances() == {PRIMARY: "CURRENT", SECONDARY: "CURRENT"}


def test_without_a_change_set_the_templates_are_compared(
    deployer: Deployer, cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As for an operator who may deploy the main stack and has no permissions on the stack set's own stacks."""
    deployer.mraa("deploy", "--yes")
    deployer.change_function("photos_api", "seen in the templates")
    deployer.publish()
    for name, value in cloud.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(deployer.folder)

    def refused(*_: Any, **__: Any) -> None:
        raise AwsError("not authorized to perform cloudformation:CreateChangeSet")

    monkeypatch.setattr("mraa.stacks.deployer.regional.execute.create_change_set", refused)
    aws, clock = Aws(), Clock()
    stack = describe.find_stack(aws, PRIMARY, "mraa")
    assert stack is not None
    url = URL.format(PRIMARY) + names.MAIN_TEMPLATE
    request = StackRequest("mraa", PRIMARY, url, {}, (SECONDARY, PRIMARY))
    template = json.loads((deployer.folder / "release" / "global-s3-assets" / names.MAIN_TEMPLATE).read_text())
    changes = ChangeSet("", "", PRIMARY, False, (ResourceChange("Modify", "StackSet", describe.STACK_SET_TYPE),))
    for found in regional.plans(aws, clock, request, stack, changes, template, []):
        assert found.lines[0].startswith("from the templates alone, without dependent changes (no change set: not a")
        assert found.lines[1] == "~ PhotosFunction (AWS::Lambda::Function)"
        assert found.lines[2].startswith("    Code/S3Key: multi-region-application-architecture/v1.0.0/photos-api-")
        assert len(found.lines) == 3
        assert [of.logical_id for of in found.changes] == ["PhotosFunction"]
    request = replace(request, parameters={"ReplicationTimeControl": "Enabled"})
    for found in regional.plans(aws, clock, request, stack, changes, template, []):
        assert found.lines[1] == "changes caused by parameter ReplicationTimeControl are unknown"


def test_a_parameter_that_changes_buckets_and_roles_says_so_in_each_region(deployer: Deployer) -> None:
    said = deployer.mraa("deploy", "--dry-run", "--replication-time-control", "Enabled")
    assert "~ parameter ReplicationTimeControl: Disabled -> Enabled" in said
    in_primary = said[said.index(f"in {PRIMARY}:") :]
    assert "~ ObjectStoreBucket (AWS::S3::Bucket)\n" in in_primary
    rule = "ReplicationConfiguration/Rules/0/Destination"
    assert f'{rule}/ReplicationTime: none -> {{"Status":"Enabled","Time":{{"Minutes":15}}}}\n' in in_primary
    in_secondary = said[said.index(f"in {SECONDARY}:") : said.index(f"in {PRIMARY}:")]
    assert "~ ObjectStoreBucket" not in in_secondary


def test_a_parameter_that_turns_a_condition_shows_what_it_removes_in_each_region(deployer: Deployer) -> None:
    said = deployer.mraa("deploy", "--dry-run", "--api-gateway-logging-role", "Existing")
    for region in REGIONS:
        lines = said[said.index(f"in {region}:") :].splitlines()[1:4]
        assert "    - ApiGatewayAccount (AWS::ApiGateway::Account)" in lines, said
    assert change_sets(deployer) == []


def test_no_changes_is_success_and_shows_no_plan(deployer: Deployer) -> None:
    deployer.mraa("deploy", "--yes")
    assert "No changes." in deployer.mraa("deploy")
    assert change_sets(deployer) == []


def test_a_plan_deletes_the_change_sets_that_a_killed_run_left(deployer: Deployer) -> None:
    cloudformation = deployer.client("cloudformation", PRIMARY)
    stacks = cloudformation.describe_stacks()["Stacks"]
    (stack,) = [of for of in stacks if of["StackName"].startswith("StackSet-")]
    values = {of["ParameterKey"]: of["ParameterValue"] for of in stack["Parameters"]}
    values["ReplicationTimeControl"] = "Enabled"
    for name in ("mraa-20261123000000-abc123", "somebody-elses"):
        cloudformation.create_change_set(
            StackName=stack["StackId"],
            ChangeSetName=name,
            UsePreviousTemplate=True,
            Parameters=parameters(values),
            Capabilities=["CAPABILITY_IAM"],
        )
    assert eventually(lambda: len(change_sets(deployer)) == 2)
    deployer.mraa("deploy", "--dry-run", "--replication-time-control", "Enabled")
    assert change_sets(deployer) == ["somebody-elses"]
    cloudformation.delete_change_set(StackName=stack["StackId"], ChangeSetName="somebody-elses")


@pytest.mark.parametrize("has_changes", [False, True])
@pytest.mark.parametrize("left", ["INOPERABLE", "orphaned"])
def test_an_instance_that_updates_skip_is_reimported_with_its_stack_unchanged(
    deployer: Deployer, left: str, *, has_changes: bool
) -> None:
    deployer.mraa("deploy", "--yes")
    (stack,) = deployer.client("cloudformation", SECONDARY).describe_stacks()["Stacks"]
    stack_id = stack["StackId"]
    protection = deployer.client("cloudformation", SECONDARY).update_termination_protection
    protection(StackName=stack_id, EnableTerminationProtection=True)
    deployer.delete_instance(SECONDARY, retains=left == "orphaned")
    expected = {PRIMARY: "CURRENT"} | ({SECONDARY: left} if left == "INOPERABLE" else {})
    assert eventually(lambda: deployer.instances() == expected)
    if has_changes:
        deployer.change_function("photos_api", f"while the instance is {left}")
        deployer.publish()
    said = deployer.mraa("deploy", "--dry-run")
    assert f"~ stack instance in {SECONDARY} ({left}" in said
    assert "will be re-imported into the stack set; stack StackSet-mraa-" in said
    assert deployer.instances() == expected
    assert deployer.result("deploy", "--yes")["action"] == "updated"
    assert deployer.instances() == {PRIMARY: "CURRENT", SECONDARY: "CURRENT"}
    protection(StackName=stack_id, EnableTerminationProtection=False)
    codes = {
        function["CodeSha256"]
        for region in REGIONS
        for function in deployer.client("lambda", region).list_functions()["Functions"]
        if "photos-api" in function["FunctionName"]
    }
    assert len(codes) == 1
    assert deployer.result("deploy", "--yes")["action"] == "unchanged"


def test_a_stack_instance_that_is_behind_is_brought_up_to_date_by_the_next_deploy(deployer: Deployer) -> None:
    deployer.mraa("deploy", "--yes")
    cloudformation = deployer.client("cloudformation", PRIMARY)
    name = deployer.stack_set()
    described = cloudformation.describe_stack_set(StackSetName=name)["StackSet"]
    # an administrator updates one Region only: the other one is behind from then on
    cloudformation.update_stack_set(
        StackSetName=name,
        UsePreviousTemplate=True,
        Parameters=described["Parameters"],
        Capabilities=["CAPABILITY_IAM"],
        AdministrationRoleARN=described["AdministrationRoleARN"],
        ExecutionRoleName=described["ExecutionRoleName"],
        Accounts=[ACCOUNT],
        Regions=[PRIMARY],
    )

    eventually(lambda: deployer.instances()[PRIMARY] == "CURRENT", limit_s=60)
    assert deployer.instances()[SECONDARY] == "OUTDATED"
    assert f"~ stack instance in {SECONDARY} (OUTDATED" in deployer.mraa("deploy", "--dry-run")
    assert deployer.instances()[SECONDARY] == "OUTDATED"
    assert deployer.result("deploy", "--yes")["action"] == "updated"
    assert set(deployer.instances().values()) == {"CURRENT"}
    assert deployer.result("deploy", "--yes")["action"] == "unchanged"
