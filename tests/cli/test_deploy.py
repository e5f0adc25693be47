"""`mraa deploy` as a person or a script runs it, on moto."""

from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from mraa import names
from tests.cli.deploy_moto import FLAGS, foreign_stack, json_lines, published, run, stacks
from tests.local.deploying import copy_sources
from tests.regions import SECONDARY
from tests.unit.stacks_moto import PREFIX, make_bucket


@pytest.fixture(autouse=True)
def release(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    with published(monkeypatch, tmp_path):
        yield


def test_a_first_deploy_creates_the_stack_protects_its_tables_and_writes_the_settings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("deploy", *FLAGS, "--yes") == 0
    assert stacks()["mraa"]["SecondaryRegion"] == SECONDARY
    assert stacks()["mraa"]["DeletionProtection"] == "Enabled"
    said = capsys.readouterr().out
    assert "Create stack mraa in us-east-1 and its stack instances in ap-northeast-1 and us-east-1" in said
    assert "then an update: enable deletion protection of the tables" in said
    assert "Stack mraa created in" in said
    assert f'secondary_region = "{SECONDARY}"' in (tmp_path / "mraa.toml").read_text()


def test_the_settings_written_are_enough_for_the_next_run_which_keeps_the_parameters() -> None:
    assert run("deploy", *FLAGS, "--replication-time-control", "Enabled", "--yes") == 0
    assert run("deploy", "--api-gateway-logging-role", "Existing", "--yes") == 0
    assert stacks()["mraa"] == {
        "SecondaryRegion": SECONDARY,
        "ReplicationTimeControl": "Enabled",
        "DeletionProtection": "Enabled",
        "ApiGatewayLoggingRole": "Existing",
    }


def test_a_dry_run_leaves_no_stack_and_no_settings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("deploy", *FLAGS, "--dry-run") == 0
    assert stacks() == {}
    assert list(tmp_path.iterdir()) == []
    assert "+ State (AWS::SSM::Parameter)" in capsys.readouterr().out


def test_without_a_terminal_and_without_yes_it_exits_two_without_changes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("deploy", *FLAGS) == 2
    assert stacks() == {}
    assert list(tmp_path.iterdir()) == []
    assert "Give --yes" in capsys.readouterr().err


def test_json_is_one_object_a_line_ending_in_the_result(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("deploy", *FLAGS, "--yes", "--json") == 0
    lines = json_lines(capsys.readouterr().out)
    assert [line["type"] for line in lines if line["type"] != "event"] == ["plan", "result"]
    result = lines[-1]
    assert (result["action"], result["stackName"], result["status"]) == ("created", "mraa", "UPDATE_COMPLETE")


def test_detached_it_says_how_to_follow_and_what_is_left_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("deploy", *FLAGS, "--yes", "--detach") == 0
    said = capsys.readouterr().out
    assert "Follow it: mraa deploy" in said
    assert "run `mraa deploy` again to enable deletion protection of the tables" in said
    assert stacks()["mraa"]["DeletionProtection"] == "Disabled"
    assert run("deploy", *FLAGS, "--attach") == 0
    assert "Run `mraa deploy` again to enable deletion protection of the tables." in capsys.readouterr().out
    assert run("deploy", *FLAGS, "--yes") == 0
    assert stacks()["mraa"]["DeletionProtection"] == "Enabled"
    capsys.readouterr()
    assert run("deploy", *FLAGS, "--attach") == 0
    assert "deletion protection" not in capsys.readouterr().out


def test_another_secondary_region_for_an_existing_stack_is_rejected(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("deploy", *FLAGS, "--yes") == 0
    before = stacks()
    # the release is there too: only the stack forbids it
    make_bucket("code-eu-west-1", "eu-west-1")
    key = f"{PREFIX}/{names.MAIN_TEMPLATE}"
    boto3.client("s3", "eu-west-1").put_object(Bucket="code-eu-west-1", Key=key, Body=b"{}")
    assert run("deploy", "--secondary-region", "eu-west-1", "--bucket-prefix", "code", "--yes") == 2
    assert stacks() == before
    assert "fixed for the life of a stack" in capsys.readouterr().err


def test_a_stack_of_that_name_that_is_not_ours_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    foreign_stack("mraa")
    assert run("deploy", *FLAGS, "--yes") == 2
    assert stacks() == {"mraa": {}}
    assert "not created by this tool" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--bucket-prefix", "code"], "--secondary-region is not set"),
        (["--secondary-region", SECONDARY], "--bucket-prefix is not set"),
        ([*FLAGS, "--primary-region", SECONDARY], "are the same"),
        (["--secondary-region", "ap-nowhere-1", "--bucket-prefix", "code"], "no Region 'ap-nowhere-1'"),
        (["--secondary-region", SECONDARY, "--bucket-prefix", "other"], "Bucket other-us-east-1 does not exist"),
        (["--secondary-region", SECONDARY, "--bucket-prefix", "Code"], "--bucket-prefix 'Code' is not valid"),
        ([*FLAGS, "--solution-version", "v1/2"], "--solution-version 'v1/2' is not valid"),
        ([*FLAGS, "--solution-version", "v9"], "No release in s3://code-us-east-1/"),
        ([*FLAGS, "--profile", "nobody"], "profile 'nobody' does not exist"),
        ([*FLAGS, "--replication-time-control", "Sometimes"], "'Sometimes' is not one of"),
    ],
)
def test_invalid_arguments_are_one_clear_line_and_exit_two(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("deploy", *words, "--yes") == 2
    heard = capsys.readouterr()
    assert said in heard.err
    assert "Traceback" not in heard.err
    assert heard.out == ""
    assert stacks() == {}


def test_a_bad_settings_file_is_one_clear_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mraa.toml").write_text("[deployment]\nstack_name = 3\n")
    assert run("deploy", *FLAGS, "--yes") == 2
    assert "stack_name must be a string" in capsys.readouterr().err


def test_a_folder_that_is_not_writable_does_not_stop_the_deployment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    monkeypatch.setattr(Path, "cwd", lambda: gone)
    assert run("deploy", *FLAGS, "--yes") == 0
    assert "not written" in capsys.readouterr().out
    assert "mraa" in stacks()


@pytest.mark.parametrize("words", [["--attach", "--detach"], ["--attach", "--skip-resource", "X"]])
def test_attach_cannot_be_combined_with_what_changes(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run("deploy", *FLAGS, *words) == 2
    assert "--attach changes nothing" in capsys.readouterr().err


def test_a_resource_to_skip_requires_a_failed_rollback(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("deploy", *FLAGS, "--yes", "--skip-resource", "X") == 2
    assert "No rollback has failed" in capsys.readouterr().err
    assert stacks() == {}


def test_another_secondary_region_is_rejected_before_anything_is_asked_of_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run("deploy", *FLAGS, "--yes") == 0
    before = stacks()
    capsys.readouterr()
    # without a bucket there, and of another partition: what is wrong with it does not matter
    for region in ("eu-west-1", "cn-north-1"):
        assert run("deploy", "--secondary-region", region, "--yes") == 2
        heard = capsys.readouterr()
        assert f"has the secondary Region {SECONDARY}, not {region}: it is fixed" in heard.err
        assert f"Give --secondary-region {SECONDARY}, or another --stack-name." in heard.err
        assert heard.out == ""
    assert stacks() == before


def test_another_primary_region_is_rejected_if_the_last_deployments_stack_exists(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run("deploy", *FLAGS, "--yes") == 0
    capsys.readouterr()
    assert run("deploy", "--primary-region", "eu-west-1", "--yes") == 2
    heard = capsys.readouterr()
    assert f"Stack mraa already exists, with us-east-1 as its primary and {SECONDARY} as its secondary" in heard.err
    assert f"Give --primary-region us-east-1 --secondary-region {SECONDARY}, or another --stack-name." in heard.err
    # another stack is another matter, and so is one that was deleted
    assert run("deploy", "--primary-region", "eu-west-1", "--stack-name", "other", "--yes") == 2
    assert "Bucket code-eu-west-1 does not exist" in capsys.readouterr().err
    boto3.client("cloudformation", "us-east-1").delete_stack(StackName="mraa")
    assert run("deploy", "--primary-region", "eu-west-1", "--yes") == 2
    assert "Bucket code-eu-west-1 does not exist" in capsys.readouterr().err


def test_sources_edited_since_the_build_are_named_before_the_plan_with_what_to_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy_sources(tmp_path)
    assert run("build", *FLAGS) == 0
    assert run("deploy", *FLAGS, "--dry-run") == 0
    assert capsys.readouterr().err == ""
    with (tmp_path / "functions" / "photos_api" / "handler.py").open("a") as handler:
        handler.write("\nEDITED = True\n")
    (tmp_path / "webapp" / "index.html").write_text("<!doctype html><title>edited</title>\n")
    assert run("deploy", *FLAGS, "--dry-run") == 0
    said = capsys.readouterr().err
    assert "edited since `mraa build`, and not deployed now: functions/photos_api, webapp." in said
    assert "first run: mraa build, mraa publish" in said
    # a refusal comes first
    assert run("deploy", *FLAGS, "--solution-version", "v9", "--dry-run") == 2
    assert "edited since" not in capsys.readouterr().err
