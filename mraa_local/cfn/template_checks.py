"""Templates that CloudFormation refuses before it does anything, in its words; the engine finds out late or never.

The words are those of recorded answers. What a resource type's schema would refuse (an attribute that it does not have)
still fails at the resource.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from mraa_local.engine import templates
from mraa_local.engine.templates import Template

AFTER = ("cfn.conditions",)

_VERSION = "2010-09-09"
_SECTIONS = {
    "AWSTemplateFormatVersion", "Conditions", "Description", "Hooks", "Mappings", "Metadata", "Outputs", "Parameters",
    "Resources", "Rules", "Transform",
}  # fmt: skip
_ATTRIBUTES = {
    "Condition", "CreationPolicy", "DeletionPolicy", "DependsOn", "Metadata", "Properties", "Type", "UpdatePolicy",
    "UpdateReplacePolicy",
}  # fmt: skip


def install() -> None:
    """Check every template that is given for a stack or a change set, or to be validated."""
    templates.before_support_check(check)


def check(template: Template, conditions: dict[str, bool]) -> None:
    """Raise ValueError, CloudFormation's validation error, for what is wrong in a template."""
    if template.get("Transform"):
        return  # it may write anything
    _check_sections(template)
    _check_resources(template.get("Resources") or {})
    _check_references(template, conditions)
    try:
        templates.check_order(template, conditions)
    except ValueError as error:
        names = str(error).rpartition(": ")[2]
        raise ValueError(f"Circular dependency between resources: [{names}]") from error


def _check_sections(template: Template) -> None:
    unknown = sorted(template.keys() - _SECTIONS)
    if unknown:
        raise ValueError(f"Invalid template property or properties [{', '.join(unknown)}]")
    if str(template.get("AWSTemplateFormatVersion", _VERSION)) != _VERSION:
        raise ValueError("Template format error: unsupported value for AWSTemplateFormatVersion.")


def _check_resources(resources: Any) -> None:
    if not resources:
        raise ValueError("Template format error: At least one Resources member must be defined.")
    for name, resource in resources.items():
        if not isinstance(resource, dict):
            raise ValueError("Template format error: Any Resources member must be an object.")
        if not name.isalnum() or not name.isascii():
            raise ValueError(f"Template format error: Resource name {name} is non alphanumeric.")
        if not resource.get("Type"):
            raise ValueError(
                f"Template format error: [/Resources/{name}] Every Resources object must contain a Type member."
            )
        for attribute in sorted(resource.keys() - _ATTRIBUTES):
            raise ValueError(f"Invalid template resource property '{attribute}'")


def _check_references(template: Template, conditions: Mapping[str, bool]) -> None:
    resources: dict[str, Any] = template["Resources"]
    there = {name for name, of in resources.items() if conditions.get(of.get("Condition"), True)}
    outputs = {
        name: output
        for name, output in (template.get("Outputs") or {}).items()
        if isinstance(output, dict) and conditions.get(output.get("Condition", ""), True)
    }
    names = {*template.get("Parameters", {}), *there}
    for name in sorted(there):
        depends_on = resources[name].get("DependsOn") or []
        for other in [depends_on] if isinstance(depends_on, str) else depends_on:
            if other not in resources:
                raise _unresolved([other], "Resources")
    of_resources = [resources[name].get("Properties") for name in sorted(there)]
    _check_block("Resources", of_resources, names, there, conditions)
    _check_block("Outputs", list(outputs.values()), names, there, conditions)


def _check_block(block: str, nodes: Any, names: set[str], resources: set[str], conditions: Mapping[str, bool]) -> None:
    unresolved = set()
    for node in _functions(nodes, conditions):
        (function,) = node
        for reference in templates.references(node):
            name, _, attribute = reference.partition(".")
            if name in (resources if attribute else names) or name.startswith("AWS::"):
                continue
            if function == "Fn::GetAtt":
                raise ValueError(f"Template error: instance of Fn::GetAtt references undefined resource {name}")
            if attribute:
                raise ValueError(
                    f"Template error: instance of Fn::Sub references invalid resource attribute {reference}"
                )
            unresolved.add(name)
    if unresolved:
        raise _unresolved(sorted(unresolved), block)


def _unresolved(names: list[str], block: str) -> ValueError:
    """AWS words the two blocks differently."""
    prefix = "Template format error: " if block == "Resources" else ""
    return ValueError(
        f"{prefix}Unresolved resource dependencies [{', '.join(names)}] in the {block} block of the template"
    )


def _functions(node: Any, conditions: Mapping[str, bool]) -> Iterator[dict[str, Any]]:
    """Every Ref, Fn::GetAtt and Fn::Sub of a node, in the branches that count."""
    match node:
        case {"Fn::If": [str(condition), then, otherwise]}:
            yield from _functions(then if conditions.get(condition) else otherwise, conditions)
        case {"Ref": _} | {"Fn::GetAtt": _} if len(node) == 1:
            yield node
        case {"Fn::Sub": written}:
            yield {"Fn::Sub": [written[0], dict.fromkeys(written[1], "")] if isinstance(written, list) else written}
            yield from _functions(written[1:] if isinstance(written, list) else [], conditions)
        case dict():
            for value in node.values():
                yield from _functions(value, conditions)
        case list():
            for value in node:
                yield from _functions(value, conditions)
