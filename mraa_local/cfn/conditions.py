"""Conditions as CloudFormation evaluates them.

The engine compares operands as they are written, so ``Fn::Equals`` of ``AWS::Region`` and a parameter is never true
there; and a condition that nobody defined counts as true.
"""

from collections.abc import Iterator
from typing import Any

from mraa_local.cfn.reasons import no_previous_value
from mraa_local.engine import templates
from mraa_local.engine.templates import Template

# of the pseudo parameters, those that have a value before there is a stack
_PSEUDO = {"AWS::Region", "AWS::AccountId", "AWS::URLSuffix", "AWS::Partition"}
_LOGIC = ("Fn::And", "Fn::Or", "Fn::Not", "Fn::Equals", "Condition")


def install() -> None:
    """Evaluate conditions here, and refuse parameters that the template, or the previous one, does not declare."""
    templates.evaluate_conditions_by(evaluate)
    templates.before_parameters(_refuse_unknown_parameters)


def _refuse_unknown_parameters(template: Template, provided: list[dict[str, Any]], previous: dict[str, Any]) -> None:
    for entry in provided:
        if entry.get("UsePreviousValue") and entry["Key"] not in previous:
            raise ValueError(no_previous_value(entry["Key"]))
    unknown = [entry["Key"] for entry in provided if entry["Key"] not in template.get("Parameters", {})]
    if unknown:
        raise ValueError(f"Parameters: [{', '.join(unknown)}] do not exist in the template")


def evaluate(template: Template, params: dict[str, Any]) -> dict[str, bool]:
    """Every condition's value by name. Raises ValueError, CloudFormation's validation error, on a bad reference."""
    definitions: dict[str, Any] = template.get("Conditions") or {}
    mappings = template.get("Mappings") or {}
    values: dict[str, bool] = {}

    def truth(node: Any, path: tuple[str, ...]) -> bool:
        match node:
            case {"Condition": str(name)} if len(node) == 1:
                return named(name, path)
            case {"Fn::And": [_, *_] as operands}:
                return all(truth(operand, path) for operand in operands)
            case {"Fn::Or": [_, *_] as operands}:
                return any(truth(operand, path) for operand in operands)
            case {"Fn::Not": [operand]}:
                return not truth(operand, path)
            case {"Fn::Equals": [left, right]}:
                return bool(operand_text(left, path) == operand_text(right, path))
        raise ValueError(
            f"Template format error: Every Condition must be a condition function; {path[-1]} has {node!r}"
        )

    def named(name: str, path: tuple[str, ...]) -> bool:
        if name not in definitions:
            raise ValueError(
                f"Template format error: Unresolved condition dependency {name} in the Conditions block of the template"
            )
        if name in path:
            raise ValueError(f"Template format error: Circular dependency between conditions: {[*path, name]}")
        if name not in values:
            values[name] = truth(definitions[name], (*path, name))
        return values[name]

    def operand_text(node: Any, path: tuple[str, ...]) -> Any:
        if isinstance(node, dict) and len(node) == 1 and next(iter(node)) in _LOGIC:
            return _text(truth(node, path))
        strangers = [name for name in templates.references(node) if name not in params and name not in _PSEUDO]
        if strangers:
            raise ValueError(
                f"Template format error: Unresolved dependencies {strangers}. "
                "Cannot reference resources in the Conditions block of the template"
            )
        return _text(templates.resolve(node, params, mappings))

    for name in definitions:
        named(name, ())
    _check_uses(template, definitions)
    return values


def _text(value: Any) -> Any:
    """Operands are compared as strings, JSON's true as "true"."""
    if isinstance(value, bool):
        return str(value).lower()
    return [_text(member) for member in value] if isinstance(value, list) else str(value)


def _check_uses(template: dict[str, Any], definitions: dict[str, Any]) -> None:
    """Every condition that resources and outputs name must exist."""
    for section in ("Resources", "Outputs"):
        used: set[str] = set()
        for member in (template.get(section) or {}).values():
            if isinstance(member, dict):
                if isinstance(member.get("Condition"), str):
                    used.add(member["Condition"])
                used.update(_ifs(member))
        unknown = sorted(used - definitions.keys())
        if unknown:
            raise ValueError(
                f"Template format error: Unresolved condition dependency {', '.join(unknown)} "
                f"in the {section} block of the template"
            )


def _ifs(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for member in node:
            yield from _ifs(member)
    elif isinstance(node, dict):
        for name, value in node.items():
            if name == "Fn::If" and isinstance(value, list) and value and isinstance(value[0], str):
                yield value[0]
            yield from _ifs(value)
