"""``--json``: one object a line with type and time, the last one the result, with the error if there was one."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import pytest

from mraa.cli import json_lines
from mraa.errors import AwsError, DeclinedError, MraaError, NotReadyError, StateConflictError, UnreachableError
from tests.cli.recovery_moto import FLAGS, deployed, exit_code, nothing_deployed
from tests.help_texts import leaves

# it runs the other verbs, for a person to watch
WITHOUT_JSON = {("demo",)}


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def printed(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """Every line of standard output, each checked for its type and time."""
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    for line in lines:
        assert line["type"] in {"event", "plan", "result"}
        assert line["at"].endswith("Z")
        assert abs((datetime.now(UTC) - datetime.fromisoformat(line["at"])).total_seconds()) < 60
    assert [line["type"] for line in lines].count("result") == 1
    assert lines[-1]["type"] == "result"
    return lines


def test_every_verb_speaks_json() -> None:
    without = {words for words, command in leaves() if "as_json" not in {p.name for p in command.params}}
    assert without == WITHOUT_JSON


def test_an_error_of_the_command_line_is_an_object(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["failover", "--json", "--drain-timeout", "nan"]) == 2
    (line,) = printed(capsys)
    assert line["error"] == {
        "code": "usage",
        "message": "Invalid value for '--drain-timeout': 'nan' is not a number between 0 and 86,400 seconds.",
        "hint": "See `mraa failover --help`.",
        "exitCode": 2,
    }


def test_an_unknown_verb_is_an_object(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["nonsense", "--json"]) == 2
    assert printed(capsys)[-1]["error"]["message"] == "No such command 'nonsense'."


def test_an_error_of_a_verb_is_an_object_and_a_line_for_a_person(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with nothing_deployed(monkeypatch):
        assert exit_code(["status", "--json", *FLAGS]) == 2
    captured = capsys.readouterr()
    error = json.loads(captured.out)["error"]
    assert (error["code"], error["exitCode"]) == ("usage", 2)
    assert captured.err.startswith(f"Error: {error['message']}\n")


def test_a_verb_that_is_not_ready_has_its_result_and_why(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with deployed(monkeypatch):
        assert exit_code(["status", "--json", *FLAGS]) == 3
    result = printed(capsys)[-1]
    assert result["isReady"] is False
    assert (result["error"]["code"], result["error"]["exitCode"]) == ("notReady", 3)
    assert result["error"]["hint"].splitlines() == [f"- {reason}" for reason in result["reasons"]]


def test_a_dry_run_ends_with_a_result(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with deployed(monkeypatch):
        assert exit_code(["fence", "--dry-run", "--json", *FLAGS]) == 0
    plan, result = printed(capsys)
    assert plan["type"] == "plan"
    assert (result["changed"], result["isDryRun"]) == (False, True)


def test_without_json_nothing_of_it_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["failover", "--drain-timeout", "nan"]) == 2
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (MraaError("m"), "failed"),
        (StateConflictError("m"), "stateConflict"),
        (NotReadyError("m"), "notReady"),
        (DeclinedError("m"), "declined"),
        (UnreachableError("m"), "unreachable"),
        (KeyboardInterrupt(), "interrupted"),
        (click.UsageError("m"), "usage"),
        (OSError(28, "No space left on device", "/x"), "system"),
        (ZeroDivisionError("m"), "bug"),
    ],
)
def test_each_error_has_one_code(error: BaseException, code: str) -> None:
    document = json_lines.error_document(error)
    assert document["code"] == code
    assert set(document) == {"code", "message", "hint", "exitCode"}


def test_a_refusal_by_aws_keeps_awss_code() -> None:
    document = json_lines.error_document(AwsError("m", code="AccessDenied"))
    assert (document["code"], document["awsCode"]) == ("aws", "AccessDenied")
