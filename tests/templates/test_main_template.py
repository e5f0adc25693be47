"""The main template: parameters, outputs, order of creation, the stack set."""

from pathlib import Path
from typing import Any

import pytest

from mraa import names
from mraa_local import regions
from tests.regions import PRIMARY, SECONDARY
from tests.templates.resolving import GUID, MAIN_PARAMETERS, TOKEN, Resolver, references

EXPORTED = {
    "SampleApplicationAppId",
    "PrimaryRoutingLayerApiId",
    "PrimaryPhotosApiId",
    "PrimaryObjectStoreBucket",
    "SecondaryRoutingLayerApiId",
    "SecondaryPhotosApiId",
    "SecondaryObjectStoreBucket",
    "SecondaryRegion",
}


@pytest.fixture
def resolve(main: dict[str, Any]) -> Resolver:
    return Resolver(main, MAIN_PARAMETERS)


def test_parameters_are_the_documented_ones(main: dict[str, Any]) -> None:
    defaults = {name: parameter.get("Default") for name, parameter in main["Parameters"].items()}
    assert defaults == {
        "SecondaryRegion": None,
        "ReplicationTimeControl": "Disabled",
        "Fences": "64",
        "DeletionProtection": "Disabled",
        "ApiGatewayLoggingRole": "Create",
        "PhotosRequestsPerSecond": "200",
        "PrimaryAlarmTopicArn": "",
        "SecondaryAlarmTopicArn": "",
        "Refresh": "0",
    }


def test_every_parameter_has_a_label_and_a_group(main: dict[str, Any]) -> None:
    interface = main["Metadata"]["AWS::CloudFormation::Interface"]
    grouped = [name for group in interface["ParameterGroups"] for name in group["Parameters"]]
    assert sorted(grouped) == sorted(interface["ParameterLabels"]) == sorted(main["Parameters"])


def test_outputs_are_exported_under_the_stacks_name(main: dict[str, Any], resolve: Resolver) -> None:
    outputs = main["Outputs"]
    assert set(outputs) == EXPORTED | {"AppConfigGlobalTableName"}
    exports = {name: resolve(output["Export"]["Name"]) for name, output in outputs.items() if "Export" in output}
    assert exports == {name: f"demo-{name}" for name in EXPORTED}


def test_outputs_have_the_values_that_their_names_say(main: dict[str, Any], resolve: Resolver) -> None:
    values = {name: resolve(output["Value"]) for name, output in main["Outputs"].items()}
    assert values["SampleApplicationAppId"] == GUID
    assert values["SecondaryRegion"] == SECONDARY
    assert values["AppConfigGlobalTableName"] == f"mraa-{TOKEN}-app-config"
    assert values["SecondaryPhotosApiId"] == "<OutputConsolidator.SecondaryPhotosApiId>"


def test_the_rule_rejects_the_primary_region(main: dict[str, Any]) -> None:
    [rule] = main["Rules"].values()
    [assertion] = rule["Assertions"]
    assert Resolver(main, MAIN_PARAMETERS)(assertion["Assert"]) is True
    assert Resolver(main, {**MAIN_PARAMETERS, "SecondaryRegion": PRIMARY})(assertion["Assert"]) is False


def test_the_token_is_computed_from_the_stacks_id_by_intrinsic_functions(resolve: Resolver) -> None:
    assert resolve.resource("KeyValueStoreTable")["TableName"] == f"mraa-{TOKEN}-key-value-store"


@pytest.mark.parametrize("table", ["KeyValueStoreTable", "AppConfigTable"])
def test_a_table_has_a_protected_replica_in_each_region(table: str, main: dict[str, Any]) -> None:
    protected = Resolver(main, {**MAIN_PARAMETERS, "DeletionProtection": "Enabled"}).resource(table)
    assert protected["Replicas"] == [
        {
            "Region": region,
            "DeletionProtectionEnabled": True,
            "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        }
        for region in (PRIMARY, SECONDARY)
    ]
    assert protected["BillingMode"] == "PAY_PER_REQUEST"
    assert protected["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}
    assert protected["SSESpecification"]["SSEEnabled"] is True
    open_ = Resolver(main, MAIN_PARAMETERS).resource(table)
    assert [replica["DeletionProtectionEnabled"] for replica in open_["Replicas"]] == [False, False]


def test_tables_have_the_keys_that_the_functions_use(resolve: Resolver) -> None:
    keys = {
        table: [(key["AttributeName"], key["KeyType"]) for key in resolve.resource(table)["KeySchema"]]
        for table in ("KeyValueStoreTable", "AppConfigTable")
    }
    assert keys == {"KeyValueStoreTable": [("pk", "HASH"), ("sk", "RANGE")], "AppConfigTable": [("appId", "HASH")]}


def test_the_secondary_instance_is_created_first_and_one_failure_stops_the_rest(resolve: Resolver) -> None:
    stack_set = resolve.resource("StackSet")
    assert stack_set["OperationPreferences"] == {
        "RegionOrder": [SECONDARY, PRIMARY],
        "RegionConcurrencyType": "SEQUENTIAL",
        "FailureToleranceCount": 0,
        "MaxConcurrentCount": 1,
    }
    [group] = stack_set["StackInstancesGroup"]
    assert set(group["Regions"]) == {PRIMARY, SECONDARY}
    assert group["DeploymentTargets"] == {"Accounts": ["123456789012"]}
    assert stack_set["Capabilities"] == ["CAPABILITY_IAM"]
    assert stack_set["StackSetName"] == f"mraa-{TOKEN}"


def test_the_stack_set_gives_the_regional_template_each_of_its_parameters(
    resolve: Resolver, regional: dict[str, Any]
) -> None:
    given = {each["ParameterKey"]: each["ParameterValue"] for each in resolve.resource("StackSet")["Parameters"]}
    assert set(given) == set(regional["Parameters"])
    assert given["Token"] == TOKEN
    assert given["AppId"] == GUID
    assert given["PrimaryRegion"] == PRIMARY


def test_tables_come_after_the_roles_and_the_stack_set_after_policy_and_tables(main: dict[str, Any]) -> None:
    roles = {"StackSetAdministrationRole", "StackSetExecutionRole"}
    resources = main["Resources"]
    assert roles <= references(resources["KeyValueStoreTable"])
    assert roles <= references(resources["AppConfigTable"])
    wanted = {"StackSetAdministrationRolePolicy", "KeyValueStoreTable", "AppConfigTable"}
    assert wanted <= references(resources["StackSet"])
    assert "StackSet" in references(resources["OutputConsolidator"])


def test_the_execution_role_trusts_only_the_administration_role(main: dict[str, Any], resolve: Resolver) -> None:
    [statement] = resolve.resource("StackSetExecutionRole")["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"AWS": "arn:aws:iam::123456789012:root"}
    assert statement["Condition"] == {"ArnEquals": {"aws:PrincipalArn": "<StackSetAdministrationRole.Arn>"}}


@pytest.mark.parametrize(
    ("primary", "secondary", "own"),
    [
        (PRIMARY, SECONDARY, []),
        (PRIMARY, "ap-east-1", ["ap-east-1"]),
        ("me-central-1", "ap-east-1", ["me-central-1", "ap-east-1"]),
        (PRIMARY, "xx-new-1", ["xx-new-1"]),  # a Region opened after this release is disabled by default too
        ("us-gov-west-1", "us-gov-east-1", []),
    ],
)
def test_the_administration_role_trusts_the_principals_of_regions_that_are_disabled_by_default(
    main: dict[str, Any], primary: str, secondary: str, own: list[str]
) -> None:
    partition = "aws-us-gov" if primary.startswith("us-gov") else "aws"
    resolve = Resolver(main, MAIN_PARAMETERS | {"SecondaryRegion": secondary, "AWS::Partition": partition}, primary)
    [statement] = resolve.resource("StackSetAdministrationRole")["AssumeRolePolicyDocument"]["Statement"]
    expected = ["cloudformation.amazonaws.com", *(f"cloudformation.{region}.amazonaws.com" for region in own)]
    assert statement["Principal"] == {"Service": expected}


def test_regions_that_accounts_have_by_default_are_the_same_everywhere() -> None:
    assert set(names.DEFAULT_REGIONS) == regions.DEFAULT


def test_the_execution_role_is_where_stack_sets_looks_for_it(resolve: Resolver) -> None:
    """StackSets builds the role's ARN from its name only."""
    assert "Path" not in resolve.resource("StackSetExecutionRole")
    assert resolve.resource("StackSet")["ExecutionRoleName"] == "<StackSetExecutionRole>"


def test_roles_need_no_names_of_their_own(
    main: dict[str, Any], regional: dict[str, Any], demo_ui: dict[str, Any]
) -> None:
    for template in (main, regional, demo_ui):
        roles = [r["Properties"] for r in template["Resources"].values() if r["Type"] == "AWS::IAM::Role"]
        assert roles
        assert not [role for role in roles if "RoleName" in role]


def test_the_documented_update_that_enables_deletion_protection_keeps_every_other_parameter(
    main: dict[str, Any],
) -> None:
    """An omitted parameter would fall back to its default."""
    text = (Path(__file__).parents[2] / "docs" / "deploying.md").read_text(encoding="utf-8")
    command = text.partition("aws cloudformation update-stack --stack-name mraa")[2].partition("\n\n")[0]
    assert {name for name in main["Parameters"] if name in command} == set(main["Parameters"])
