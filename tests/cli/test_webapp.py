"""`mraa webapp` as a person or a script runs it, on moto."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.deploy_moto import FLAGS, foreign_stack, json_lines, published, run, stacks

ADMIN = ["--admin-name", "ada", "--admin-email", "ada@example.com"]


@pytest.fixture(autouse=True)
def release(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    with published(monkeypatch, tmp_path):
        yield


@pytest.fixture
def deployed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("deploy", *FLAGS, "--yes") == 0
    capsys.readouterr()


@pytest.mark.usefixtures("deployed")
def test_it_creates_the_stack_beside_the_main_stack(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("webapp", "deploy", *ADMIN, "--yes") == 0
    assert stacks()["mraa-web"] == {
        "AdminName": "ada",
        "AdminEmail": "ada@example.com",
        "SolutionStackName": "mraa",
    }
    assert "The first password of ada was sent to ada@example.com." in capsys.readouterr().out


@pytest.mark.usefixtures("deployed")
def test_an_update_keeps_the_admin_that_is_not_given_again() -> None:
    assert run("webapp", "deploy", *ADMIN, "--yes") == 0
    assert run("webapp", "deploy", "--admin-name", "eve", "--yes") == 0
    assert stacks()["mraa-web"]["AdminName"] == "eve"
    assert stacks()["mraa-web"]["AdminEmail"] == "ada@example.com"


@pytest.mark.usefixtures("deployed")
def test_another_address_of_the_same_admin_is_refused_before_an_update_would_roll_back(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run("webapp", "deploy", *ADMIN, "--yes") == 0
    assert run("webapp", "deploy", "--admin-email", "eve@example.com", "--yes") == 2
    said = capsys.readouterr().err
    assert "the user ada has the address ada@example.com, which the stack cannot change" in said
    assert "aws cognito-idp admin-update-user-attributes --region us-east-1" in said
    assert stacks()["mraa-web"]["AdminEmail"] == "ada@example.com"
    assert run("webapp", "deploy", *ADMIN, "--yes") == 0
    assert run("webapp", "deploy", "--admin-name", "eve", "--admin-email", "eve@example.com", "--yes") == 0


@pytest.mark.parametrize(
    ("primary", "secondary"), [("us-gov-west-1", "us-gov-east-1"), ("cn-north-1", "cn-northwest-1")]
)
def test_a_partition_without_cloudfront_or_user_pools_is_refused(
    primary: str, secondary: str, capsys: pytest.CaptureFixture[str]
) -> None:
    regions = ("--primary-region", primary, "--secondary-region", secondary, "--bucket-prefix", "code")
    assert run("webapp", "deploy", *regions, *ADMIN, "--yes") == 2
    assert f"The sample web app cannot exist in {primary}" in capsys.readouterr().err


@pytest.mark.usefixtures("deployed")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "--admin-name is not set"),
        (["--admin-name", "ada"], "--admin-email is not set"),
        (["--admin-name", "ada", "--admin-email", "ada"], "'ada' is not an e-mail address"),
    ],
)
def test_the_first_deploy_requires_an_admin(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("webapp", "deploy", *words, "--yes") == 2
    assert said in capsys.readouterr().err
    assert set(stacks()) == {"mraa"}


def test_without_a_main_stack_it_names_the_command_to_run_first(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("webapp", "deploy", *FLAGS, *ADMIN, "--yes") == 2
    assert "Run `mraa deploy` first." in capsys.readouterr().err


@pytest.mark.usefixtures("deployed")
def test_a_foreign_stack_of_that_name_is_refused_by_both_verbs(capsys: pytest.CaptureFixture[str]) -> None:
    foreign_stack("mraa-web")
    assert run("webapp", "deploy", *ADMIN, "--yes") == 2
    assert run("webapp", "destroy", "--yes") == 2
    assert "not created by this tool" in capsys.readouterr().err
    assert stacks()["mraa-web"] == {}


@pytest.mark.usefixtures("deployed")
def test_destroying_it_leaves_the_main_stack_and_can_be_repeated(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("webapp", "deploy", *ADMIN, "--yes") == 0
    assert run("webapp", "destroy") == 2
    assert run("webapp", "destroy", "--dry-run") == 0
    assert set(stacks()) == {"mraa", "mraa-web"}
    assert run("webapp", "destroy", "--yes") == 0
    assert set(stacks()) == {"mraa"}
    capsys.readouterr()
    assert run("webapp", "destroy", "--yes", "--json") == 0
    assert json_lines(capsys.readouterr().out)[-1]["action"] == "unchanged"
