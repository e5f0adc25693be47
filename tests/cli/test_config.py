"""Which ``mraa.toml`` a verb reads and writes: the nearest one, or that of ``--config``."""

from pathlib import Path

import pytest

from mraa.settings_file import FILE_NAME
from tests import moto_http
from tests.cli.deploy_moto import published, run, stacks
from tests.regions import SECONDARY

DEPLOYMENT = f'[deployment]\nstack_name = "shop"\nsecondary_region = "{SECONDARY}"\nbucket_prefix = "code"\n'


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a settings file; the current folder is one below it."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "src" / "deep").mkdir(parents=True)
    (tmp_path / FILE_NAME).write_text(DEPLOYMENT)
    monkeypatch.chdir(tmp_path / "src" / "deep")
    return tmp_path


def test_a_verb_in_a_subfolder_uses_and_rewrites_the_projects_file(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with published(monkeypatch, project / "src" / "deep"):
        assert run("deploy", "--yes") == 0
        assert "shop" in stacks()
    assert 'stack_name = "shop"' in (project / FILE_NAME).read_text()
    assert not (project / "src" / "deep" / FILE_NAME).exists()


def test_config_names_another_file_which_is_written_too(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = project / "staging.toml"
    other.write_text(DEPLOYMENT.replace("shop", "staging"))
    with published(monkeypatch, project / "src" / "deep"):
        assert run("deploy", "--yes", "--config", "../../staging.toml", "--solution-version", "v1.0.0") == 0
        assert set(stacks()) >= {"staging"}
    assert 'solution_version = "v1.0.0"' in other.read_text()
    assert (project / FILE_NAME).read_text() == DEPLOYMENT


@pytest.mark.usefixtures("project")
def test_a_config_file_that_does_not_exist_is_refused_with_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (("status",), ("app", "check", "orders")):
        assert run(*words, "--config", "stagin.toml") == 2
        assert capsys.readouterr().err == (
            "Error: --config: stagin.toml does not exist.\n       Write it: mraa init --config stagin.toml\n"
        )


def test_paths_of_an_application_are_relative_to_the_file(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "apps").mkdir()
    (project / "apps" / "ours.toml").write_text("")
    assert run("app", "init", "orders", "--config", "../../apps/ours.toml") == 0
    assert (project / "apps" / "orders" / "regional.yaml").is_file()
    assert "[application.orders]" in (project / "apps" / "ours.toml").read_text()
    assert run("app", "check", "orders", "--config", "../../apps/ours.toml") == 0
    assert run("app", "check", "orders") == 2
    assert "mraa.toml has no application 'orders'" in capsys.readouterr().err


def test_a_release_is_built_beside_the_file_and_found_there(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    moto_http.install(monkeypatch)
    with published(monkeypatch, project / "src" / "deep"):
        assert run("app", "init", "orders") == 0
        assert run("build") == 0
        assert (project / "deployment" / "release.json").is_file()
        assert run("publish", "--yes") == 0
    assert "objects uploaded" in capsys.readouterr().out
