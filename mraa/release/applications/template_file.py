"""A CloudFormation template as somebody wrote it, JSON or YAML with short tags, and what is refused in it.

What CloudFormation itself would take differently (aliases, duplicate keys, numbers that JSON has not) is refused: what
is deployed must mean what was written.
"""

import json
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from cfn_tools.yaml_loader import CfnYamlLoader

from mraa.errors import UsageError

# CloudFormation's limit for a template in S3:
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
LIMIT_BYTES = 1_000_000

_SECTIONS = ("Parameters", "Mappings", "Conditions", "Resources", "Outputs", "Rules", "Metadata")


class _Loader(CfnYamlLoader):  # type: ignore[misc]  # the library carries no types
    """The loader of short tags, without what JSON and CloudFormation do not have."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise ValueError("it has a YAML alias, which CloudFormation does not support")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        _refuse_duplicates(keys)
        return {key: self.construct_object(value, deep=True) for key, (_, value) in zip(keys, node.value, strict=True)}


# dates stay as they are written: the version of a template or policy is one
_Loader.add_constructor("tag:yaml.org,2002:timestamp", lambda loader, node: node.value)
_Loader.add_constructor("tag:yaml.org,2002:map", lambda loader, node: loader.construct_mapping(node, deep=True))


@dataclass(frozen=True)
class TemplateFile:
    """A template with the file it was read from; ``label`` is its path as the user wrote it."""

    label: str
    document: Mapping[str, Any]

    @cached_property
    def resources(self) -> Mapping[str, dict[str, Any]]:
        """The resources by logical id."""
        return dict(self.document["Resources"])

    @property
    def parameters(self) -> Mapping[str, dict[str, Any]]:
        """The declared parameters by name."""
        return dict(self.document.get("Parameters") or {})

    @property
    def outputs(self) -> Mapping[str, dict[str, Any]]:
        """The outputs by name."""
        return dict(self.document.get("Outputs") or {})

    def of_type(self, *types: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Logical id and properties of each resource of these types."""
        for name, resource in self.resources.items():
            if resource["Type"] in types:
                yield name, properties_of(resource)


def properties_of(resource: Mapping[str, Any]) -> dict[str, Any]:
    """A resource's properties; empty if it has none."""
    found = resource.get("Properties")
    return found if isinstance(found, dict) else {}


def within(folder: Path, path: str, what: str) -> Path:
    """The path of a file or folder of the project. UsageError if it lies, or a link leads, outside ``folder``."""
    found = (folder / path).resolve()
    if not found.is_relative_to(folder.resolve()):
        raise UsageError(f"{what} {path} is outside the project {folder}.", "Move it into the project's folder.")
    return found


def read_template(folder: Path, path: str) -> TemplateFile:
    """Read a template of the project. UsageError names what is wrong with it."""
    where = within(folder, path, "Template")
    text = _read(where, path)
    try:
        document = parse(text)
    except (ValueError, RecursionError) as error:
        why = " ".join(str(error).split())[:200] if not isinstance(error, RecursionError) else "it is nested too deeply"
        raise _wrong(path, why) from error
    _check(path, document)
    return TemplateFile(path, document)


def parse(text: str) -> Any:
    """A JSON or YAML document as what JSON has. ValueError, in one line, for what it has not."""
    if text.lstrip().startswith("{"):
        return json.loads(text, object_pairs_hook=_pairs, parse_constant=_no_constant)
    try:
        loaded = yaml.load(text, _Loader)  # noqa: S506 - a subclass of the safe loader
    except yaml.YAMLError as error:
        raise ValueError(" ".join(str(error).split())) from error
    except (AttributeError, TypeError) as error:  # of a short tag on what it does not take, of a list as a key
        raise ValueError("it has a key or a short tag that CloudFormation does not have") from error
    return json.loads(json.dumps(loaded, allow_nan=False, default=_no_value))


def _read(path: Path, label: str) -> str:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise _wrong(label, "it is not a regular file")
        with path.open("rb") as file:
            content = file.read(LIMIT_BYTES + 1)
        if len(content) > LIMIT_BYTES:
            raise _wrong(label, f"it is larger than {LIMIT_BYTES:,} bytes, the most that CloudFormation takes")
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _wrong(label, "it is not UTF-8") from error
    except OSError as error:
        raise UsageError(f"Template {label} cannot be read: {error.strerror}.", "Fix its path in mraa.toml.") from error


def _check(label: str, document: Any) -> None:
    if not isinstance(document, dict) or not isinstance(document.get("Resources"), dict) or not document["Resources"]:
        raise _wrong(label, "it has no Resources")
    for name in _SECTIONS:
        if not isinstance(document.get(name) or {}, dict):
            raise _wrong(label, f"its section {name} is no mapping")
    for section in ("Parameters", "Outputs", "Resources"):
        for name, of in (document.get(section) or {}).items():
            if not isinstance(of, dict) or not (name.isascii() and name.isalnum()):
                raise _wrong(label, f"{name[:60]!r} in {section} is none of CloudFormation's")
    for name, resource in document["Resources"].items():
        if not isinstance(resource.get("Type"), str) or not isinstance(resource.get("Properties", {}), dict):
            raise _wrong(label, f"resource {name} has no Type, or Properties that are no mapping")
    if document.get("Transform") or _has_transform(document):
        raise UsageError(
            f"Template {label} has a Transform (a macro, AWS::Include, SAM, language extensions), which is not "
            "expanded here.",
            "Give the expanded template: of SAM, what `sam build` and `aws cloudformation package` leave is not one; "
            "`aws cloudformation get-template --template-stage Processed` returns it.",
        )


def _has_transform(node: Any) -> bool:
    if isinstance(node, dict):
        return any(key == "Fn::Transform" or key.startswith("Fn::ForEach") for key in node) or any(
            map(_has_transform, node.values())
        )
    return isinstance(node, list) and any(map(_has_transform, node))


def _wrong(label: str, why: str) -> UsageError:
    return UsageError(f"{label} is not a CloudFormation template: {why}.", "Fix the file, or its path in mraa.toml.")


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    _refuse_duplicates([key for key, _ in pairs])
    return dict(pairs)


def _refuse_duplicates(keys: list[Any]) -> None:
    seen: set[str] = set()
    for key in keys:
        # YAML takes numbers and dates for keys, which are text in JSON
        text = key if isinstance(key, str) else json.dumps(key, default=_no_value)
        if text in seen:
            raise ValueError(f"the key {text[:60]!r} stands twice")
        seen.add(text)


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")


def _no_value(value: Any) -> Any:
    raise ValueError(f"it contains a {type(value).__name__}, which JSON has not")
