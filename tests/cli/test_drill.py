"""`mraa drill` before it asks AWS anything: what it refuses, and a dry run."""

import json
import os
from pathlib import Path

import pytest

from tests.cli.recovery_moto import FLAGS, deployed, exit_code

DRILL = ["drill", "--against-aws", *FLAGS]


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MRAA_FAULT_URL", raising=False)


@pytest.mark.parametrize("consent", ["--yes", "--dry-run"])
@pytest.mark.parametrize("kind", ["file", "file above", "dangling link", "read-only folder"])
def test_an_output_that_takes_no_report_is_one_line_and_exit_two(
    kind: str, consent: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "report"
    match kind:
        case "file" | "file above":
            output.write_text("")
        case "dangling link":
            output.symlink_to(tmp_path / "nowhere")
        case "read-only folder":
            output.mkdir(mode=0o555)
            if os.access(output, os.W_OK):
                pytest.skip("root may write everywhere")
    given = output / "inner" if kind == "file above" else output
    assert exit_code([*DRILL, "--output", str(given), consent]) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("Error: ")
    assert str(given) in captured.err
    assert captured.out == ""
    assert list(tmp_path.iterdir()) == [output]


def test_a_dry_run_shows_the_plan_and_makes_no_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code([*DRILL, "--phase", "3", "--dry-run", "--json"]) == 0
    plan, result = map(json.loads, capsys.readouterr().out.splitlines())
    assert "fail over to ap-northeast-1: fence, drain, switch, verify" in plan["steps"]
    assert {key: result[key] for key in ("type", "changed", "isDryRun")} == {
        "type": "result",
        "changed": False,
        "isDryRun": True,
    }
    assert list(tmp_path.iterdir()) == []


def test_a_system_that_is_not_ready_gets_no_report_and_keeps_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "drill").mkdir()
    (tmp_path / "drill" / "drill.json").write_text("{}")
    with deployed(monkeypatch, state="failover"):
        assert exit_code([*DRILL, "--yes", "--json"]) == 3
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert result["error"]["code"] == "notReady"
    assert "a drill begins and ends in active" in result["error"]["message"]
    assert [path.read_text() for path in (tmp_path / "drill").iterdir()] == ["{}"]


def test_the_drill_takes_the_drain_timeout_that_its_own_hints_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code([*DRILL, "--drain-timeout", "nan", "--dry-run"]) == 2
    assert "is not a number between 0 and 86,400 seconds" in capsys.readouterr().err
    assert exit_code([*DRILL, "--drain-timeout", "40", "--dry-run"]) == 0
