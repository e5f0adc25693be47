"""`mraa deploy` with tags, a service role and a file of parameters, on moto."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.cli.deploy_moto import FLAGS, published, run, stacks
from tests.regions import PRIMARY

ROLE = "arn:aws:iam::123456789012:role/deployer"


@pytest.fixture(autouse=True)
def release(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    with published(monkeypatch, tmp_path):
        yield


def described() -> dict[str, Any]:
    """The main stack."""
    found: dict[str, Any] = boto3.client("cloudformation", PRIMARY).describe_stacks(StackName="mraa")["Stacks"][0]
    return found


def tags() -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in described()["Tags"]}


def test_tags_and_role_are_the_stacks_and_shown_in_the_plan(capsys: pytest.CaptureFixture[str]) -> None:
    given = ["--tags", "team=photos", "--tags", "stage=test", "--role-arn", ROLE]
    assert run("deploy", *FLAGS, *given, "--yes") == 0
    assert tags() == {"team": "photos", "stage": "test"}
    assert described()["RoleARN"] == ROLE
    said = capsys.readouterr().out
    assert "~ tags: stage=test, team=photos" in said
    assert f"~ service role: {ROLE}" in said


@pytest.mark.parametrize(
    "given",
    [["--tags", "photos"], ["--role-arn", "deployer"], ["--parameters-file", "p.json"], ["--parameters-file", "none"]],
)
def test_what_is_not_valid_ends_in_one_line_before_anything_is_asked(
    given: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "p.json").write_text('{"Fenses": "128"}')
    assert run("deploy", *FLAGS, *given, "--yes") == 2
    assert stacks() == {}
    error = capsys.readouterr().err
    assert error.startswith("Error: ")
    assert "Traceback" not in error


def test_parameters_of_a_file_are_given_and_a_flag_wins(tmp_path: Path) -> None:
    entries = {"ReplicationTimeControl": "Enabled", "ApiGatewayLoggingRole": "Create"}
    (tmp_path / "p.json").write_text(
        json.dumps([{"ParameterKey": key, "ParameterValue": value} for key, value in entries.items()])
    )
    flags = ["--parameters-file", "p.json", "--api-gateway-logging-role", "Existing"]
    assert run("deploy", *FLAGS, *flags, "--yes") == 0
    assert stacks()["mraa"]["ReplicationTimeControl"] == "Enabled"
    assert stacks()["mraa"]["ApiGatewayLoggingRole"] == "Existing"
