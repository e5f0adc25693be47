"""The deployer on two running Regions: first deploy, updates, failures with their first cause, and a clean end."""

import os
import pty
import select
import signal
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mraa_local.process import LocalCloud
from tests.local.deploying import Deployer, eventually, make_deployer
from tests.regions import PRIMARY, REGIONS, SECONDARY

DELETED = ["--delete-data", "--confirm", "mraa"]


@pytest.fixture(scope="module")
def published(cloud: LocalCloud, client: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Deployer:
    """A release in both Regions' buckets."""
    deployer = make_deployer(cloud, client, tmp_path_factory.mktemp("deployer"))
    deployer.publish()
    return deployer


@pytest.fixture
def deployer(published: Deployer) -> Iterator[Deployer]:
    """Nothing deployed, a complete release published; destroying it must leave nothing."""
    assert published.remains() == {}
    if not published.is_published:
        published.publish()
    yield published
    published.mraa("destroy", *DELETED, "--yes")
    assert published.remains() == {}


def code(deployer: Deployer, region: str) -> dict[str, str]:
    """Each regional function's code, by the end of its name."""
    found = deployer.client("lambda", region).list_functions()["Functions"]
    return {f["FunctionName"].split("-", 2)[2]: f["CodeSha256"] for f in found}


def test_a_first_deploy_creates_both_regions_and_a_second_changes_nothing(deployer: Deployer) -> None:
    first = deployer.result("deploy", "--yes")
    assert first["action"] == "created"
    assert set(first["outputs"]) == {
        "SampleApplicationAppId",
        "AppConfigGlobalTableName",
        "PrimaryRoutingLayerApiId",
        "PrimaryPhotosApiId",
        "PrimaryObjectStoreBucket",
        "SecondaryRoutingLayerApiId",
        "SecondaryPhotosApiId",
        "SecondaryObjectStoreBucket",
        "SecondaryRegion",
    }
    assert deployer.instances() == {PRIMARY: "CURRENT", SECONDARY: "CURRENT"}
    for region in REGIONS:
        dynamodb = deployer.client("dynamodb", region)
        tables = [dynamodb.describe_table(TableName=name)["Table"] for name in dynamodb.list_tables()["TableNames"]]
        assert [table["DeletionProtectionEnabled"] for table in tables] == [True, True]
    assert (deployer.folder / "mraa.toml").exists()
    assert "No changes." in deployer.mraa("deploy", "--yes")


def test_one_functions_new_code_reaches_both_regions_and_no_other_function(deployer: Deployer) -> None:
    deployer.mraa("deploy", "--yes")
    before = {region: code(deployer, region) for region in REGIONS}
    deployer.change_function("photos_api", "reaches both Regions")
    deployer.publish()
    assert deployer.result("deploy", "--yes")["action"] == "updated"
    for region in REGIONS:
        after = code(deployer, region)
        assert {name for name in after if after[name] != before[region][name]} == {"photos-api"}
    assert code(deployer, PRIMARY)["photos-api"] == code(deployer, SECONDARY)["photos-api"]
    assert deployer.result("deploy", "--yes")["action"] == "unchanged"


def test_an_update_that_fails_in_a_region_names_the_resource_there_and_rolls_back_everywhere(
    deployer: Deployer,
) -> None:
    deployer.mraa("deploy", "--yes")
    before = {region: code(deployer, region) for region in REGIONS}
    for region in REGIONS:
        deployer.change_function("photos_api", f"lost in {region}")
        deployer.publish()
        deployer.lose_zip(region, "photos-api")
        said = deployer.mraa("deploy", "--yes", expect=1)
        assert f"First cause: {region}: PhotosFunction (AWS::Lambda::Function): " in said
        assert {region: code(deployer, region) for region in REGIONS} == before
    deployer.publish()
    assert deployer.result("deploy", "--yes")["action"] == "updated"
    assert deployer.instances() == {PRIMARY: "CURRENT", SECONDARY: "CURRENT"}


@pytest.mark.parametrize("region", REGIONS)
def test_a_creation_that_fails_in_a_region_names_the_resource_there_and_the_next_run_resumes(
    deployer: Deployer, region: str
) -> None:
    deployer.lose_zip(region, "photos-api")
    said = deployer.mraa("deploy", "--yes", expect=1)
    assert "Stack mraa ended in ROLLBACK_COMPLETE" in said
    assert f"First cause: {region}: PhotosFunction (AWS::Lambda::Function): " in said
    deployer.publish()
    assert "can only be deleted" in deployer.mraa("deploy", "--yes")
    assert deployer.instances() == {PRIMARY: "CURRENT", SECONDARY: "CURRENT"}


@pytest.mark.parametrize("with_signal", [signal.SIGINT, signal.SIGKILL])
def test_a_deploy_that_is_interrupted_continues_in_aws_and_the_next_run_finishes_it(
    deployer: Deployer, with_signal: signal.Signals
) -> None:
    process = deployer.start("deploy", "--yes")
    assert process.stdout
    for line in process.stdout:
        if "CREATE_IN_PROGRESS" in line:
            process.send_signal(with_signal)
            break
    _, said = process.communicate(timeout=60)
    if with_signal is signal.SIGINT:
        assert process.returncode == 130
        assert "continues in AWS. Follow it: mraa deploy" in said
    deployer.mraa("deploy", "--yes")
    assert deployer.instances() == {PRIMARY: "CURRENT", SECONDARY: "CURRENT"}
    assert deployer.result("deploy", "--yes")["action"] == "unchanged"


def at_a_terminal(deployer: Deployer, answer: bytes | signal.Signals, *words: str) -> tuple[int, str]:
    """Run a verb at a pseudo-terminal and answer its question; the exit code and all that was shown."""
    ours, theirs = pty.openpty()
    process = deployer.start(*words, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown = b""
    has_answered = False
    while True:
        if not select.select([ours], [], [], 10)[0] and has_answered and isinstance(answer, signal.Signals):
            # a signal just before the read starts is handled only when the read ends: send it again
            process.send_signal(answer)
            continue
        try:
            piece = os.read(ours, 4096)
        except OSError:  # how Linux reports that the other side is closed
            piece = b""
        if not piece:
            break
        shown += piece
        if b"[y/N]" in shown and not has_answered:
            has_answered = True
            if isinstance(answer, bytes):
                os.write(ours, answer)
            else:
                process.send_signal(answer)
    os.close(ours)
    return process.wait(timeout=60), shown.decode()


@pytest.mark.parametrize("answer", [b"n\n", b"\x04"], ids=["no", "ctrl-d"])
def test_declining_leaves_nothing_behind(deployer: Deployer, answer: bytes) -> None:
    exit_code, shown = at_a_terminal(deployer, answer, "deploy")
    assert exit_code == 1
    assert "Cancelled; no changes made." in shown
    assert eventually(lambda: deployer.remains() == {})


def test_ctrl_c_at_the_question_leaves_nothing_behind(deployer: Deployer) -> None:
    exit_code, _ = at_a_terminal(deployer, signal.SIGINT, "deploy")
    assert exit_code == 130
    assert eventually(lambda: deployer.remains() == {})


def test_a_deployment_from_a_terminal_is_destroyed_except_for_its_data_and_later_that_too(deployer: Deployer) -> None:
    exit_code, shown = at_a_terminal(deployer, b"y\n", "deploy")
    assert exit_code == 0
    assert "SampleApplicationAppId" in shown
    assert "to do" in shown  # the table of counts
    said = deployer.mraa("webapp", "deploy", "--admin-name", "ada", "--admin-email", "ada@example.com", "--yes")
    address = said.rstrip().rpartition("Open: ")[2]
    with urllib.request.urlopen(address) as page:
        assert page.read().startswith(b"<!doctype html>")
    assert "ada" in deployer.mraa("local", "mail")
    assert "No changes" in deployer.mraa("webapp", "deploy", "--yes")
    (bucket,) = [name for name in deployer.remains()["buckets"] if name.endswith(f"{PRIMARY}-objects")]
    deployer.client("s3", PRIMARY).put_object(Bucket=bucket, Key="public/1", Body=b"photo")
    deployer.client("s3", PRIMARY).delete_object(Bucket=bucket, Key="public/1")
    said = deployer.mraa("destroy", "--yes")
    assert "Retained data" in said
    left = deployer.remains()
    # API Gateway's setting still names the role that is retained for it
    kept = {kind: names for kind, names in left.items() if not kind.startswith("logging role")}
    assert set(kept) == {"buckets", "roles", f"tables in {PRIMARY}", f"tables in {SECONDARY}"}
    assert all(name in said for names in kept.values() for name in names)
    # a new stack would not use them: the plan says so, and what to do
    said = deployer.mraa("deploy", "--dry-run")
    (line,) = [line for line in said.splitlines() if "! earlier stacks of this name left " in line]
    counts = [len(kept["buckets"]), sum(len(names) for kind, names in kept.items() if "tables" in kind)]
    assert f"left {counts[0]} buckets, {counts[1]} tables, {len(kept['roles'])} role" in line
    assert "mraa destroy --stack-name mraa --delete-data --confirm mraa" in said
    assert "What an earlier stack left" in said
    assert deployer.mraa("destroy", *DELETED, "--yes").rstrip().endswith("Nothing is left.")
    assert deployer.remains() == {}
    assert "earlier stacks" not in deployer.mraa("deploy", "--dry-run")
    assert "Nothing to do" in deployer.mraa("destroy", *DELETED, "--yes")


def test_a_destroy_that_is_killed_is_finished_by_the_next(deployer: Deployer) -> None:
    deployer.mraa("deploy", "--yes")
    for mark in ("DELETE_IN_PROGRESS", "object versions"):
        process = deployer.start("destroy", *DELETED, "--yes")
        assert process.stdout
        for line in process.stdout:
            if mark in line:
                process.kill()
                break
        process.communicate(timeout=60)
    deployer.mraa("destroy", *DELETED, "--yes")
    assert deployer.remains() == {}


def test_an_orphaned_instance_stack_is_destroyed_too(deployer: Deployer) -> None:
    deployer.mraa("deploy", "--yes")
    deployer.delete_instance(SECONDARY, retains=True)
    assert eventually(lambda: deployer.instances() == {PRIMARY: "CURRENT"})
    assert f"- stack StackSet-{deployer.stack_set()}-" in deployer.mraa("destroy", "--dry-run")
    assert deployer.mraa("destroy", *DELETED, "--yes").rstrip().endswith("Nothing is left.")
    assert deployer.remains() == {}
