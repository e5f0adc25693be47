"""`mraa demo`, as a person runs it: in a checkout, in a process of its own."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mraa_local import process
from tests.documentation.commands import type_in

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
    assert "It takes a" in out
    phases = ["local start", "build", "publish", "deploy", "webapp deploy", "status", "drill"]
    assert [f"✓ mraa {name}" for name in phases] == [
        line.rpartition(" (")[0] for line in out.splitlines() if line.startswith("✓ mraa ")
    ]
    assert "✓ sample photos" in out
    assert "✓ rehearsal" in out
    assert "3 of 3 tested promises held." in out
    assert (ROOT / ".mraa" / "drill" / "drill.html").is_file()
    assert f"Kept:  {ROOT}/.mraa/drill/drill.html" in out
    # its cloud has ended: there is nothing to open or to sign in to
    assert "Web app" not in out
    assert "temporary password" not in out
    # a build server's log: no colours, nothing redrawn, and not every event of every stack
    assert "\x1b" not in out
    assert len(out.splitlines()) < 40


def test_verbose_it_shows_every_line_of_every_command(home: dict[str, str]) -> None:
    run = demo(home, "--exit", "--verbose")
    out, error = run.communicate(timeout=200)
    assert (run.returncode, error) == (0, "")
    assert "Create stack mraa in us-east-1 and its stack instances in ap-northeast-1 and us-east-1" in out
    assert "accepted by us-east-1, refused by ap-northeast-1" in out
    assert out.count("1 acknowledged writes readable") == 2
    assert "3 of 3 tested promises held." in out


def test_on_a_terminal_it_is_one_table_that_is_redrawn(home: dict[str, str]) -> None:
    code, shown = type_in(
        f"{sys.executable} -m mraa demo --exit", ROOT, {**home, "TERM": "xterm", "COLUMNS": "80"}, 300
    )
    assert code == 0, shown
    table = shown[shown.rindex("mraa local start") :]
    assert "mraa webapp deploy" in table
    assert table.index("mraa build") < table.index("mraa drill") < table.index("Everything works")
    event = re.compile("CREATE_(IN_PROGRESS|COMPLETE)")
    assert event.search(shown)  # the newest line, below it
    assert not event.search(table)


def test_an_early_ctrl_c_says_what_is_kept_and_how_to_go_on(home: dict[str, str]) -> None:
    run = demo(home, "--exit")
    assert run.stdout
    for line in run.stdout:
        if line.startswith("… mraa deploy"):
            break
    run.send_signal(signal.SIGINT)
    out, error = run.communicate(timeout=120)
    assert (run.returncode, error.strip()) == (130, "Interrupted.")
    assert "printed:" not in out
    assert "✗ mraa deploy" in out
    assert "The demo ended early. The local cloud is stopped, with all that was in it." in out
    assert "run it again: it starts anew, and the built web app is used again" in out
    [kept] = [Path(line.split()[1]) for line in out.splitlines() if line.startswith("Kept:")]
    assert "$ mraa build" in (kept / "demo.log").read_text()
    shutil.rmtree(kept)


def test_a_phase_that_fails_shows_all_that_it_printed(home: dict[str, str], tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "mraa.toml").write_text('[application.orders]\nregional = "none.yaml"\n')
    run = demo(home, "--exit", "--application", str(project))
    out, error = run.communicate(timeout=120)
    assert run.returncode == 2
    assert "none.yaml" in error
    assert "✗ mraa build" in out
    assert "To go on, run it again" in out
    assert "Traceback" not in out + error


def test_a_demo_that_stays_up_leaves_nothing_but_reports_after_ctrl_c(home: dict[str, str]) -> None:
    port = free_port()
    run = demo(home, "--port", str(port))
    assert run.stdout
    said = []
    for line in run.stdout:
        said.append(line)
        if "Running until Ctrl-C" in line:
            break
    assert any(line.startswith("Web app   http://127.0.0.1:") for line in said)
    assert any("temporary password" in line for line in said)
    # as somebody writes who was told to drill
    folder = ROOT / ".mraa" / f"demo-{port}"
    for name in ("drill", "recovery-reports"):
        (folder / name).mkdir()
        (folder / name / "report.html").write_text(str(port))
    run.send_signal(signal.SIGINT)
    out, error = run.communicate(timeout=60)
    assert (run.returncode, error) == (0, "")
    assert "state is deleted" in out
    [*_, kept] = [Path(line.split()[1]) for line in out.splitlines() if line.startswith("Kept:")]
    for name in ("drill", "recovery-reports"):
        assert (kept / name / "report.html").read_text() == str(port)
    shutil.rmtree(kept)
    require_free(port)
    assert not (ROOT / ".mraa" / f"demo-{port}").exists()


def test_a_killed_demo_ends_its_cloud(home: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MRAA_HOME", home["MRAA_HOME"])
    port = free_port()
    run = demo(home, "--port", str(port))
    assert run.stdout
    for line in run.stdout:
        if line.startswith("✓ mraa local start"):
            break
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
    # no cloud of this demo's was there to be stopped, and the same command again would fail again
    assert "ended early" not in out
    assert "run it again" not in out
    assert "Traceback" not in out + error
