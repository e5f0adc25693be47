"""`mraa outputs` and `mraa open`: what the stacks export, for people and scripts."""

import json
import webbrowser
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from tests.cli.deploy_moto import FLAGS, published, run
from tests.regions import PRIMARY

URL = "https://d111111abcdef8.cloudfront.net"


@pytest.fixture(autouse=True)
def release(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.delenv("MRAA_SITE_URL", raising=False)
    with published(monkeypatch, tmp_path):
        yield


def make_stack(name: str, **outputs: str) -> None:
    body = {
        "Resources": {
            "X": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Name": name, "Value": "x"}}
        },
        "Outputs": {key: {"Value": value} for key, value in outputs.items()},
    }
    boto3.client("cloudformation", PRIMARY).create_stack(StackName=name, TemplateBody=json.dumps(body))


def test_outputs_of_both_stacks_are_listed_and_one_is_printed_alone(capsys: pytest.CaptureFixture[str]) -> None:
    make_stack("mraa", SecondaryRegion="ap-northeast-1")
    make_stack("mraa-web", ConsoleUrl=URL)
    assert run("outputs", *FLAGS) == 0
    listed = capsys.readouterr().out.split()
    assert listed == ["output", "value", "SecondaryRegion", "ap-northeast-1", "ConsoleUrl", URL]
    assert run("outputs", "ConsoleUrl", *FLAGS) == 0
    assert capsys.readouterr().out == f"{URL}\n"
    assert run("outputs", "--json", *FLAGS) == 0
    assert json.loads(capsys.readouterr().out)["outputs"] == {"SecondaryRegion": "ap-northeast-1", "ConsoleUrl": URL}


def test_an_output_that_nobody_has_is_usage(capsys: pytest.CaptureFixture[str]) -> None:
    make_stack("mraa", SecondaryRegion="ap-northeast-1")
    assert run("outputs", "Nothing", *FLAGS) == 2
    assert "No stack has an output Nothing." in capsys.readouterr().err


@pytest.mark.parametrize("verb", ["outputs", "open"])
def test_without_a_stack_there_is_nothing_to_show(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(verb, *FLAGS) == 2
    assert "There is no" in capsys.readouterr().err


def test_the_web_app_is_opened_and_its_address_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opened: list[str] = []

    def remember(url: str) -> bool:
        opened.append(url)
        return True

    monkeypatch.setattr(webbrowser, "open", remember)
    make_stack("mraa-web", ConsoleUrl=URL)
    assert run("open", *FLAGS) == 0
    assert (opened, capsys.readouterr().out) == ([URL], f"{URL}\n")
    assert run("open", "--print", *FLAGS) == 0
    assert opened == [URL]


def test_without_a_browser_the_address_is_there_to_be_opened_by_hand(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(webbrowser, "open", lambda url: False)
    make_stack("mraa-web", ConsoleUrl=URL)
    assert run("open", *FLAGS) == 0
    captured = capsys.readouterr()
    assert captured.out == f"{URL}\n"
    assert "No browser could be started" in captured.err
