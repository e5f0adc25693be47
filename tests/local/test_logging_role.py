"""API Gateway's logging role belongs to the whole account: a deployment takes it from nobody."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from mraa import names
from tests.local.deploying import ACCOUNT, DELETED, Deployer
from tests.regions import PRIMARY, SECONDARY

THEIRS = f"arn:aws:iam::{ACCOUNT}:role/theirs"


@pytest.fixture
def theirs(deployer: Deployer) -> Iterator[None]:
    """Another team's role is set in the primary Region."""
    trusted = {"Effect": "Allow", "Principal": {"Service": "apigateway.amazonaws.com"}, "Action": "sts:AssumeRole"}
    iam, document = deployer.client("iam", PRIMARY), {"Version": "2012-10-17", "Statement": [trusted]}
    iam.create_role(RoleName="theirs", AssumeRolePolicyDocument=json.dumps(document))
    set_role(deployer, PRIMARY, THEIRS)
    yield
    set_role(deployer, PRIMARY, "")
    iam.delete_role(RoleName="theirs")


def set_role(deployer: Deployer, region: str, arn: str) -> None:
    patch = {"op": "replace", "path": "/cloudwatchRoleArn", "value": arn}
    deployer.client("apigateway", region).update_account(patchOperations=[patch])


def role(deployer: Deployer, region: str) -> str:
    return str(deployer.client("apigateway", region).get_account().get("cloudwatchRoleArn", ""))


def make_logging_api(deployer: Deployer, region: str) -> str:
    """Another team's API, with a stage that logs; its id."""
    gateway = deployer.client("apigateway", region)
    deployer.client("logs", region).create_log_group(logGroupName="theirs")
    api: str = gateway.create_rest_api(name="theirs")["id"]
    root = gateway.get_resources(restApiId=api)["items"][0]["id"]
    gateway.put_method(restApiId=api, resourceId=root, httpMethod="GET", authorizationType="NONE")
    gateway.put_integration(restApiId=api, resourceId=root, httpMethod="GET", type="MOCK")
    deployment = gateway.create_deployment(restApiId=api)["id"]
    gateway.create_stage(restApiId=api, stageName="prod", deploymentId=deployment)
    group = f"arn:aws:logs:{region}:{ACCOUNT}:log-group:theirs"
    patch: list[dict[str, Any]] = [
        {"op": "replace", "path": "/accessLogSettings/destinationArn", "value": group},
        {"op": "replace", "path": "/accessLogSettings/format", "value": "$context.requestId"},
    ]
    gateway.update_stage(restApiId=api, stageName="prod", patchOperations=patch)
    return api


def test_a_role_of_others_is_kept_and_ours_stays_while_others_log_by_it(deployer: Deployer, theirs: None) -> None:
    assert f"keeps it. In the console, choose another {names.LOGGING_ROLE} than Create" in deployer.mraa("doctor")
    said = deployer.mraa("deploy", "--yes")
    assert f"API Gateway in {PRIMARY} keeps logging by {THEIRS}" in said
    assert f"parameter {names.LOGGING_ROLE}: {names.LOGGING_ROLE_IN_PRIMARY}" in said
    assert role(deployer, PRIMARY) == THEIRS
    ours = role(deployer, SECONDARY)
    assert ":role/mraa/" in ours
    api = make_logging_api(deployer, SECONDARY)

    said = deployer.mraa("destroy", *DELETED, expect=1)
    assert f"API Gateway in {SECONDARY} logs by it for theirs. Set another role: aws apigateway" in said
    assert (role(deployer, PRIMARY), role(deployer, SECONDARY)) == (THEIRS, ours)

    deployer.client("apigateway", SECONDARY).delete_rest_api(restApiId=api)
    deployer.client("logs", SECONDARY).delete_log_group(logGroupName="theirs")
    assert deployer.mraa("destroy", *DELETED).rstrip().endswith("Nothing is left.")
    assert (role(deployer, PRIMARY), role(deployer, SECONDARY)) == (THEIRS, "")
