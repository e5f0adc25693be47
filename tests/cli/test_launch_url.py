"""`mraa launch-url`: no AWS call, no credentials, one line."""

import json
from pathlib import Path

import pytest

from mraa.settings import NAMES, variable
from tests.cli.deploy_moto import FLAGS, run


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", *map(variable, NAMES)):
        monkeypatch.delenv(name, raising=False)


def test_it_prints_the_main_stacks_link_with_its_parameter(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("launch-url", *FLAGS) == 0
    assert capsys.readouterr().out == (
        "https://us-east-1.console.aws.amazon.com/cloudformation/home?region=us-east-1#/stacks/create/review"
        "?templateURL=https%3A%2F%2Fcode-us-east-1.s3.us-east-1.amazonaws.com%2Fmulti-region-application-architecture"
        "%2Fv1.0.0%2Fmulti-region-application-architecture.template&stackName=mraa"
        "&param_SecondaryRegion=ap-northeast-1\n"
    )


def test_it_prints_the_web_apps_link(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("launch-url", "--web", *FLAGS, "--json") == 0
    url = json.loads(capsys.readouterr().out)["url"]
    assert url.endswith("-demo-ui.template&stackName=mraa-web&param_SolutionStackName=mraa")


@pytest.mark.parametrize(("words", "said"), [(FLAGS[:2], "--bucket-prefix"), (FLAGS[2:], "--secondary-region")])
def test_it_names_the_setting_that_is_missing(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("launch-url", *words) == 2
    assert f"{said} is not set" in capsys.readouterr().err
