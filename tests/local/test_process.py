"""Starting, finding and stopping: whatever else runs on the machine, and however the last one ended."""

import fcntl
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mraa_local import environment, process, server
from mraa_local.engine import check
from mraa_local.errors import GET_IT, EngineError, LocalCloudError, RefusedError
from mraa_local.process import LocalCloud
from tests.local.conftest import make_client
from tests.local.deploying import eventually
from tests.local.engine import run_async
from tests.local.requests import send
from tests.regions import NOT_ENABLED, OPTED_IN, PRIMARY, SECONDARY

pytestmark = pytest.mark.usefixtures("local_home")


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def started(free_port: int) -> Iterator[Any]:
    """``started(**options)``: a cloud on one and the same port, stopped at the end."""

    def start(**options: Any) -> LocalCloud:
        return process.start(free_port, **options)

    yield start
    process.stop(free_port)


def names(cloud: LocalCloud) -> list[str]:
    return [bucket["Name"] for bucket in make_client(cloud, "s3", PRIMARY).list_buckets()["Buckets"]]


def comes_true(condition: Callable[[], bool]) -> bool:
    """Whether it does within 20 s; the end of a process takes its time."""
    deadline = time.monotonic() + 20
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def has_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_it_is_found_while_it_runs_and_stopping_twice_does_no_harm(started: Any) -> None:
    cloud = started()
    assert process.find(cloud.port) == cloud
    assert cloud in process.running()
    assert process.stop(cloud.port) is True
    assert process.stop(cloud.port) is False
    assert process.find(cloud.port) is None
    assert process.running() == []


def test_the_state_folder_keeps_the_log_alone_and_keys_were_private(started: Any) -> None:
    cloud = started()
    assert stat.S_IMODE((cloud.folder / "state.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(cloud.folder.stat().st_mode) == 0o700
    assert (cloud.folder / "tmp").is_dir()
    process.stop(cloud.port)
    assert not (cloud.folder / "state.json").exists()
    assert not (cloud.folder / "tmp").exists()
    assert cloud.log.exists()


def test_opting_in_to_a_region_that_every_account_has_is_refused(free_port: int) -> None:
    with pytest.raises(RefusedError, match=f"{PRIMARY} is not a Region that is disabled by default") as refused:
        process.start(free_port, opted_in=[OPTED_IN, PRIMARY])
    assert NOT_ENABLED in refused.value.hint
    assert process.find(free_port) is None


def test_a_second_one_on_the_same_port_is_refused_in_one_line(started: Any) -> None:
    cloud = started()
    with pytest.raises(
        RefusedError, match=rf"Port {cloud.port} is already in use: a local cloud is running there"
    ) as refused:
        process.start(cloud.port)
    assert refused.value.exit_code == 2
    assert f"mraa local stop --port {cloud.port}" in refused.value.hint
    assert "\n" not in refused.value.message
    assert names(cloud) == []


def test_a_port_of_another_program_is_left_alone(started: Any, free_port: int) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", free_port))
        other.listen()
        with pytest.raises(RefusedError, match=rf"Port {free_port} is already in use") as refused:
            started()
    assert "mraa local stop" not in refused.value.hint
    assert process.find(free_port) is None


def test_a_killed_one_does_not_block_the_next(started: Any) -> None:
    cloud = started()
    os.kill(cloud.pid, signal.SIGKILL)
    process.wait(cloud.port)
    assert process.find(cloud.port) is None
    (cloud.folder / "tmp" / "left-behind").mkdir()
    again = started()
    assert again.pid != cloud.pid
    assert not (again.folder / "tmp" / "left-behind").exists()
    assert names(again) == []


def test_another_process_with_the_old_process_id_is_not_stopped(free_port: int, local_home: Path) -> None:
    folder = local_home / "local" / str(free_port)
    folder.mkdir(parents=True)
    bystander = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        (folder / "lock").write_text(str(bystander.pid))
        (folder / "state.json").write_text(json.dumps({"pid": bystander.pid}))
        assert process.find(free_port) is None
        assert process.stop(free_port) is False
        assert bystander.poll() is None
    finally:
        bystander.communicate()


def run_parent(port: int, ending: str, *, detach: bool) -> int:
    """A program that starts a cloud and ends in ``ending``; the cloud's process id."""
    code = f"""
import os, signal
from mraa_local import process
print(process.start({port}, detach={detach}).pid, flush=True)
{ending}
"""
    parent = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, check=False, timeout=60)
    return int(parent.stdout)


@pytest.mark.parametrize("ending", ["", "os.kill(os.getpid(), signal.SIGKILL)"], ids=["left", "killed"])
def test_it_ends_with_the_program_that_started_it(free_port: int, ending: str) -> None:
    pid = run_parent(free_port, ending, detach=False)
    assert comes_true(lambda: process.find(free_port) is None)
    assert comes_true(lambda: has_gone(pid))


def test_a_detached_one_runs_until_it_is_stopped(free_port: int) -> None:
    pid = run_parent(free_port, "", detach=True)
    cloud = process.find(free_port)
    assert cloud is not None
    assert cloud.pid == pid
    assert names(cloud) == []
    assert process.stop(free_port)
    assert comes_true(lambda: has_gone(pid))


def test_state_is_deleted_unless_it_is_persisted(started: Any) -> None:
    make_client(started(), "s3", PRIMARY).create_bucket(Bucket="passing")
    process.stop(process.running()[0].port)
    assert names(started()) == []


def test_persisted_state_is_restored_under_new_keys(started: Any) -> None:
    first = started(persist=True)
    s3 = make_client(first, "s3", PRIMARY)
    s3.create_bucket(Bucket="staying")
    s3.put_bucket_versioning(Bucket="staying", VersioningConfiguration={"Status": "Enabled"})
    for body in (b"one", b"two"):
        s3.put_object(Bucket="staying", Key="k", Body=body)
    template = {"Resources": {"It": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "1"}}}}
    stacks = make_client(first, "cloudformation", SECONDARY)
    stacks.create_stack(StackName="kept", TemplateBody=json.dumps(template))
    stacks.get_waiter("stack_create_complete").wait(StackName="kept", WaiterConfig={"Delay": 1})
    process.stop(first.port)

    again = started(persist=True)
    s3 = make_client(again, "s3", PRIMARY)
    assert s3.get_object(Bucket="staying", Key="k")["Body"].read() == b"two"
    assert len(s3.list_object_versions(Bucket="staying")["Versions"]) == 2
    stacks = make_client(again, "cloudformation", SECONDARY)
    assert stacks.describe_stacks(StackName="kept")["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE"
    old = {name.lower(): first.environment[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
    with pytest.raises(ClientError, match="InvalidClientTokenId"):
        make_client(again, "sts", PRIMARY, **old).get_caller_identity()
    process.stop(again.port)
    assert names(started()) == []


def test_an_error_in_the_child_is_raised_with_its_message(
    free_port: int, local_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "STOP_TIMEOUT_S", 0.1)
    folder = local_home / "local" / str(free_port)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(LocalCloudError, match="Another local cloud is using"):
            process.start(free_port)


def test_a_child_that_has_ended_before_it_is_told_its_options_is_reported(
    free_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    popen = subprocess.Popen

    def ended(words: list[str], **options: Any) -> Any:
        child = popen([sys.executable, "-c", "exit(7)"], **options)
        child.wait()
        return child

    monkeypatch.setattr(subprocess, "Popen", ended)
    with pytest.raises(LocalCloudError, match="ended with exit code 7"):
        process.start(free_port)


def test_a_missing_extra_is_one_line_and_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_REQUIRED", ("ministack", "no_such_package"))
    with pytest.raises(RefusedError, match="not installed") as refused:
        process.start()
    assert refused.value.hint == GET_IT


def test_another_engine_is_refused_and_what_it_lacks_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["ministack.services.s3._buckets", "ministack.services.s3._gone", "nope.x"]
    with monkeypatch.context() as patch:
        patch.setattr(check, "used_names", lambda: names)
        with pytest.raises(EngineError, match=r"lacks ministack\.services\.s3\._gone, nope\.x\."):
            check.check()
    monkeypatch.setattr(check, "ENGINE_VERSION", "0.0.1")
    with pytest.raises(EngineError, match=r"needs ministack 0\.0\.1, found 1\.5\.33\."):
        check.check()


def test_an_extension_that_cannot_start_keeps_the_cloud_from_serving() -> None:
    sent: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "lifespan.startup.complete"})

    async def note(message: Any) -> None:
        sent.append(message["type"])

    def broken() -> None:
        raise LookupError("no store")

    extension: Any = SimpleNamespace(started=broken)
    with pytest.raises(LookupError):
        run_async(server.with_started(app, [extension])({"type": "lifespan"}, None, note))  # type: ignore[arg-type]
    assert sent == ["lifespan.startup.failed"]


def test_the_child_inherits_no_aws_settings(tmp_path: Path) -> None:
    options = environment.draw(4566, tmp_path, auth=True, persist=False, attached=True)
    given = {
        "PATH": "/bin",
        "AWS_ACCESS_KEY_ID": "mine",
        "AWS_PROFILE": "mine",
        "LOCALSTACK_PERSISTENCE": "1",
        "MINISTACK_SSL_KEY": "k",
        "USE_SSL": "1",
    }
    made = environment.for_child(options, given)
    assert made["PATH"] == "/bin"
    assert not {name for name in given if name != "PATH"} & made.keys()
    assert options.secret_access_key not in made.values()
    assert options.token not in made.values()


def test_every_start_draws_its_own_keys(tmp_path: Path) -> None:
    drawn = [environment.draw(4566, tmp_path, auth=True, persist=False, attached=True) for _ in range(3)]
    assert len({options.secret_access_key for options in drawn}) == 3
    assert len({options.token for options in drawn}) == 3
    assert all(options.secret_access_key not in repr(options) for options in drawn)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts a process's open files")
def test_a_connection_that_its_client_closed_is_forgotten(local_home: Path) -> None:
    cloud = process.start()
    try:

        def open_files() -> int:
            return len(list(Path(f"/proc/{cloud.pid}/fd").iterdir()))

        before = open_files()
        for _ in range(50):
            send(cloud, "GET", "/_mraa/health", {"X-Mraa-Token": cloud.token})
        eventually(lambda: open_files() < before + 10)
    finally:
        process.stop(cloud.port)
