"""`mraa demo`, as a person runs it: in a checkout, in a process of its own."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mraa_local import process

ROOT = Path(__file__).parents[2]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[dict[str, str]]:
    """An environment with a state folder of its own, and settings that the demo must not use."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    yield {
        **kept,
        "MRAA_HOME": str(tmp_path),
        "MRAA_STACK_NAME": "production",
        "AWS_PROFILE": "production",
        "PYTHONUNBUFFERED": "1",
    }


def demo(home: dict[str, str], *words: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", "from mraa.cli.main import main; main()", "demo", *words],
        cwd=ROOT,
        env=home,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def require_free(port: int) -> None:
    """Raise OSError while somebody listens on the port; connections that are still closing do not count."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))


def test_the_demo_deploys_fails_over_and_back_and_ends(home: dict[str, str]) -> None:
    run = demo(home, "--exit")
    out, error = run.communicate(timeout=200)
    assert (run.returncode, error) == (0, "")
    assert "accepted by us-east-1, refused by ap-northeast-1" in out
    assert out.count("1 acknowledged writes readable") == 2
    assert "3 of 3 tested promises held." in out
    assert (ROOT / ".mraa" / "drill" / "drill.html").is_file()
    assert "temporary password" in out


def test_a_demo_that_stays_up_leaves_nothing_after_ctrl_c(home: dict[str, str]) -> None:
    port = free_port()
    run = demo(home, "--port", str(port))
    assert run.stdout
    for line in run.stdout:
        if "Running until Ctrl-C" in line:
            break
    run.send_signal(signal.SIGINT)
    out, error = run.communicate(timeout=60)
    assert (run.returncode, error) == (0, "")
    assert "state is deleted" in out
    require_free(port)
    assert not (ROOT / ".mraa" / f"demo-{port}").exists()


def test_a_killed_demo_ends_its_cloud(home: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MRAA_HOME", home["MRAA_HOME"])
    port = free_port()
    run = demo(home, "--port", str(port))
    assert run.stdout
    assert "Local cloud at" in run.stdout.readline()
    run.kill()
    run.communicate(timeout=60)
    # the cloud ends with its parent; stop() waits for it, and is safe if none is running
    process.stop(port)
    require_free(port)


def test_a_port_in_use_ends_in_one_line_with_a_hint(home: dict[str, str]) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        run = demo(home, "--port", str(port))
        out, error = run.communicate(timeout=60)
    assert run.returncode == 2
    assert f"Port {port} is already in use" in error
    assert f"make demo ARGS='--port {port + 1}'" in error
    assert "Traceback" not in out + error
