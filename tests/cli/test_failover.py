"""The verbs that change the state, up to the confirmation: nothing is changed before."""

import json
from pathlib import Path

import boto3
import pytest

from mraa.aws import Aws
from mraa.cli import recovery_options
from mraa.errors import MraaError
from mraa.recovery.application import Application
from mraa.recovery.runbook.operator import Operator
from tests.cli.recovery_moto import FLAGS, deployed, exit_code, nothing_deployed
from tests.regions import PRIMARY, REGIONS
from tests.unit.fake_cloud import CONFIG
from tests.unit.fake_stacks import APP_ID


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def epochs() -> set[int]:
    """What the records say: 1 as long as nothing was changed."""
    tables = [boto3.resource("dynamodb", region).Table(CONFIG) for region in REGIONS]
    return {int(table.get_item(Key={"appId": APP_ID})["Item"]["epoch"]) for table in tables}


VERBS = [["fence"], ["failover", "--force"], ["failover", "--unplanned"]]


@pytest.mark.parametrize("words", VERBS, ids=" ".join)
def test_a_dry_run_shows_the_plan_and_changes_nothing(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with deployed(monkeypatch):
        assert exit_code([*words, "--dry-run", *FLAGS]) == 0
        assert epochs() == {1}
    out = capsys.readouterr().out
    assert "  1. " in out
    assert "Dry run; no changes made." in out


@pytest.mark.parametrize("words", VERBS, ids=" ".join)
def test_without_a_terminal_and_without_yes_nothing_is_changed(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with deployed(monkeypatch):
        assert exit_code([*words, *FLAGS]) == 2
        assert epochs() == {1}
    assert "Give --yes" in capsys.readouterr().err


def test_the_plan_of_a_failover_names_each_step_and_region(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with deployed(monkeypatch):
        exit_code(["failover", "--force", "--dry-run", "--json", *FLAGS])
    plan = json.loads(capsys.readouterr().out.splitlines()[0])
    assert plan["type"] == "plan"
    assert [line.split()[1] for line in plan["steps"]] == ["fence", "drain", "switch", "verify"]
    assert "set fenced in us-east-1" in plan["steps"][0]
    assert "set failover in ap-northeast-1" in plan["steps"][2]


def test_a_failover_to_a_region_that_is_not_healthy_is_not_ready(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with deployed(monkeypatch):
        assert exit_code(["failover", "--yes", *FLAGS]) == 3
        assert epochs() == {1}
    assert "The API in ap-northeast-1 is not healthy: no answer." in capsys.readouterr().err


def test_nothing_to_do_is_success(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with deployed(monkeypatch):
        assert exit_code(["unfence", "--json", *FLAGS]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document.pop("at")
    assert document == {
        "type": "result",
        "changed": False,
        "state": "active",
        "epoch": 1,
        "writableRegion": PRIMARY,
    }


@pytest.mark.parametrize("words", [["fence"], ["unfence"], ["failover"], ["failover", "--unplanned"], ["failback"]])
def test_an_unknown_stack_is_one_line_and_exit_two(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with nothing_deployed(monkeypatch):
        assert exit_code([*words, "--yes", *FLAGS]) == 2
    error = capsys.readouterr().err
    assert "no deployment named mraa" in error or "knows a deployment named mraa" in error
    assert "Traceback" not in error


def test_an_unplanned_failover_takes_no_force(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["failover", "--unplanned", "--force", *FLAGS]) == 2
    assert "--unplanned takes no --force" in capsys.readouterr().err


def test_a_failback_without_a_failover_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with deployed(monkeypatch):
        assert exit_code(["failback", "--dry-run", *FLAGS]) == 0
    out = capsys.readouterr().out
    assert "1. verify" in out
    assert "switch" not in out


def test_an_unplanned_failover_is_recorded_as_the_identity_that_made_it(monkeypatch: pytest.MonkeyPatch) -> None:
    operators = []

    def keep(aws: Aws, application: Application, infos: object, operator: Operator, *_: object, **__: object) -> None:
        operators.append(operator)
        raise MraaError("far enough")

    monkeypatch.setattr(recovery_options, "Executor", keep)
    with deployed(monkeypatch):
        assert exit_code(["failover", "--unplanned", "--yes", "--reason", "why", *FLAGS]) == 1
    (operator,) = operators
    assert operator.name == "arn:aws:sts::123456789012:user/moto"
    assert operator.reason == "why"
