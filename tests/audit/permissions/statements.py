"""Every Allow statement of a release's templates, and the templates without one of them."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mraa import names
from mraa.release import manifest

TEMPLATES = (names.MAIN_TEMPLATE, names.REGIONAL_TEMPLATE, names.DEMO_UI_TEMPLATE)
EXPLAINED = "Unproved"  # metadata of a resource: statement -> why its absence shows nowhere

# what stands in a statement's place: a policy must have one, and this one grants nothing that anybody uses
_GRANTS_NOTHING = {"Effect": "Deny", "Action": "iam:CreateUser", "Resource": "*"}
_TRUSTS_NOBODY_OF_OURS = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}

Step = str | int


@dataclass(frozen=True)
class Statement:
    """Where it is: template, resource, and the way through the resource's properties."""

    template: str
    resource: str
    way: tuple[Step, ...]
    actions: tuple[str, ...]
    is_trust: bool
    explanation: str = ""

    @property
    def label(self) -> str:
        """Resource and actions, the same from release to release."""
        return f"{_without_hash(self.resource)}: {'trust' if self.is_trust else _called(self.actions)}"


def find(folder: Path) -> list[Statement]:
    """The statements of the templates of a built release."""
    found = []
    for template in TEMPLATES:
        for name, resource in _load(_files(folder, template)[0])["Resources"].items():
            explained = resource.get("Metadata", {}).get(EXPLAINED, {})
            # a boundary grants nothing, it takes away
            if not name.startswith("StackInstanceBoundary"):
                found += list(_statements(template, name, resource.get("Properties", {}), explained))
    return found


def take_away(folder: Path, statement: Statement) -> None:
    """Rewrite the release's template, and its copy that is named by its content, without the statement."""
    for file in _files(folder, statement.template):
        template = _load(file)
        at = template["Resources"][_same(statement, template["Resources"])]["Properties"]
        for step in statement.way[:-1]:
            at = at[step]
        if statement.is_trust:
            at[statement.way[-1]] = _TRUSTS_NOBODY_OF_OURS
        elif "Principal" in at[statement.way[-1]]:
            of = at[statement.way[-1]]
            at[statement.way[-1]] = {**of, "Principal": {"Service": "ec2.amazonaws.com"}}
        else:
            at[statement.way[-1]] = _GRANTS_NOTHING
        rewrite(folder, file, json.dumps(template))


def _same(statement: Statement, resources: Mapping[str, Any]) -> str:
    """The resource's logical id in this release, whose hash another release's does not have."""
    return next(name for name in resources if _without_hash(name) == _without_hash(statement.resource))


def _without_hash(logical_id: str) -> str:
    return logical_id[:-12] if logical_id.startswith(("Execution", "StackInstanceBoundary")) else logical_id


def rewrite(folder: Path, file: Path, text: str) -> None:
    """Replace a file, and what the release's record says of it, or `mraa publish` would refuse it."""
    file.write_text(text, encoding="utf-8")
    record = folder / manifest.RECORD
    document = json.loads(record.read_text(encoding="utf-8"))
    for entry in document["files"]:
        if folder / entry["folder"] / entry["path"] == file:
            new = manifest.describe(entry["folder"], entry["path"], file.read_bytes(), entry["content_type"])
            entry |= asdict(new)
    record.write_text(json.dumps(document), encoding="utf-8")


def _files(folder: Path, template: str) -> list[Path]:
    stem = re.escape(template.removesuffix(".template"))
    names_of_it = re.compile(rf"{stem}(-[0-9a-f]{{12}})?\.template")
    return sorted(file for file in folder.rglob("*.template") if names_of_it.fullmatch(file.name))


def _load(file: Path) -> dict[str, Any]:
    return dict(json.loads(file.read_text(encoding="utf-8")))


def _statements(
    template: str, resource: str, properties: Mapping[str, Any], explained: Mapping[str, str]
) -> Iterator[Statement]:
    for way, part in _walk(properties, ()):
        if not isinstance(part, dict) or part.get("Effect") != "Allow":
            continue
        actions = part["Action"] if isinstance(part["Action"], list) else [part["Action"]]
        is_trust = way[0] == "AssumeRolePolicyDocument"
        why = explained.get("trust" if is_trust else _called(actions), "")
        yield Statement(template, resource, way, tuple(actions), is_trust, why)


def _called(actions: Sequence[str]) -> str:
    """A statement by its first action and the number of others."""
    return f"{actions[0]} and {len(actions) - 1} more" if len(actions) > 1 else actions[0]


def _walk(value: Any, way: tuple[Step, ...]) -> Iterator[tuple[tuple[Step, ...], Any]]:
    yield way, value
    children: Iterator[tuple[Step, Any]] = iter(())
    if isinstance(value, dict):
        children = iter(value.items())
    elif isinstance(value, list):
        children = iter(enumerate(value))
    for step, child in children:
        yield from _walk(child, (*way, step))
