"""`mraa reconcile` and `mraa history` when something is missing."""

import json
from pathlib import Path

import boto3
import pytest

from mraa.cli import ui
from tests.cli.recovery_moto import FLAGS, deployed, exit_code, nothing_deployed
from tests.regions import PRIMARY, REGIONS
from tests.unit.fake_cloud import CONFIG
from tests.unit.fake_stacks import APP_ID


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("verb", ["reconcile", "history"])
def test_an_unknown_stack_is_one_line_and_exit_two(
    verb: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with nothing_deployed(monkeypatch):
        assert exit_code([verb, *FLAGS]) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("Error: us-east-1 knows no deployment named mraa.\n")
    assert captured.out == ""


def test_a_limit_of_nothing_is_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["history", "--limit", "0", *FLAGS]) == 2
    assert "Invalid value for '--limit'" in capsys.readouterr().err


def test_tables_that_are_gone_are_named_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with deployed(monkeypatch):
        assert exit_code(["reconcile", *FLAGS]) == 1  # there is a state, and no key-value store
    error = capsys.readouterr().err
    assert "ResourceNotFoundException" in error
    assert "Traceback" not in error


def test_the_history_shows_an_unknown_duration_as_such(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with deployed(monkeypatch):
        for region in REGIONS:
            table = boto3.resource("dynamodb", region).Table(CONFIG)
            for epoch, at in ((255, "08:00:00.000"), (256, "08:00:04.500")):
                table.put_item(
                    Item={
                        "appId": f"{APP_ID}#history#{PRIMARY}#{epoch % 256}",
                        "state": "fenced",
                        "writableRegion": "none",
                        "epoch": epoch,
                        "updatedAt": f"2026-11-23T{at}Z",
                        "updatedBy": "ana",
                        "reason": "",
                        "previousState": "active",
                    }
                )
        assert exit_code(["history", *FLAGS]) == 0
        shown = capsys.readouterr().out.splitlines()
        assert exit_code(["history", "--json", *FLAGS]) == 0
    assert len(shown) == 3
    assert shown[1].split() == [
        "255",
        "2026-11-23T08:00:00.000Z",
        "fenced",
        "none",
        PRIMARY,
        "?",
        "4.5",
        "s",
        "ana",
        "-",
    ]
    document = json.loads(capsys.readouterr().out)
    assert [(change["epoch"], change["lastedS"], change["tookMs"]) for change in document["changes"]] == [
        (255, 4.5, None),
        (256, None, None),
    ]
    assert document["problems"] == {}


@pytest.mark.parametrize("width", [80, 40])
def test_the_history_is_readable_on_a_narrow_terminal(
    width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(ui, "_PLAIN_WIDTH", width)
    with deployed(monkeypatch):
        table = boto3.resource("dynamodb", PRIMARY).Table(CONFIG)
        table.put_item(
            Item={
                "appId": f"{APP_ID}#history#{PRIMARY}#4",
                "state": "fenced",
                "writableRegion": "none",
                "epoch": 4,
                "updatedAt": "2026-11-23T08:00:00.000Z",
                "updatedBy": "arn:aws:iam::123456789012:user/on-call [8591296b.1]",
                "reason": "maintenance of the network in us-east-1, announced",
                "tookMs": 1418,
            }
        )
        assert exit_code(["history", *FLAGS]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= width
    told = "".join("".join(lines).split())
    for part in (
        "4 fenced, writable: none, 2026-11-23T08:00:00.000Z",
        "took 1418 ms, set in us-east-1",
        "by arn:aws:iam::123456789012:user/on-call [8591296b.1]",
        "reason: maintenance of the network in us-east-1, announced",
    ):
        assert part.replace(" ", "") in told
