"""The acceptance suite's way into an account, with the local cloud as the account: what it makes is removed again."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mraa_local.process import LocalCloud
from tests.acceptance import in_account
from tests.acceptance.asked import Asked
from tests.acceptance.conftest import publish
from tests.acceptance.shell import Shell
from tests.acceptance.target import ADMINISTRATOR, ASSUMED, OPERATOR
from tests.local.deploying import ACCOUNT, copy_sources
from tests.regions import PRIMARY, REGIONS

NAME = "mraa-acc-0123abcd"
ASKED = Asked("mine", "", REGIONS, has_web_app=True, runs_hour=False, assumes_yes=True)
Make = Callable[..., Any]


@pytest.fixture
def folder(cloud: LocalCloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with sources, and a profile of an administrator that reaches the cloud."""
    own = tmp_path / "own"
    copy_sources(own)
    config = tmp_path / "config"
    keys = {name: cloud.environment[name.upper()] for name in ("aws_access_key_id", "aws_secret_access_key")}
    values = {**keys, "endpoint_url": cloud.endpoint}
    config.write_text("\n".join(["[profile mine]", *(f"{name} = {value}" for name, value in values.items()), ""]))
    for name, value in cloud.environment.items():
        if name.startswith("MRAA_") and name != "MRAA_FAULT_URL":
            monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    yield own
    assert "MRAA_ACCEPTANCE" not in os.environ


def buckets(client: Make) -> list[str]:
    return [of["Name"] for of in client("s3", PRIMARY).list_buckets()["Buckets"]]


def test_everything_that_a_failed_run_made_is_removed_and_nothing_else(
    folder: Path, client: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    client("s3", PRIMARY).create_bucket(Bucket="mraa-acc-of-somebody-else")
    assert in_account.account_of(ASKED) == ACCOUNT
    with pytest.raises(RuntimeError), in_account.rented(ASKED, ACCOUNT, NAME, folder) as target:
        assert target.logging_regions == ()
        shell = Shell(target)
        assert target.profiles[OPERATOR] == target.profiles[ASSUMED] == f"{NAME}-operator"
        caller = shell.client("sts", PRIMARY, OPERATOR).get_caller_identity()
        assert f":assumed-role/{NAME}-operator/" in caller["Arn"]
        publish(shell)
        shell.mraa("deploy", "--yes")
        shell.mraa("status", who=ASSUMED)
        with pytest.raises(ClientError, match="AccessDenied"):
            shell.client("iam", PRIMARY, ASSUMED).list_roles()
        assert len(buckets(client)) == 1 + 2 + 4
        raise RuntimeError("a test failed")
    assert "Everything that the suite made is deleted." in capsys.readouterr().out
    assert buckets(client) == ["mraa-acc-of-somebody-else"]
    roles = client("iam", PRIMARY).list_roles()["Roles"]
    assert not [of["RoleName"] for of in roles if "mraa" in of["RoleName"] + of["Path"]]
    assert client("cloudformation", PRIMARY).describe_stacks()["Stacks"] == []


def test_what_cannot_be_removed_is_named_with_how_to(
    folder: Path, client: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    with in_account.rented(ASKED, ACCOUNT, f"{NAME}-kept", folder) as target:
        role = in_account.role_name(target.stack)
        deny = '{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "iam:*", "Resource": "*"}}'
        client("iam", PRIMARY).put_user_policy(UserName="mraa-operator", PolicyName="deny", PolicyDocument=deny)
    said = capsys.readouterr().out
    assert "NOT DELETED, and it may cost money:" in said
    assert f"role {role}: " in said
    assert f"mraa destroy --delete-data --confirm {target.stack} " in said
    assert target.profiles[ADMINISTRATOR] == "mine"
