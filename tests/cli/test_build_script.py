"""The two scripts in deployment/: thin, work from any folder, and check their arguments."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "deployment" / "build-s3-dist.sh"


def make_checkout(folder: Path, mraa: str) -> Path:
    """A checkout whose ``mraa`` is the shell script ``mraa``, to test how the scripts call it."""
    (folder / "deployment").mkdir(parents=True)
    for script in SCRIPT.parent.glob("*.sh"):
        (folder / "deployment" / script.name).write_bytes(script.read_bytes())
        (folder / "deployment" / script.name).chmod(0o755)
    for name in ("mraa", "pytest"):
        (folder / ".venv/bin").mkdir(parents=True, exist_ok=True)
        (folder / ".venv/bin" / name).write_text(f"#!/bin/sh\n{mraa}\n")
        (folder / ".venv/bin" / name).chmod(0o755)
    return folder


def run(script: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([script, *arguments], cwd=cwd, capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.parametrize("arguments", [(), ("my-bucket",), ("my-bucket", "app"), ("my-bucket", "app", "v1", "more")])
def test_anything_but_three_arguments_prints_the_usage_and_exits_one(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    answer = run(SCRIPT, *arguments, cwd=tmp_path)
    assert answer.returncode == 1
    assert answer.stderr.startswith("Usage: build-s3-dist.sh BUCKET_PREFIX SOLUTION_NAME VERSION")
    assert answer.stdout == ""


def test_it_runs_mraa_build_into_its_own_folder_from_any_folder(tmp_path: Path) -> None:
    checkout = make_checkout(tmp_path / "a checkout", 'pwd; for word in "$@"; do echo "$word"; done')
    answer = run(checkout / "deployment/build-s3-dist.sh", "my-bucket", "--app", "v 1", cwd=tmp_path)
    assert answer.returncode == 0
    assert answer.stdout.splitlines() == [
        str(checkout),
        "build",
        "--bucket-prefix=my-bucket",
        "--solution-name=--app",
        "--solution-version=v 1",
        "--output=deployment",
    ]


def test_mraas_exit_code_is_the_scripts(tmp_path: Path) -> None:
    checkout = make_checkout(tmp_path / "checkout", "exit 2")
    assert run(checkout / "deployment/build-s3-dist.sh", "b", "s", "v", cwd=tmp_path).returncode == 2


def test_a_checkout_without_an_environment_is_installed_first(tmp_path: Path) -> None:
    checkout = make_checkout(tmp_path / "checkout", "echo built")
    (checkout / ".venv").rename(checkout / "environment")
    (checkout / "Makefile").write_text("install:\n\tmv environment .venv\n")
    answer = run(checkout / "deployment/build-s3-dist.sh", "b", "s", "v", cwd=tmp_path)
    assert answer.stdout == "built\n"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("My-Bucket", "app", "v1.0.0"), "--bucket-prefix 'My-Bucket' is not valid"),
        (("my-bucket", "app", "v1/0"), "--solution-version 'v1/0' is not valid"),
        (("my-bucket", "a/b", "v1.0.0"), "--solution-name 'a/b' is not valid"),
        (("", "app", "v1.0.0"), "--bucket-prefix is empty"),
    ],
)
def test_bad_values_end_in_one_clear_line_and_exit_two(
    tmp_path: Path, arguments: tuple[str, ...], complaint: str
) -> None:
    answer = run(SCRIPT, *arguments, cwd=tmp_path)
    assert answer.returncode == 2
    assert answer.stderr.startswith(f"Error: {complaint}")
    assert "Traceback" not in answer.stderr


def test_the_unit_tests_script_runs_what_needs_no_cloud(tmp_path: Path) -> None:
    checkout = make_checkout(tmp_path / "checkout", 'pwd; echo "$@"')
    answer = run(checkout / "deployment/run-unit-tests.sh", "-k", "zips", cwd=tmp_path)
    assert answer.stdout.splitlines() == [str(checkout), "tests/unit tests/functions tests/templates -k zips"]
