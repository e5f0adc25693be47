"""Shell completion as the documentation sets it up."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from click.shell_completion import BashComplete

from mraa.cli import completion
from mraa.cli.main import cli
from mraa.settings import NAMES, variable
from mraa.settings_file import FILE_NAME
from mraa.stacks import describe
from tests.cli.deploy_moto import foreign_stack, published

_MRAA = Path(sys.executable).with_name("mraa")


def _completing(**environment: str) -> str:
    run = subprocess.run(
        [_MRAA], env={**os.environ, **environment}, capture_output=True, text=True, timeout=60, check=True
    )
    return run.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_documented_shell_gets_its_script(shell: str) -> None:
    variable = f"_MRAA_COMPLETE={shell}_source"
    assert variable in (Path(__file__).parents[2] / "docs/deploying.md").read_text()
    assert f"_MRAA_COMPLETE={shell}_complete" in _completing(_MRAA_COMPLETE=f"{shell}_source")


def test_verbs_and_options_are_completed() -> None:
    verbs = _completing(_MRAA_COMPLETE="zsh_complete", COMP_WORDS="mraa fail", COMP_CWORD="1")
    assert [line for line in verbs.splitlines() if line.startswith("fail")] == ["failover", "failback"]
    options = _completing(_MRAA_COMPLETE="zsh_complete", COMP_WORDS="mraa status --pro", COMP_CWORD="2")
    assert "--probe" in options.splitlines()


def _completed(*words: str) -> list[str]:
    """What is offered for the last word."""
    *before, incomplete = words
    shell = BashComplete(cli, {}, "mraa", "_MRAA_COMPLETE")
    return [item.value for item in shell.get_completions(before, incomplete)]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with settings and an application."""
    (tmp_path / FILE_NAME).write_text(
        '[deployment]\nstack_name = "shop"\nsecondary_region = "eu-central-1"\n'
        '[application.orders]\nregional = "r.yaml"\n'
    )
    monkeypatch.chdir(tmp_path)
    for name in NAMES:
        monkeypatch.delenv(variable(name), raising=False)
    return tmp_path


@pytest.mark.usefixtures("project")
def test_regions_are_completed_the_deployments_own_first() -> None:
    assert _completed("deploy", "--secondary-region", "eu-")[:2] == ["eu-central-1", "eu-central-2"]
    assert _completed("logs", "--region", "")[:2] == ["us-east-1", "eu-central-1"]
    assert "ap-northeast-1" in _completed("outputs", "--region", "ap-")
    assert _completed("local", "fault", "lag", "us-east-1", "eu-central") == ["eu-central-1", "eu-central-2"]
    assert _completed("local", "fault", "region", "us-east-1", "") == ["up", "down"]


@pytest.mark.usefixtures("project")
def test_applications_are_completed_from_the_settings_file() -> None:
    assert _completed("app", "deploy", "") == ["orders"]
    assert _completed("app", "init", "") == []


def test_profiles_are_completed_from_awss_own_files(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "config").write_text("[profile ops]\nregion = eu-west-1\n[profile dev]\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(project / "config"))
    assert _completed("status", "--profile", "o") == ["ops"]
    assert _completed("--profile", "d") == ["dev"]


def test_stacks_are_completed_from_the_settings_and_the_primary_region(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(completion, "LIMIT_S", 60.0)
    with published(monkeypatch, project):
        for name in ("shopping", "other", "StackSet-shop-1"):
            foreign_stack(name)
        assert _completed("status", "--stack-name", "shop") == ["shop", "shopping"]
        assert _completed("status", "--stack-name", "") == ["shop", "other", "shopping"]


@pytest.mark.usefixtures("project")
def test_aws_that_does_not_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()
    monkeypatch.setattr(completion, "LIMIT_S", 0.05)
    monkeypatch.setattr(describe, "stack_names", lambda *_: release.wait() and [])
    try:
        assert _completed("status", "--stack-name", "s") == ["shop"]
    finally:
        release.set()


@pytest.mark.parametrize("settings", ["[deployment]\nprofile = 'nobodys'\n", "[deployment]\nstack_name = 3\n", "[[["])
def test_without_credentials_and_with_bad_settings_a_shell_shows_nothing(project: Path, settings: str) -> None:
    (project / FILE_NAME).write_text(settings)
    shown = subprocess.run(
        [_MRAA],
        env={
            "HOME": str(project),
            "PATH": os.environ["PATH"],
            "AWS_EC2_METADATA_DISABLED": "true",
            "_MRAA_COMPLETE": "bash_complete",
            "COMP_WORDS": "mraa status --stack-name x",
            "COMP_CWORD": "3",
        },
        cwd=project, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert (shown.stdout.strip(), shown.stderr) == ("", "")
