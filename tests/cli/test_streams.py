"""The tool's streams as a shell can set them: no reader, no space, closed, shared; and Ctrl-C at a bad moment."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

# a verb with a lot of output, then its last step: the file named by the argument
_VERB = """
import sys
from pathlib import Path
import click
from mraa.cli import main, streams

@click.command()
def command():
    for number in range(20_000):
        click.echo(f"line {number}")
    click.echo("to the other stream", err=True)
    sys.stdout.flush()
    Path(sys.argv[1]).write_text("lost" if streams.is_output_lost() else "heard")

main.cli.get_command = lambda ctx, name: command
main.main(["status"])
"""

_CTRL_C = """
import os, signal, time, weakref
import click
from mraa.cli import main

class Thing: pass

def press(_):
    os.kill(os.getpid(), signal.SIGINT)
    for _ in range(1000):  # Python raises it in here, and drops it with a notice
        pass

@click.command()
def command():
    thing = Thing()
    held = weakref.ref(thing, press)
    del thing
    time.sleep(30)
    print("never heard", held)

main.cli.get_command = lambda ctx, name: command
main.main(["status"])
"""


def _ended(step: Path, stdout: int, stderr: int | None = subprocess.PIPE) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", _VERB, str(step)], stdout=stdout, stderr=stderr, text=True, timeout=60, check=False
    )


def test_a_verb_whose_reader_has_exited_runs_to_its_end(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        run = _ended(tmp_path / "step", writing)
    finally:
        os.close(writing)
    assert (tmp_path / "step").read_text() == "lost"
    assert (run.returncode, run.stderr) == (0, "to the other stream\n")


def test_a_verb_without_space_for_its_output_runs_to_its_end_and_says_so(tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        run = _ended(tmp_path / "step", full.fileno())
    assert (tmp_path / "step").read_text() == "lost"
    assert run.returncode == 1
    assert "Error: Done, but not all of the output was written: No space left on device\n" in run.stderr


def test_a_verb_without_space_for_its_errors_runs_to_its_end(tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        run = _ended(tmp_path / "step", subprocess.PIPE, full.fileno())
    assert (tmp_path / "step").read_text() == "heard"
    assert (run.returncode, run.stdout.splitlines()[-1]) == (0, "line 19999")


def test_a_full_pipe_that_must_not_block_loses_nothing(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with subprocess.Popen(
        [sys.executable, "-c", _VERB, str(tmp_path / "step")], stdout=writing, stderr=subprocess.DEVNULL
    ) as process:
        os.close(writing)
        with os.fdopen(reading) as lines:
            assert len(lines.readlines()) == 20_000
    assert (process.returncode, (tmp_path / "step").read_text()) == (0, "heard")


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&- <&-"])
def test_a_verb_whose_streams_are_closed_runs_to_its_end(closed: str, tmp_path: Path) -> None:
    step = tmp_path / "step"
    script = tmp_path / "verb.py"
    script.write_text(_VERB)
    run = subprocess.run(
        ["sh", "-c", f'exec "$0" "$1" "$2" {closed}', sys.executable, str(script), str(step)],
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (run.returncode, step.read_text()) == (0, "heard")


def test_ctrl_c_inside_a_callback_of_python_is_not_lost() -> None:
    run = subprocess.run([sys.executable, "-c", _CTRL_C], capture_output=True, text=True, timeout=25, check=False)
    assert (run.returncode, run.stdout, run.stderr) == (130, "", "\nInterrupted.\n")


# the verb ends, but one of its threads still waits for a Region; then Ctrl-C
_LATE_CTRL_C = """
import os, signal, sys, threading, time
from concurrent.futures import ThreadPoolExecutor
import click
from mraa.cli import main

def press():
    time.sleep(1.5)
    os.kill(os.getpid(), signal.SIGINT)

@click.command()
def command():
    pool = ThreadPoolExecutor(1)
    pool.submit(time.sleep, 20)
    pool.shutdown(wait=False)
    threading.Thread(target=press, daemon=True).start()

main.cli.get_command = lambda ctx, name: command
sys.argv = ["mraa", "status"]
main.main()
"""


def test_ctrl_c_while_the_last_threads_end_makes_no_noise() -> None:
    begun = time.monotonic()
    run = subprocess.run([sys.executable, "-c", _LATE_CTRL_C], capture_output=True, text=True, timeout=60, check=False)
    assert (run.returncode, run.stderr) == (-signal.SIGINT, "")
    assert time.monotonic() - begun < 19


def test_watching_ends_when_nobody_reads_any_more(tmp_path: Path) -> None:
    nowhere = {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "b",
        "HOME": str(tmp_path),
        "PATH": os.environ["PATH"],
    }
    watching = [
        "status",
        "--watch",
        "--interval",
        "0.5",
        "--primary-region",
        "us-east-1",
        "--secondary-region",
        "eu-west-1",
    ]
    with subprocess.Popen(
        [sys.executable, "-c", "from mraa.cli.main import main; main()", *watching],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=nowhere,
        cwd=tmp_path,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        first = process.stdout.readline()
        process.stdout.close()
        said = process.stderr.read()
        assert process.wait(timeout=60) == 0, said
    assert "every 0.5 s, Ctrl-C ends it" in first
