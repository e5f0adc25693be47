"""A built release without one resource type: what the next version of the templates might be."""

import hashlib
import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mraa import names
from mraa.release import manifest

_HASH = re.compile(r"-([0-9a-f]{12})\.template$")


def drop_type(release: Path, resource_type: str, service: str) -> list[str]:
    """Remove a type from the regional template, and the service's permissions from the execution role.

    Everything that is named by its content gets another name, as a build does it. Returns the logical ids.
    """
    assets = release / manifest.REGIONAL_ASSETS
    (addressed,) = [file for file in assets.glob("*.template") if _HASH.search(file.name)]
    regional = json.loads(addressed.read_text(encoding="utf-8"))
    dropped = [name for name, of in regional["Resources"].items() if of["Type"] == resource_type]
    for name in dropped:
        del regional["Resources"][name]
    old_hash = _HASH.search(addressed.name)[1]  # type: ignore[index]
    new_hash = _hash(json.dumps(regional))
    _move(release, addressed, json.dumps(regional).replace(old_hash, new_hash), new_hash)
    (plain,) = list(assets.glob(names.REGIONAL_TEMPLATE))
    for file in (plain, release / manifest.GLOBAL_ASSETS / names.REGIONAL_TEMPLATE):
        _rewrite(release, file, json.dumps(regional).replace(old_hash, new_hash))

    main = json.loads((assets / names.MAIN_TEMPLATE).read_text(encoding="utf-8"))
    text = json.dumps(_without(main, service)).replace(old_hash, new_hash)
    for title, policy in main["Resources"].items():
        if title.startswith("Execution") and service in json.dumps(policy):
            text = text.replace(title, title[:-12] + _hash(title + new_hash))
    for folder in manifest.FOLDERS:
        _rewrite(release, release / folder / names.MAIN_TEMPLATE, text)
    return dropped


def _without(main: dict[str, Any], service: str) -> dict[str, Any]:
    """The main template whose execution role cannot use the service; a copy."""
    copy: dict[str, Any] = json.loads(json.dumps(main))
    for title, policy in copy["Resources"].items():
        if title.startswith("Execution"):
            document = policy["Properties"]["PolicyDocument"]
            document["Statement"] = [
                of for of in document["Statement"] if not any(a.startswith(f"{service}:") for a in _actions(of))
            ]
    return copy


def _actions(statement: dict[str, Any]) -> list[str]:
    actions = statement["Action"]
    return actions if isinstance(actions, list) else [actions]


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _move(release: Path, file: Path, text: str, new_hash: str) -> None:
    moved = file.with_name(_HASH.sub(f"-{new_hash}.template", file.name))
    file.rename(moved)
    _rewrite(release, moved, text, was=file.name)


def _rewrite(release: Path, file: Path, text: str, was: str = "") -> None:
    """Replace a file, and what the release's record says of it, or `mraa publish` would refuse it."""
    file.write_text(text, encoding="utf-8")
    record = release / manifest.RECORD
    document = json.loads(record.read_text(encoding="utf-8"))
    for entry in document["files"]:
        if (entry["folder"], entry["path"]) == (file.parent.name, was or file.name):
            new = manifest.describe(entry["folder"], file.name, text.encode(), entry["content_type"])
            entry |= asdict(new)
    record.write_text(json.dumps(document), encoding="utf-8")
