"""The first hour of an administrator: the documented create-stack in a fresh account, then the tool."""

import pytest

from tests.acceptance.conftest import Launch
from tests.acceptance.shell import Shell


def test_the_documented_create_stack_creates_both_regions(shell: Shell, launch: Launch) -> None:
    """The documented `create-stack` with `CAPABILITY_IAM` and one parameter creates both Regions.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html
    """
    assert launch.stack["StackStatus"] == "CREATE_COMPLETE", launch.reasons
    outputs = {of["OutputKey"] for of in launch.stack["Outputs"]}
    assert {"SampleApplicationAppId", "PrimaryPhotosApiId", "SecondaryPhotosApiId", "SecondaryRegion"} <= outputs
    assert shell.instances() == dict.fromkeys(shell.target.regions, "CURRENT")
    for region in shell.target.regions:
        shell.eventually(
            lambda region=region: shell.state(region) == "active",  # type: ignore[misc]
            shell.target.limits.replicated_s,
            f"{region} says that the application is active",
        )


def test_a_fresh_account_gets_the_logging_role_that_api_gateway_needs(shell: Shell, launch: Launch) -> None:
    """A fresh account passes the preflight, and gets API Gateway's logging role in both Regions.

    Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
    """
    if shell.target.logging_regions:
        pytest.skip("API Gateway of this account has a logging role already, which is kept")
    assert "earlier stacks" not in launch.preflight
    for region in shell.target.regions:
        role = shell.client("apigateway", region).get_account()["cloudwatchRoleArn"]
        assert ":role/mraa/" in role


def test_the_tool_takes_over_what_the_command_created(deployed: Shell) -> None:
    """`mraa deploy` takes over a stack that it did not create, protects its tables, and then finds no changes.

    Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithTables.Basics.html
    """
    for region in deployed.target.regions:
        facts, tables = deployed.facts(region), deployed.client("dynamodb", region)
        for name in (facts["keyValueStoreTable"], facts["appConfigTable"]):
            assert tables.describe_table(TableName=name)["Table"]["DeletionProtectionEnabled"], (region, name)
    assert "No changes." in deployed.mraa("deploy", "--yes")
