"""The release's bill of materials (CycloneDX, JSON): what it contains and which packages the web app was built from.

The functions' zips contain nothing but their own code. Of the web app's packages all are listed that its lock file
installs for production; the bundler leaves out what is not used. No date and no serial number: the same release gives
the same bytes. https://cyclonedx.org/docs/1.6/json/
"""

import base64
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from mraa.errors import UsageError
from mraa.release import npm
from mraa.release.manifest import ReleaseFile
from mraa.templates.release import Release

FILE_NAME = "sbom.cdx.json"

_RELEASE, _WEBAPP = "release", "webapp"
_LICENCE = "Apache-2.0"
_INSTALLED = f"{npm.PACKAGES}/"

Packages = Mapping[str, Mapping[str, Any]]  # of a lock file: by their place, "" is the web app itself


def bill_of_materials(release: Release, zips: Mapping[str, ReleaseFile], webapp: Path) -> str:
    """``sbom.cdx.json``. ``zips``: each function's, by its folder's name."""
    packages = _locked(webapp / npm.LOCK)
    functions = [_function(name, file) for name, file in sorted(zips.items())]
    own = packages.get("", {})
    site = _own(_WEBAPP, str(own.get("name", _WEBAPP)), str(own.get("version", release.version)))
    libraries = {_purl(place, of): _library(place, of) for place, of in packages.items() if place}
    document = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": _own(_RELEASE, release.solution_name, release.version)},
        "components": [*functions, site, *(libraries[purl] for purl in sorted(libraries))],
        "dependencies": [
            {"ref": _RELEASE, "dependsOn": [*(of["bom-ref"] for of in functions), _WEBAPP]},
            {"ref": _WEBAPP, "dependsOn": _needed(packages, "")},
            *_graph(packages),
        ],
    }
    return json.dumps(document, indent=2) + "\n"


def _locked(lock: Path) -> Packages:
    """The web app's own entry and the packages that it is installed with; nothing if it has no lock file."""
    try:
        packages = json.loads(lock.read_text(encoding="utf-8"))["packages"]
        return {place: of for place, of in packages.items() if not of.get("dev")}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise UsageError(
            f"{lock} cannot be read as npm's lock file: {error!r}.", "Restore the committed file."
        ) from error


def _own(ref: str, name: str, version: str) -> dict[str, Any]:
    return {
        "type": "application",
        "bom-ref": ref,
        "name": name,
        "version": version,
        "licenses": [{"license": {"id": _LICENCE}}],
    }


def _function(folder: str, file: ReleaseFile) -> dict[str, Any]:
    name = folder.replace("_", "-")
    hashes = [{"alg": "SHA-256", "content": file.sha256}]
    return _own(f"function/{name}", name, file.sha256[:12]) | {"hashes": hashes}


def _library(place: str, package: Mapping[str, Any]) -> dict[str, Any]:
    group, _, name = _name(place).rpartition("/")
    licence = str(package.get("license", ""))
    kind, _, digest = str(package.get("integrity", "")).partition("-")
    return {
        "type": "library",
        "bom-ref": _purl(place, package),
        **({"group": group} if group else {}),
        "name": name,
        "version": str(package["version"]),
        **({"licenses": [_licence(licence)]} if licence else {}),
        **({"hashes": [{"alg": "SHA-512", "content": base64.b64decode(digest).hex()}]} if kind == "sha512" else {}),
        "purl": _purl(place, package),
    }


def _licence(text: str) -> dict[str, Any]:
    return {"expression": text} if " " in text else {"license": {"id": text}}


def _graph(packages: Packages) -> Iterator[dict[str, Any]]:
    """What each package needs; a package in two places is one, with the needs of both."""
    needed: dict[str, set[str]] = {}
    for place, of in packages.items():
        if place:
            needed.setdefault(_purl(place, of), set()).update(_needed(packages, place))
    for purl, others in sorted(needed.items()):
        yield {"ref": purl, "dependsOn": sorted(others)}


def _needed(packages: Packages, place: str) -> list[str]:
    """The packages that one needs, as Node finds them: in its own folder, then in each one above."""
    of = packages.get(place, {})
    names = {*of.get("dependencies", {}), *of.get("peerDependencies", {}), *of.get("optionalDependencies", {})}
    found = {_purl(at, packages[at]) for name in names if (at := _resolved(packages, place, name))}
    return sorted(found)


def _resolved(packages: Packages, place: str, name: str) -> str:
    """Where a package is found; empty if it is not installed: an optional one, or one for development."""
    while True:
        at = f"{place}/{_INSTALLED}{name}".lstrip("/")
        if at in packages:
            return at
        if not place:
            return ""
        place = place.rpartition(_INSTALLED)[0].rstrip("/")


def _name(place: str) -> str:
    return place.rpartition(_INSTALLED)[2]


def _purl(place: str, package: Mapping[str, Any]) -> str:
    return f"pkg:npm/{quote(_name(place))}@{quote(str(package['version']))}"
