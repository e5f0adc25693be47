"""How a deployment ends: interrupted, declined, killed, and destroyed with or without its data."""

import os
import pty
import select
import signal
import urllib.request

import pytest

from tests.local.deploying import DELETED, Deployer, eventually
from tests.regions import PRIMARY, SECONDARY


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
    assert deployer.mraa("destroy", *DELETED).rstrip().endswith("Nothing is left.")
    assert deployer.remains() == {}
    assert "earlier stacks" not in deployer.mraa("deploy", "--dry-run")
    assert "Nothing to do" in deployer.mraa("destroy", *DELETED)


def test_a_destroy_that_is_killed_is_finished_by_the_next(deployer: Deployer) -> None:
    deployer.mraa("deploy", "--yes")
    for mark in ("DELETE_IN_PROGRESS", "object versions"):
        process = deployer.start("destroy", *DELETED)
        assert process.stdout
        for line in process.stdout:
            if mark in line:
                process.kill()
                break
        process.communicate(timeout=60)
    deployer.mraa("destroy", *DELETED)
    assert deployer.remains() == {}


def test_an_orphaned_instance_stack_is_destroyed_too(deployer: Deployer) -> None:
    deployer.mraa("deploy", "--yes")
    deployer.delete_instance(SECONDARY, retains=True)
    assert eventually(lambda: deployer.instances() == {PRIMARY: "CURRENT"})
    assert f"- stack StackSet-{deployer.stack_set()}-" in deployer.mraa("destroy", "--dry-run")
    assert deployer.mraa("destroy", *DELETED).rstrip().endswith("Nothing is left.")
    assert deployer.remains() == {}
