"""`mraa init`: the settings by asking, by flags, or by default; nothing is overwritten unasked."""

import os
import re
import sys
from pathlib import Path

import pytest

from mraa.settings import NAMES, Settings, load, variable
from mraa.settings_file import FILE_NAME
from tests.cli.deploy_moto import json_lines, run
from tests.documentation.commands import type_in

QUESTION = re.compile(rb": $")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project."""
    folder = tmp_path / "project"
    (folder / ".git").mkdir(parents=True)
    monkeypatch.chdir(folder)
    for name in NAMES:
        monkeypatch.delenv(variable(name), raising=False)
    (tmp_path / "config").write_text("[profile ops]\n[profile p]\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    return folder


def at_a_terminal(folder: Path, *answers: str, words: str = "init") -> tuple[int, str]:
    """Exit code, and what is shown."""
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "160"}
    return type_in(f"{sys.executable} -m mraa {words}", folder, environment, 120, question=QUESTION, answers=answers)


def written(folder: Path, name: str = FILE_NAME) -> Settings:
    return load({}, folder / name, {})


def test_the_answers_are_what_is_written(folder: Path) -> None:
    code, shown = at_a_terminal(folder, "ops", "eu-west-1", "eu-north-1", "shop", "shop-code")
    assert code == 0, shown
    settings = written(folder)
    assert (settings.profile, *settings.regions) == ("ops", "eu-west-1", "eu-north-1")
    assert (settings.stack_name, settings.bucket_prefix) == ("shop", "shop-code")
    assert "Next: mraa build && mraa publish --create-buckets && mraa deploy" in shown


def test_a_profile_that_does_not_exist_is_asked_for_again(folder: Path) -> None:
    code, shown = at_a_terminal(folder, "eu-west-1", "ops", "eu-west-1", "eu-north-1", "shop", "shop-code")
    assert code == 0, shown
    assert "Error: The AWS profile 'eu-west-1' does not exist." in shown
    assert written(folder).profile == "ops"


def test_a_profile_given_that_does_not_exist_is_refused(folder: Path) -> None:
    code, shown = at_a_terminal(folder, words="init --profile nobody --yes")
    assert code == 2
    assert "The AWS profile 'nobody' does not exist." in shown
    assert not (folder / FILE_NAME).exists()


def test_return_takes_what_is_proposed_in_the_same_area(folder: Path) -> None:
    code, shown = at_a_terminal(folder, "", "eu-central-1", "", "", "")
    assert code == 0, shown
    settings = written(folder)
    assert (settings.profile, *settings.regions) == ("", "eu-central-1", "eu-west-1")
    assert (settings.stack_name, settings.bucket_prefix[:5]) == ("mraa", "mraa-")


def test_an_answer_that_is_not_valid_is_asked_again_with_why(folder: Path) -> None:
    answers = ["a b", "", "us", "us-eats-1", "us-east-1", "us-east-1", "cn-north-1", "us-west-2", "9", "", "A", "abc"]
    code, shown = at_a_terminal(folder, *answers)
    assert code == 0, shown
    assert [line for line in shown.splitlines() if line.startswith("Error")] == [
        "Error: profile 'a b' is not valid: it must be a profile name without spaces, quotes, backslashes and control "
        "characters.",
        "Error: primary_region 'us' is not valid: it must be a Region name such as us-east-1.",
        "Error: AWS has no Region 'us-eats-1' that this tool knows of.",
        "Error: The primary and the secondary Region are the same: us-east-1.",
        "Error: The Regions are in different AWS partitions: us-east-1 (aws) and cn-north-1 (aws-cn).",
        "Error: stack_name '9' is not valid: it must be letters, digits and hyphens, starting with a letter, "
        "at most 128.",
        "Error: bucket_prefix 'A' is not valid: it must be 3 to 45 lower-case letters, digits and hyphens "
        "(bucket names are <prefix>-<region>).",
    ]
    assert written(folder).regions == ("us-east-1", "us-west-2")


def test_what_a_flag_says_is_not_asked(folder: Path) -> None:
    code, shown = at_a_terminal(
        folder, "eu-west-2", words="init --profile p --primary-region eu-west-1 --stack-name a --bucket-prefix abc"
    )
    assert code == 0, shown
    assert (written(folder).profile, *written(folder).regions) == ("p", "eu-west-1", "eu-west-2")


def test_ctrl_c_at_a_question_writes_nothing(folder: Path) -> None:
    code, shown = at_a_terminal(folder, "ops")
    assert code == 130
    assert "Interrupted." in shown
    assert not (folder / FILE_NAME).exists()


def test_yes_takes_the_defaults_without_a_terminal(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("init", "--yes", "--json") == 0
    assert written(folder).regions == ("us-east-1", "us-west-2")
    result = json_lines(capsys.readouterr().out)[-1]
    assert result["file"] == str(folder / FILE_NAME)
    assert result["bucket_prefix"] == written(folder).bucket_prefix
    # in another run another one: bucket names are everybody's
    assert run("init", "--yes", "--config", "other.toml") == 0
    assert written(folder, "other.toml").bucket_prefix != written(folder).bucket_prefix


def test_without_a_default_for_a_second_region_it_must_be_given(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("init", "--yes", "--primary-region", "sa-east-1") == 2
    assert "--secondary-region is not set." in capsys.readouterr().err
    assert not (folder / FILE_NAME).exists()


def test_without_a_terminal_and_without_yes_it_exits_two(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("init") == 2
    assert capsys.readouterr().err == "Error: No terminal to ask at.\n       Take the defaults: mraa init --yes\n"
    assert not (folder / FILE_NAME).exists()


def test_a_file_is_replaced_only_when_told_to_and_keeps_its_other_tables(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = '[deployment]\nstack_name = "shop"\n\n[application.orders]\nregional = "r.yaml"\n'
    (folder / FILE_NAME).write_text(text)
    assert run("init", "--yes") == 2
    assert (folder / FILE_NAME).read_text() == text
    assert "mraa init --overwrite" in capsys.readouterr().err
    assert run("init", "--yes", "--overwrite", "--secondary-region", "eu-west-1") == 0
    assert (written(folder).stack_name, written(folder).secondary_region) == ("shop", "eu-west-1")
    assert "[application.orders]" in (folder / FILE_NAME).read_text()


def test_a_file_that_is_hidden_from_now_on_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / FILE_NAME).write_text("")
    (folder / "sub").mkdir()
    monkeypatch.chdir(folder / "sub")
    assert run("init", "--yes") == 0
    assert f"In this folder it is used instead of {folder / FILE_NAME}." in capsys.readouterr().out


def test_regions_of_two_partitions_or_that_do_not_exist_are_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("init", "--yes", "--secondary-region", "cn-north-1") == 2
    assert "different AWS partitions" in capsys.readouterr().err
    assert run("init", "--yes", "--secondary-region", "eu-nowhere-1") == 2
    assert "AWS has no Region" in capsys.readouterr().err
    assert not (folder / FILE_NAME).exists()
