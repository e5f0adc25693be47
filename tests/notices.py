"""The licences of all that is installed with the tool or served with the web app, for NOTICE: ``make docs`` writes it.

From the installed packages' own metadata and from npm's lock file; a package without a known licence fails.
"""

import json
from collections.abc import Iterator, Mapping
from importlib.metadata import Distribution, distribution
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

CHECKOUT = Path(__file__).parents[1]
NOTICE = CHECKOUT / "NOTICE"
BEGIN = "Installed with the tool, as its dependencies and those of its extras `build` and `local`:\n"

_EXTRAS = ("", "build", "local")
_SYSTEMS = {"linux": ("Linux", "posix"), "darwin": ("Darwin", "posix"), "win32": ("Windows", "nt")}
# where the tool is to run, for the markers of requirements
ENVIRONMENTS: list[dict[str, str]] = [
    {
        "sys_platform": platform,
        "platform_system": system,
        "os_name": os_name,
        "python_version": python,
        "python_full_version": f"{python}.0",
        "platform_python_implementation": "CPython",
        "implementation_name": "cpython",
    }
    for platform, (system, os_name) in _SYSTEMS.items()
    for python in ("3.11", "3.12", "3.13", "3.14")
]
_BY_CLASSIFIER = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD",
    "MIT License": "MIT",
    "Python Software Foundation License": "PSF-2.0",
}
_BY_TEXT = {"Apache-2.0": "Apache-2.0", "Apache2": "Apache-2.0", "BSD-2-Clause": "BSD-2-Clause"}
_MIT = "Permission is hereby granted, free of charge"


class UnknownLicenceError(Exception):
    """A package does not say, or not in words that are known here, under which licence it is."""


def python_packages() -> dict[str, str]:
    """Licence by name of every package that the tool needs somewhere, without the tool itself."""
    found: dict[str, str] = {}
    left = list(required(distribution("mraa"), _EXTRAS))
    while left:
        requirement = left.pop()
        name = canonicalize_name(requirement.name)
        package = distribution(name)
        if name not in found or requirement.extras:
            found[name] = licence_of(package)
            left += [
                of for of in required(package, ("", *requirement.extras)) if canonicalize_name(of.name) not in found
            ]
    return dict(sorted(found.items()))


def npm_packages() -> dict[str, str]:
    """Licence by name of every package that the web app is built from."""
    packages: Mapping[str, Any] = json.loads((CHECKOUT / "webapp/package-lock.json").read_text(encoding="utf-8"))[
        "packages"
    ]
    named = {
        place.rpartition("node_modules/")[2]: of
        for place, of in packages.items()
        if place and not (of.get("dev") or of.get("devOptional"))
    }
    return {name: _known(name, str(of.get("license", ""))) for name, of in sorted(named.items())}


def licence_of(package: Distribution) -> str:
    """In SPDX's words, by what the package says of itself."""
    metadata: Any = package.metadata
    if expression := metadata.get("License-Expression"):
        return str(expression)
    classified = [
        of.rpartition(" :: ")[2] for of in metadata.get_all("Classifier") or [] if of.startswith("License ::")
    ]
    if classified:
        return " OR ".join(sorted(_known(package.name, _BY_CLASSIFIER.get(of, "")) for of in classified))
    text = str(metadata.get("License", ""))
    return _known(package.name, "MIT" if _MIT in text else _BY_TEXT.get(text, ""))


def generated() -> str:
    """The part of NOTICE that is written here."""
    return "\n".join(
        [
            BEGIN,
            *(f"  {name} ({licence})" for name, licence in python_packages().items()),
            "",
            "The web app is built from these; what its bundle contains of them is listed, with the licences' texts,",
            "in the site's licenses.txt:",
            "",
            *(f"  {name} ({licence})" for name, licence in npm_packages().items()),
            "",
        ]
    )


def _known(name: str, licence: str) -> str:
    if not licence:
        raise UnknownLicenceError(f"{name}: say its licence in {Path(__file__).name}")
    return licence


def required(package: Distribution, extras: tuple[str, ...]) -> Iterator[Requirement]:
    """What a package needs with these extras, on any platform."""
    for requirement in map(Requirement, package.requires or []):
        marker = requirement.marker
        if marker is None or any(marker.evaluate({**of, "extra": extra}) for of in ENVIRONMENTS for extra in extras):
            yield requirement


def main() -> None:
    written = NOTICE.read_text(encoding="utf-8")
    NOTICE.write_text(written.partition(BEGIN)[0] + generated(), encoding="utf-8")


if __name__ == "__main__":
    main()
