"""The wheel does everything outside of a checkout, and the sdist is all that it is built from."""

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.checkout import CHECKOUT
from tests.distributions.make import make, tracked, wheel_of
from tests.unit.release_checkout import tree

PACKAGES = ("mraa/", "mraa_local/")
CARRIED = ("functions/", "fence/python/mraa_fence/", "webapp/")
PLACE = ("--bucket-prefix", "my-bucket", "--solution-version", "v1.2.3")


@pytest.fixture(scope="module")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Wheel and sdist."""
    wheel, sdist = sorted(make(tmp_path_factory.mktemp("dist")))
    return wheel, sdist


@pytest.fixture(scope="module")
def installed(distributions: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of an install of the wheel, whose user has an empty home."""
    site, home = tmp_path_factory.mktemp("site"), tmp_path_factory.mktemp("home")
    words = ["install", "--quiet", "--no-deps", "--no-index", "--no-compile", "--target", str(site)]
    subprocess.run([sys.executable, "-m", "pip", *words, str(distributions[0])], check=True, timeout=120)
    return {"PATH": os.environ["PATH"], "HOME": str(home), "PYTHONPATH": str(site)}


def mraa(folder: Path, environment: dict[str, str], *words: str) -> str:
    """The tool's output, which must end well."""
    answer = subprocess.run(
        [sys.executable, "-P", "-m", "mraa", *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )
    assert (answer.returncode, answer.stderr) == (0, "")
    return answer.stdout


def test_the_wheel_has_every_file_of_the_packages_and_every_source_of_a_release(
    distributions: tuple[Path, Path],
) -> None:
    with zipfile.ZipFile(distributions[0]) as wheel:
        names = set(wheel.namelist())
        for path in tracked():
            if path.startswith(PACKAGES):
                assert wheel.read(path) == (CHECKOUT / path).read_bytes()
            elif path.startswith(CARRIED):
                assert wheel.read(f"mraa/release/carried/{path}") == (CHECKOUT / path).read_bytes()
    assert {name.split("/")[0] for name in names} == {"mraa", "mraa_local", "mraa-1.0.0.dist-info"}
    assert [name for name in names if name.startswith("mraa/release/carried/build/") and name.endswith("/index.html")]
    assert {"mraa-1.0.0.dist-info/licenses/LICENSE", "mraa-1.0.0.dist-info/licenses/NOTICE"} <= names


def test_the_sdist_has_every_file_that_git_tracks(distributions: tuple[Path, Path]) -> None:
    with tarfile.open(distributions[1]) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    assert set(tracked()) <= names
    assert not [name for name in names if "node_modules" in name or name.endswith(".pyc") or ".venv" in name]


def test_the_wheel_that_the_sdist_builds_is_the_same_byte_for_byte(
    distributions: tuple[Path, Path], tmp_path: Path
) -> None:
    with tarfile.open(distributions[1]) as sdist:
        sdist.extractall(tmp_path, filter="data")
    (folder,) = tmp_path.iterdir()
    assert wheel_of(folder, tmp_path / "again").read_bytes() == distributions[0].read_bytes()


def test_an_install_renders_the_templates_in_an_empty_folder(installed: dict[str, str], tmp_path: Path) -> None:
    mraa(tmp_path, installed, "render", "--output", "templates")
    golden = tree(CHECKOUT / "templates")
    assert golden and tree(tmp_path / "templates") == golden


def test_an_install_builds_the_same_bytes_as_the_checkout(installed: dict[str, str], tmp_path: Path) -> None:
    said = mraa(tmp_path, installed, "build", *PLACE)
    assert f"files from {installed['PYTHONPATH']}/mraa/release/carried in" in said
    own = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    mraa(CHECKOUT, own, "build", *PLACE, "--output", str(tmp_path / "of-the-checkout"))
    assert tree(tmp_path / "deployment") == tree(tmp_path / "of-the-checkout")


def test_an_install_builds_a_checkout_with_the_tool_of_that(installed: dict[str, str], tmp_path: Path) -> None:
    answer = subprocess.run(
        [sys.executable, "-P", "-m", "mraa", "build", *PLACE, "--output", str(tmp_path / "release")],
        cwd=CHECKOUT / "functions",
        env=installed,
        capture_output=True,
        text=True,
        check=True,
        timeout=200,
    )
    assert answer.stderr == f"mraa: built by the tool of {CHECKOUT}, in which you are\n"
    assert f"files from {CHECKOUT} in" in answer.stdout
