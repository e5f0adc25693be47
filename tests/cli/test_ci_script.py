"""`.ci/run`: installs a browser if necessary, then runs the tests."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NEEDED = ("bash", "dirname", "env", "id", "mktemp", "rm", "tail", "touch", "chmod")


class Machine:
    """A checkout with its own PATH, and a `make` that prints its arguments."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.bin = folder, folder / "bin"
        (folder / ".ci").mkdir()
        self.bin.mkdir()
        shutil.copy(ROOT / ".ci/run", folder / ".ci/run")
        for name in NEEDED:
            found = shutil.which(name)
            assert found
            (self.bin / name).symlink_to(found)
        self.has("make", 'echo "make $*"')
        self.has("sudo", 'shift; exec "$@"')

    def has(self, name: str, script: str = "true") -> None:
        (self.bin / name).write_text(f"#!/bin/sh\n{script}\n")
        (self.bin / name).chmod(0o755)

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", ".ci/run", *arguments],
            cwd=self.folder,
            env={"PATH": str(self.bin), **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.mark.parametrize("browser", ["chromium", "google-chrome"])
def test_with_a_browser_it_only_runs_the_tests(machine: Machine, browser: str) -> None:
    machine.has(browser)
    machine.has("apt-get", "exit 9")
    answer = machine.run(CI="true")
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "make test\n", "")


def test_without_one_it_installs_debians_quietly(machine: Machine) -> None:
    machine.has(
        "apt-get",
        f'echo noise; case "$*" in *chromium) touch {machine.bin}/chromium; chmod +x {machine.bin}/chromium;; esac',
    )
    answer = machine.run(CI="true")
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.splitlines() == ["No Chromium on the PATH: installing Debian's.", "make test"]


@pytest.mark.parametrize(("environment", "code"), [({"CI": "true"}, 1), ({}, 0)])
def test_if_it_cannot_be_installed_only_ci_stops(machine: Machine, environment: dict[str, str], code: int) -> None:
    machine.has("apt-get", "echo 'E: Unable to locate package' >&2; exit 100")
    answer = machine.run(**environment)
    assert answer.returncode == code
    assert "E: Unable to locate package" in answer.stderr
    assert "could not be installed" in answer.stderr
    assert ("make test" in answer.stdout) == (code == 0)


def test_without_apt_it_says_so_too(machine: Machine) -> None:
    answer = machine.run(CI="true")
    assert answer.returncode == 1
    assert answer.stderr == "The browser tests require Chromium, and it could not be installed.\n"


def test_a_version_of_python_is_tested_in_a_new_environment(machine: Machine) -> None:
    machine.has("chromium")
    (machine.folder / ".venv").mkdir()
    answer = machine.run("3.12")
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "make PYTHON=python3.12 test\n", "")
    assert not (machine.folder / ".venv").exists()


@pytest.mark.parametrize("arguments", [("python3.12",), ("3.12", "3.13"), ("",), ("3.12; true",)])
def test_what_is_no_version_is_refused_before_anything_changes(machine: Machine, arguments: tuple[str, ...]) -> None:
    (machine.folder / ".venv").mkdir()
    answer = machine.run(*arguments)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr == "Usage: .ci/run [PYTHON_VERSION], such as .ci/run 3.12\n"
    assert (machine.folder / ".venv").is_dir()
