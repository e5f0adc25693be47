"""The lock files: complete for every platform and Python that is supported, by hash, and what is installed here."""

import re
from configparser import ConfigParser
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.locking import BUILD, CHECKOUT, FOLDER, LOCKS, SCANNERS, SCANNERS_LIST
from tests.notices import ENVIRONMENTS, required

_LINE = re.compile(r"[a-z0-9.-]+==[\w.+!]+( ; [^\\:/]+)? \\")
_HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")


@cache
def locked(name: str) -> list[Requirement]:
    """The packages of a lock file, each at one version; more than one of a name if its markers say where."""
    lines = (FOLDER / name).read_text(encoding="utf-8").splitlines()
    return [Requirement(line.removesuffix(" \\")) for line in lines if not line.startswith(" ")]


def chosen(name: str, environment: dict[str, str]) -> dict[str, str]:
    """Version by package in one environment."""
    here = [of for of in locked(name) if of.marker is None or of.marker.evaluate(dict(environment))]
    assert len({of.name for of in here}) == len(here)
    return {canonicalize_name(of.name): next(iter(of.specifier)).version for of in here}


def declared(extras: tuple[str, ...]) -> list[Requirement]:
    """What setup.cfg asks for."""
    settings = ConfigParser()
    settings.read(CHECKOUT / "setup.cfg", encoding="utf-8")
    texts = [settings["options"]["install_requires"], *(settings["options.extras_require"][of] for of in extras)]
    lines = [line.strip() for text in texts for line in text.splitlines()]
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


def satisfied(requirement: Requirement, versions: dict[str, str]) -> bool:
    version = versions.get(canonicalize_name(requirement.name))
    return version is not None and requirement.specifier.contains(version, prereleases=True)


@pytest.mark.parametrize("name", [*LOCKS, BUILD, SCANNERS])
def test_a_lock_file_has_packages_and_hashes_and_nothing_of_the_machine_that_wrote_it(name: str) -> None:
    lines = (FOLDER / name).read_text(encoding="utf-8").splitlines()
    assert lines
    assert not [line for line in lines if not (_LINE.fullmatch(line) or _HASH.fullmatch(line))]


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_file_satisfies_setup_cfg_everywhere(name: str) -> None:
    for environment in ENVIRONMENTS:
        versions = chosen(name, environment)
        assert not [str(of) for of in declared(LOCKS[name]) if not satisfied(of, versions)], "run `make lock`"


def test_the_scanners_lock_has_what_is_listed() -> None:
    lines = (CHECKOUT / SCANNERS_LIST).read_text(encoding="utf-8").splitlines()
    listed = [Requirement(line) for line in lines if not line.startswith("#")]
    for environment in ENVIRONMENTS:
        versions = chosen(SCANNERS, environment)
        assert not [str(of) for of in listed if not satisfied(of, versions)], "run `make lock`"


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_file_is_complete(name: str) -> None:
    """Whatever a locked package needs on some platform is locked for that platform too."""
    for environment in ENVIRONMENTS:
        versions = chosen(name, environment)
        missing = [
            f"{package} needs {of}"
            for package in versions
            for of in _needs(package)
            if (of.marker is None or of.marker.evaluate({**environment, "extra": ""})) and not satisfied(of, versions)
        ]
        assert not missing, "run `make lock`"


def test_all_locks_have_the_same_versions() -> None:
    for environment in ENVIRONMENTS:
        tested = chosen("development.txt", environment)
        for name in (*LOCKS, BUILD):
            assert chosen(name, environment).items() <= tested.items()


def test_what_is_installed_is_what_is_locked() -> None:
    found: dict[str, Any] = {}
    here = [of for of in locked("development.txt") if of.marker is None or of.marker.evaluate()]
    for of in here:
        try:
            found[of.name] = distribution(of.name).version
        except PackageNotFoundError:
            found[of.name] = "not installed"
    assert found == {of.name: next(iter(of.specifier)).version for of in here}, "run `make install`"


@cache
def _needs(package: str) -> list[Requirement]:
    try:
        return list(required(distribution(package), ("",)))
    except PackageNotFoundError:
        return []  # of another platform
