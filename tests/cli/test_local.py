"""`mraa local` as a person types it."""

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mraa.cli.main import cli
from mraa.errors import UsageError
from mraa_local import process

MRAA = [sys.executable, "-c", "from mraa.cli.main import main; main()"]

Run = Callable[..., Result]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("MRAA_HOME", str(tmp_path))
    monkeypatch.delenv("MRAA_FAULT_URL", raising=False)
    yield tmp_path
    for cloud in process.running():
        process.stop(cloud.port)


@pytest.fixture
def port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


@pytest.fixture
def run(home: Path) -> Run:
    def run_it(*words: str) -> Result:
        answer = CliRunner().invoke(cli, ["local", *words], catch_exceptions=True)
        if answer.exception and not isinstance(answer.exception, SystemExit):
            raise answer.exception
        return answer

    return run_it


def test_start_use_inject_faults_and_stop(run: Run, port: str) -> None:
    assert f"ready: http://127.0.0.1:{port}  (authentication on" in run("start", "--port", port, "--detach").output
    exports = run("env").output
    shell = subprocess.run(
        ["sh", "-c", f"eval {shlex.quote(exports)}; echo $AWS_ENDPOINT_URL ${{AWS_PROFILE-none}} $AWS_REGION"],
        env={**os.environ, "AWS_PROFILE": "mine"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert shell.stdout.split() == [f"http://127.0.0.1:{port}", "none", "us-east-1"]

    assert "No Region is down" in run("fault", "list").output
    assert "us-east-1  down" in run("fault", "region", "us-east-1", "down").output
    assert "s3  throttled: 25% of requests refused" in run("fault", "throttle", "s3", "0.25").output
    assert "us-east-1  down" not in run("fault", "region", "us-east-1", "up", "--port", port).output
    way = ["us-east-1", "eu-west-1"]
    assert "us-east-1 -> eu-west-1  lag 900 ms," in run("fault", "lag", *way, "900").output
    assert "us-east-1 -> eu-west-1  lag 900 ms, cut," in run("fault", "cut", *way).output
    assert "us-east-1 -> eu-west-1  lag 900 ms," in run("fault", "heal", *way).output

    assert run("stop").output == f"Stopped the local cloud on port {port}.\n"
    assert run("stop").output == "No local cloud is running.\n"


def test_with_nothing_running_env_and_fault_say_what_to_do(run: Run) -> None:
    for words in (["env"], ["fault", "list"], ["env", "--port", "4999"]):
        with pytest.raises(UsageError, match="No local cloud is running") as refused:
            run(*words)
        assert refused.value.hint == ("mraa local start --port 4999" if "4999" in words else "mraa local start")


def test_an_invalid_fault_is_refused(run: Run, port: str) -> None:
    run("start", "--port", port, "--detach")
    with pytest.raises(UsageError, match="is not a Region"):
        run("fault", "region", "Mars", "down")
    assert run("fault", "throttle", "s3", "2").exit_code == 2
    assert run("fault", "region", "us-east-1", "sideways").exit_code == 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_in_the_foreground_it_runs_until_it_is_interrupted(home: Path, port: str, number: signal.Signals) -> None:
    with subprocess.Popen([*MRAA, "local", "start", "--port", port], stdout=subprocess.PIPE, text=True) as started:
        assert started.stdout is not None
        assert f"http://127.0.0.1:{port}" in started.stdout.readline()
        cloud = process.find(int(port))
        assert cloud is not None
        started.send_signal(number)
        assert started.stdout.read().endswith("Stopped.\n")
        assert started.wait(20) == 0
    assert process.find(int(port)) is None


def test_stopped_from_another_terminal_it_ends_quietly(home: Path, port: str) -> None:
    with subprocess.Popen([*MRAA, "local", "start", "--port", port], stdout=subprocess.PIPE, text=True) as started:
        assert started.stdout is not None
        started.stdout.readline()
        assert process.stop(int(port))
        assert started.wait(20) == 0


def test_a_port_in_use_is_one_line_and_exit_two(home: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = str(other.getsockname()[1])
        answer = subprocess.run(
            [*MRAA, "local", "start", "--port", taken], capture_output=True, text=True, check=False, timeout=60
        )
    assert answer.returncode == 2
    assert answer.stderr.splitlines()[0].startswith(f"Error: Port {taken} is already in use")
    assert "Traceback" not in answer.stderr


def test_no_auth_prints_a_warning(run: Run, port: str) -> None:
    assert "ANY KEY IS ACCEPTED" in run("start", "--port", port, "--detach", "--no-auth").output
    assert "export AWS_ACCESS_KEY_ID=test" in run("env").output


def test_a_cloud_that_sent_no_mail_says_so(run: Run, port: str) -> None:
    run("start", "--detach", "--port", port)

    assert run("mail", "--port", port).output == "No mail has been sent.\n"


def test_schedules_are_sped_up_and_the_list_says_so(run: Run, port: str) -> None:
    run("start", "--detach", "--port", port)

    assert "schedules go 60 times as fast" in run("fault", "schedule-speed", "60", "--port", port).output
    assert "schedules" not in run("fault", "schedule-speed", "1", "--port", port).output


def test_a_resource_type_that_cannot_be_allowed_is_one_line_and_exit_two(home: Path, port: str) -> None:
    words = [*MRAA, "local", "start", "--detach", "--port", port, "--allow", "AWS::Space::Rocket"]
    answer = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    assert answer.returncode == 2
    assert answer.stderr.splitlines()[0] == "Error: The local cloud has no resource type AWS::Space::Rocket."
    assert "Traceback" not in answer.stderr


def test_the_clouds_that_run_are_listed_and_what_a_killed_one_left_is_removed(run: Run, port: str, home: Path) -> None:
    assert run("list").output == "No local cloud is running.\n"
    run("start", "--port", port, "--detach")
    cloud = process.find(int(port))
    assert cloud
    listed = json.loads(run("list", "--json").output)
    assert [(of["port"], of["processId"], of["folder"]) for of in listed["clouds"]] == [
        (int(port), cloud.pid, str(home / "local" / port))
    ]
    since = datetime.fromisoformat(listed["clouds"][0]["since"])
    assert abs((datetime.now(UTC) - since).total_seconds()) < 600
    assert listed["removed"] == []
    assert f"{port}" in run("list").output

    os.kill(cloud.pid, signal.SIGKILL)
    folder = home / "local" / port
    while process.is_locked(folder):
        time.sleep(0.05)
    assert (folder / "state.json").exists()
    said = run("list").output
    assert f"Removed what a killed local cloud left on port {port}" in said
    assert not (folder / "state.json").exists()
    assert cloud.log.exists()
    assert run("list").output == "No local cloud is running.\n"
    assert not process.stop(int(port))
