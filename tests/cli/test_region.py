"""``--region`` on the verbs whose stack is in one Region."""

import json
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from tests.cli.deploy_moto import published, run
from tests.regions import PRIMARY, SECONDARY


@pytest.fixture
def stacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A main stack and a web app in another Region than the default."""
    with published(monkeypatch, tmp_path):
        topic = {"Type": "AWS::SNS::Topic"}
        for name, output, value in (
            ("mraa", "Topic", "of eu-west-1"),
            ("mraa-web", "ConsoleUrl", "https://eu-west-1.test/"),
        ):
            body = {"Resources": {"T": topic}, "Outputs": {output: {"Value": value}}}
            boto3.client("cloudformation", "eu-west-1").create_stack(StackName=name, TemplateBody=json.dumps(body))
        yield


@pytest.mark.usefixtures("stacks")
def test_the_stack_is_looked_for_in_that_region(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("outputs", "Topic", "--region", "eu-west-1") == 0
    assert capsys.readouterr().out == "of eu-west-1\n"
    assert run("open", "--print", "--region", "eu-west-1") == 0
    assert "https://eu-west-1.test" in capsys.readouterr().out
    assert run("outputs", "Topic") == 2
    # it is found there, and is not ours
    assert run("webapp", "destroy", "--region", "eu-west-1", "--dry-run") == 2
    assert "Stack mraa-web in eu-west-1 was not created by this tool" in capsys.readouterr().err


@pytest.mark.usefixtures("stacks")
def test_the_secondary_region_and_two_different_ones_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("outputs", "--secondary-region", SECONDARY, "--region", SECONDARY) == 2
    assert f"{SECONDARY} is the secondary Region; the stack is in the primary, {PRIMARY}." in capsys.readouterr().err
    assert run("outputs", "--primary-region", PRIMARY, "--region", "eu-west-1") == 2
    assert "name different Regions" in capsys.readouterr().err
    assert run("outputs", "--region", "eu west") == 2
    assert "--primary-region 'eu west' is not valid" in capsys.readouterr().err
