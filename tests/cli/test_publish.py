"""`mraa publish` for a person and for a program."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from moto import mock_aws

from mraa.cli.main import cli
from mraa.errors import MraaError, UsageError
from tests import moto_http
from tests.regions import SECONDARY
from tests.unit.release_checkout import build_checkout, make_checkout

PLACE = ["--bucket-prefix", "code", "--solution-name", "app", "--secondary-region", SECONDARY]


@pytest.fixture(autouse=True)
def cloud(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    make_checkout(tmp_path / "checkout")
    monkeypatch.chdir(tmp_path / "checkout")
    moto_http.install(monkeypatch)
    with mock_aws():
        yield


@pytest.fixture
def built(tmp_path: Path) -> None:
    build_checkout(tmp_path / "checkout", tmp_path / "checkout/deployment")


def publish(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["publish", *PLACE, *arguments])


def fails(*arguments: str) -> MraaError:
    error = publish(*arguments).exception
    assert isinstance(error, MraaError)
    return error


@pytest.mark.usefixtures("built")
def test_what_is_next_names_the_applications() -> None:
    Path("mraa.toml").write_text('[application.orders]\nregional = "orders.yaml"\n')
    answer = publish("--create-buckets", "--yes")
    assert answer.output.endswith(", then mraa app deploy orders\n")
    assert "Next: mraa deploy --" in answer.output


@pytest.mark.usefixtures("built")
def test_it_shows_the_plan_publishes_and_then_has_nothing_to_do() -> None:
    first = publish("--create-buckets", "--yes")
    assert first.exit_code == 0
    assert "create bucket code-us-east-1" in first.output
    assert "Published: 20 of 20 objects uploaded." in first.output
    second = publish("--create-buckets")
    assert second.exit_code == 0
    assert second.output == "No changes: both Regions' buckets contain this release.\n"


@pytest.mark.usefixtures("built")
def test_without_a_terminal_and_without_yes_nothing_is_touched() -> None:
    assert isinstance(fails("--create-buckets"), UsageError)
    assert "does not exist" in fails("--yes").message


@pytest.mark.usefixtures("built")
def test_a_dry_run_shows_the_plan_and_touches_nothing() -> None:
    answer = publish("--create-buckets", "--dry-run")
    assert answer.exit_code == 0
    assert "create bucket code-ap-northeast-1" in answer.output
    assert "does not exist" in fails("--yes").message


@pytest.mark.usefixtures("built")
def test_json_is_one_object_a_line_with_the_plan_first_and_the_result_last() -> None:
    lines = [json.loads(line) for line in publish("--create-buckets", "--yes", "--json").output.splitlines()]
    assert lines[0]["type"] == "plan"
    assert {line["type"] for line in lines[1:-1]} == {"event"}
    assert lines[-1]["type"] == "result"
    assert lines[-1]["created"] == ["code-us-east-1", "code-ap-northeast-1"]
    assert len(lines[-1]["uploaded"]) == 20


def test_nothing_built_yet_says_what_to_run() -> None:
    error = fails("--yes")
    assert "Nothing is built" in error.message
    assert "mraa build" in error.hint


@pytest.mark.usefixtures("built")
def test_a_release_for_another_version_is_rejected() -> None:
    error = fails("--solution-version", "v9", "--yes")
    assert error.message.endswith("was built for code app v1.0.0, not for code app v9.")
    assert error.exit_code == 2


@pytest.mark.usefixtures("built")
def test_no_credentials_end_in_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    error = fails("--yes", "--create-buckets")
    assert "no usable AWS credentials" in error.message
    assert error.exit_code == 2


def test_outside_of_a_checkout_a_release_can_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build_checkout(tmp_path / "checkout", tmp_path / "elsewhere")
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    assert f"Nothing is built in {tmp_path / 'empty/deployment'}" in fails("--yes").message
    assert publish("--from", str(tmp_path / "elsewhere"), "--create-buckets", "--dry-run").exit_code == 0


@pytest.mark.usefixtures("built")
def test_the_next_command_has_the_flags_that_this_one_was_given() -> None:
    assert publish("--create-buckets", "--yes").output.splitlines()[-1] == (
        f"Next: mraa deploy --secondary-region {SECONDARY} --bucket-prefix code --solution-name app"
    )
