"""`mraa destroy` as a person or a script runs it, on moto."""

from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from tests.cli.deploy_moto import FLAGS, foreign_stack, json_lines, published, run, stacks
from tests.regions import PRIMARY, REGIONS
from tests.unit.stacks_moto import make_bucket

CONFIRMED = ["--delete-data", "--confirm", "mraa"]


@pytest.fixture(autouse=True)
def release(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    with published(monkeypatch, tmp_path):
        yield


@pytest.fixture
def data(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """A deployment with the web app, and the buckets that its stacks would retain."""
    assert run("deploy", *FLAGS, "--yes") == 0
    assert run("webapp", "deploy", "--admin-name", "ada", "--admin-email", "ada@example.com", "--yes") == 0
    found = boto3.client("cloudformation", PRIMARY).describe_stacks()["Stacks"]
    tokens = {s["StackName"]: s["StackId"].rpartition("/")[2].replace("-", "") for s in found}
    buckets = {f"mraa-{tokens['mraa']}-{region}-objects": region for region in REGIONS}
    buckets[f"mraa-{tokens['mraa-web']}-{PRIMARY}-web-logs"] = PRIMARY
    for name, region in buckets.items():
        make_bucket(name, region)
        boto3.client("s3", region).put_object(Bucket=name, Key="public/1", Body=b"x")
    capsys.readouterr()
    return sorted(buckets)


def buckets() -> list[str]:
    return sorted(b["Name"] for b in boto3.client("s3", PRIMARY).list_buckets()["Buckets"] if b["Name"][:5] == "mraa-")


def test_data_is_retained_and_listed_with_the_command_that_deletes_it(
    data: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("destroy", "--yes") == 0
    assert stacks() == {}
    assert buckets() == data
    said = capsys.readouterr().out
    assert all(name in said for name in data)
    assert "mraa destroy --stack-name mraa --delete-data --confirm mraa" in said


def test_run_again_with_only_retained_data_it_lists_that_and_asks_nothing(
    data: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("destroy", "--yes") == 0
    capsys.readouterr()
    assert run("destroy") == 0  # no terminal, no --yes
    said = capsys.readouterr().out
    assert said.startswith("Nothing to do: stack mraa does not exist.\nRetained data\n")
    assert all(name in said for name in data)
    assert "To delete it: mraa destroy --stack-name mraa --delete-data --confirm mraa" in said
    assert run("destroy", "--json") == 0
    result = json_lines(capsys.readouterr().out)[-1]
    assert (result["action"], sorted(of["name"] for of in result["left"])) == ("unchanged", data)


def test_long_after_the_stacks_were_deleted_the_data_is_found_and_deleted(
    data: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("destroy", "--yes") == 0
    assert run("destroy", *CONFIRMED, "--yes") == 0
    assert buckets() == []
    assert capsys.readouterr().out.rstrip().endswith("Nothing is left.")


def test_the_secondary_region_is_known_from_the_deleted_stack(data: list[str], tmp_path: Path) -> None:
    assert run("destroy", "--yes") == 0
    (tmp_path / "mraa.toml").unlink()
    assert run("destroy", *CONFIRMED, "--yes") == 0
    assert buckets() == []


def test_stacks_and_data_are_deleted_in_one_run(data: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run("destroy", *CONFIRMED, "--yes", "--json") == 0
    assert stacks() == {}
    assert buckets() == []
    lines = json_lines(capsys.readouterr().out)
    assert lines[-1].pop("at")
    assert lines[-1] == {
        "type": "result",
        "action": "deleted",
        "stacks": ["mraa-web", "mraa"],
        "left": [],
        "leftByEarlierStacks": [],
    }


def test_interrupted_after_the_web_app_the_next_run_finds_its_logs_too(data: list[str]) -> None:
    assert run("webapp", "destroy", "--yes") == 0
    assert run("destroy", *CONFIRMED, "--yes") == 0
    assert buckets() == []


@pytest.mark.parametrize(
    "words",
    [["--delete-data", "--yes"], ["--delete-data", "--confirm", "mra", "--yes"], ["--confirm", "other", "--yes"], []],
)
def test_without_the_right_confirmation_nothing_is_deleted(data: list[str], words: list[str]) -> None:
    assert run("destroy", *words) == 2
    assert set(stacks()) == {"mraa", "mraa-web"}
    assert buckets() == data


def test_a_dry_run_shows_all_of_it_and_deletes_nothing(data: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run("destroy", "--delete-data", "--dry-run") == 0
    said = capsys.readouterr().out
    assert all(name in said for name in data)
    assert set(stacks()) == {"mraa", "mraa-web"}
    assert buckets() == data


def test_what_an_earlier_deployment_left_is_retained_while_another_one_exists(
    data: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("destroy", "--yes") == 0
    assert run("deploy", "--yes") == 0
    capsys.readouterr()
    assert run("destroy", *CONFIRMED, "--yes") == 0
    assert buckets() == data
    said = capsys.readouterr().out
    assert "Left by earlier stacks of this name" in said
    assert all(name in said for name in data)


def test_nothing_to_delete_is_a_success(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("destroy", *FLAGS[:2], "--yes") == 0
    assert "Nothing to do" in capsys.readouterr().out


def test_a_stack_that_is_not_ours_is_refused() -> None:
    foreign_stack("mraa")
    assert run("destroy", *FLAGS[:2], *CONFIRMED, "--yes") == 2
    assert set(stacks()) == {"mraa"}


def test_a_foreign_stack_named_like_the_web_app_is_not_deleted(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("deploy", *FLAGS, "--yes") == 0
    foreign_stack("mraa-web")
    assert run("destroy", "--yes") == 0
    assert set(stacks()) == {"mraa-web"}
    assert "will not be deleted" in capsys.readouterr().out
