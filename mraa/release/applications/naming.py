"""Fixed names that can exist once only, in an account or in a Region, and would be taken twice."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mraa.release.applications.schemas import name_property
from mraa.release.applications.template_file import TemplateFile, properties_of
from mraa.templates.application.models import OFFERED

# one name for all Regions of an account, or of the world
_WITHOUT_REGION = ("AWS::IAM::", "AWS::CloudFront::", "AWS::Route53::", "AWS::S3::Bucket")
# what differs between the Regions, and between stacks
_BY_REGION = {"AWS::Region", "Region", "Role", "PeerRegion", "RoutingLayerUrl", "ObjectStoreBucketName"}
_BY_STACK = {"AWS::StackName", "AWS::StackId"}
_SAME_FOR_ALL = {*OFFERED, "AWS::Region", "AWS::AccountId", "AWS::Partition", "AWS::URLSuffix"}

_SHOWN = 80  # characters of a name
_PLACEHOLDER = re.compile(r"\$\{([^!}][^}]*)\}")


@dataclass(frozen=True)
class Collision:
    """A resource whose name another one takes."""

    file: str
    logical_id: str
    text: str
    fix: str


def colliding(
    name: str, regional: TemplateFile, global_: TemplateFile | None, others: Mapping[str, Sequence[TemplateFile]]
) -> Iterator[Collision]:
    """Names that would be taken twice: in two Regions, by both templates, by another application.

    ``others`` are the templates of the other applications, by name.
    """
    yield from _between_regions(regional)
    taken = dict(_fixed(global_)) if global_ else {}
    for key, logical_id in _fixed(regional):
        if key in taken and global_:
            yield _taken(regional.label, logical_id, key, f"{taken[key]} of {global_.label}")
    own = [(of.label, *found) for of in (global_, regional) if of for found in _fixed(of)]
    for other, templates in others.items():
        theirs = {key: logical_id for template in templates for key, logical_id in _fixed(template)}
        for label, key, logical_id in own:
            if key in theirs:
                yield _taken(label, logical_id, key, f"{theirs[key]} of application {other}")


def _between_regions(template: TemplateFile) -> Iterator[Collision]:
    for logical_id, resource in template.resources.items():
        kind, written = resource["Type"], _name(resource)
        if not kind.startswith(_WITHOUT_REGION) or written is None or "Condition" in resource:
            continue
        references = _references(written)
        if not references & (_BY_REGION | _BY_STACK) and "Fn::If" not in references:
            yield Collision(
                template.label,
                logical_id,
                f"the name {_shown(written)} can exist once, and each Region would create its {kind} by that name",
                f"Put ${{Region}} into its {name_property(kind)}, or leave it out.",
            )


def _fixed(template: TemplateFile) -> Iterator[tuple[tuple[str, str], str]]:
    """Type and name, and logical id, of each resource whose name is the same whichever stack has it."""
    for logical_id, resource in template.resources.items():
        written = _name(resource)
        if written is not None and _references(written) <= _SAME_FOR_ALL:
            yield (resource["Type"], _text(written)), logical_id


def _taken(file: str, logical_id: str, key: tuple[str, str], by: str) -> Collision:
    kind, name = key
    return Collision(
        file, logical_id, f"{kind} {_shown(name)} is the name of {by} too", "Give one of them another name."
    )


def _name(resource: Mapping[str, Any]) -> Any:
    """The name that a template gives a resource; None if CloudFormation generates one."""
    by = name_property(resource["Type"])
    return properties_of(resource).get(by) if by else None


def _references(written: Any) -> set[str]:
    """What a value refers to, ``Fn::If`` and other functions of one's own included by their names."""
    if isinstance(written, list):
        return {of for item in written for of in _references(item)}
    if not isinstance(written, dict):
        return set(_PLACEHOLDER.findall(written)) if isinstance(written, str) else set()
    found: set[str] = set()
    for key, value in written.items():
        if key == "Ref":
            found.add(str(value))
        else:
            found |= _references(value) | ({key} if key not in ("Fn::Sub", "Fn::Join") else set())
    return found


def _shown(written: Any) -> str:
    return _text(written)[:_SHOWN]


def _text(written: Any) -> str:
    """The name for a person, and to compare it by."""
    if isinstance(written, dict) and isinstance(written.get("Fn::Sub"), str):
        return str(written["Fn::Sub"])
    return written if isinstance(written, str) else json.dumps(written, sort_keys=True)
