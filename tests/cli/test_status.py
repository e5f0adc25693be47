"""`mraa status` for a person and for a program."""

import json
from pathlib import Path

import boto3
import pytest

from mraa.cli.status_headline import headline
from mraa.recovery.models import AppState, AppStateName, RegionView, SystemView
from tests.cli.recovery_moto import FLAGS, deployed, exit_code, nothing_deployed
from tests.regions import PRIMARY, REGIONS, SECONDARY
from tests.unit.fake_stacks import APP_ID


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_an_unknown_stack_is_one_line_and_exit_two(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with nothing_deployed(monkeypatch):
        assert exit_code(["status", *FLAGS]) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("Error: Neither us-east-1 nor ap-northeast-1 knows a deployment named mraa.\n")
    assert captured.out == ""


def test_without_a_secondary_region_it_is_usage(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert exit_code(["status"]) == 2
    error = capsys.readouterr().err
    assert "--secondary-region is not set." in error
    assert "There is no mraa.toml here: run this in the folder that has one, give --secondary-region" in error
    (tmp_path / "mraa.toml").write_text("")
    assert exit_code(["status"]) == 2
    assert "or add secondary_region to mraa.toml." in capsys.readouterr().err


def test_a_program_gets_one_json_object_with_both_regions_and_every_reason(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with deployed(monkeypatch):
        assert exit_code(["status", "--json", *FLAGS]) == 3
    (line,) = capsys.readouterr().out.splitlines()
    document = json.loads(line)
    assert (document["type"], document["appId"], document["isReady"]) == ("result", APP_ID, False)
    assert [region["region"] for region in document["regions"]] == list(REGIONS)
    for region in document["regions"]:
        assert (region["state"], region["writableRegion"], region["epoch"]) == ("active", PRIMARY, 1)
        assert (region["fences"], region["api"]) == ("agree", "no answer")
        assert region["isReachable"] is True
    assert f"{PRIMARY} (primary): API: no answer" in document["reasons"]
    assert f"{SECONDARY} (secondary): API: no answer" in document["reasons"]


def test_a_person_gets_a_table_and_a_list(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with deployed(monkeypatch):
        assert exit_code(["status", *FLAGS]) == 3
    captured = capsys.readouterr()
    assert captured.out.startswith(
        "us-east-1 is to serve writes, but: API: no answer.\nmraa  (main stack: not found)\n"
    )
    assert "us-east-1 (primary)" in captured.out
    assert "ap-northeast-1 (secondary)" in captured.out
    assert "main stack: not found" in captured.out
    assert captured.err.startswith("Error: Not ready for failover.\n")
    assert "\n       - us-east-1 (primary): API: no answer\n" in captured.err


def test_fences_that_disagree_are_counted(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with deployed(monkeypatch):
        boto3.resource("dynamodb", SECONDARY).Table(f"mraa-{APP_ID.replace('-', '')}-app-config").put_item(
            Item={"appId": f"{APP_ID}#fence#07", "writableRegion": "none", "epoch": 2}
        )
        assert exit_code(["status", "--json", *FLAGS]) == 3
    document = json.loads(capsys.readouterr().out)
    assert document["regions"][1]["fences"] == "1 of 8 fences differ from the state record"


def test_after_a_failover_the_next_move_is_the_failback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with deployed(monkeypatch, "failover", SECONDARY):
        assert exit_code(["status", *FLAGS]) == 3
    captured = capsys.readouterr()
    assert captured.err.startswith("Error: Not ready for failback.\n")
    assert captured.out.splitlines()[1] == "Next: `mraa reconcile`, then `mraa failback`."


def view(role: str, state: str = "", epoch: int = 1, *, problem: str = "") -> RegionView:
    region, writer = (PRIMARY if role == "primary" else SECONDARY), {"active": PRIMARY, "failover": SECONDARY}
    record = AppState(AppStateName(state), writer.get(state, "none"), epoch, "") if state else None
    return RegionView(region, role, is_reachable=not problem, problem=problem, state=record)


WEB_PAGE = "Listing the parameters failed: the answer is not AWS's (it is a web page)"


@pytest.mark.parametrize(
    ("primary", "secondary", "lines"),
    [
        (view("primary", "active"), view("secondary", "active"), ["us-east-1 serves writes (state active, epoch 1)."]),
        (
            view("primary", problem="no answer"),
            view("secondary", "active"),
            [
                "us-east-1 is to serve writes, but: no answer.",
                "Next: if the Region is lost, `mraa failover --unplanned`.",
            ],
        ),
        (
            view("primary", problem="no answer"),
            view("secondary", "failover", 2),
            [
                "ap-northeast-1 serves writes (state failover, epoch 2).",
                "Next: when us-east-1 is back, `mraa reconcile`, then `mraa failback`.",
            ],
        ),
        (
            view("primary", "active"),
            view("secondary", "failover", 2),
            [
                "ap-northeast-1 serves writes (state failover, epoch 2). Beware: us-east-1 accepts writes too.",
                "Next: `mraa failover` again sets the newer state in both.",
            ],
        ),
        (
            view("primary", "fenced", 2),
            view("secondary", "active"),
            [
                "No Region accepts writes: they are fenced.",
                "Next: run the failover or failback again that set the fence, or `mraa unfence` to go back.",
            ],
        ),
        (
            view("primary", problem="no answer"),
            view("secondary", problem="no answer"),
            [
                "Neither Region answers: it may be this machine's network. Check the connection, VPN, proxy, DNS and "
                "AWS_ENDPOINT_URL.",
                "If only us-east-1 is lost: `mraa failover --unplanned` asks ap-northeast-1 alone.",
            ],
        ),
        (
            view("primary", problem=WEB_PAGE),
            view("secondary", problem=WEB_PAGE),
            ["What answers is not AWS: sign in to this machine's network, or check its proxy and AWS_ENDPOINT_URL."],
        ),
    ],
    ids=["active", "lost", "failed over", "split brain", "fenced", "no network", "sign-in page"],
)
def test_it_begins_with_who_serves_and_what_comes_next(
    primary: RegionView, secondary: RegionView, lines: list[str]
) -> None:
    assert headline(SystemView(primary, secondary)) == lines
