"""The values of a template's resources as far as they are known before a deployment."""

import json
from collections.abc import Iterator
from typing import Any

from mraa_local.engine import templates
from mraa_local.engine.change_sets import Side

UNKNOWN = "{{changeSet:KNOWN_AFTER_APPLY}}"
_ATTRIBUTES = ("Metadata", "CreationPolicy", "UpdatePolicy", "DeletionPolicy", "UpdateReplacePolicy")


class Values:
    """One side of a change set. ``known`` are the stack's resources whose ids and attributes hold on this side."""

    def __init__(self, side: Side, known: dict[str, Any]) -> None:
        self._side, self._known = side, known
        self._resources: dict[str, Any] = side.template.get("Resources", {})
        self._properties: dict[str, dict[str, Any]] = {}

    def properties(self, logical_id: str) -> dict[str, Any]:
        """A resource's properties by name; what is not known yet is ``UNKNOWN``."""
        if logical_id not in self._properties:
            written = self._resources.get(logical_id, {}).get("Properties") or {}
            self._properties[logical_id] = self._value(written)
        return self._properties[logical_id]

    def attribute(self, logical_id: str, name: str) -> Any:
        """Another attribute of a resource, such as its deletion policy; None if it has none."""
        return self._resources.get(logical_id, {}).get(name)

    def context(self, logical_id: str) -> str:
        """The resource as ``BeforeContext`` and ``AfterContext`` give it: JSON text."""
        others = {name: self.attribute(logical_id, name) for name in _ATTRIBUTES}
        given = {name: value for name, value in others.items() if value is not None}
        return json.dumps({"Properties": self.properties(logical_id), **given}, separators=(",", ":"))

    def type_of(self, logical_id: str) -> str:
        """The resource's type."""
        return str(self._resources.get(logical_id, {}).get("Type", ""))

    def _value(self, node: Any) -> Any:
        if isinstance(node, list):
            items = [self._value(item) for item in node]
            return [item for item in items if not templates.is_no_value(item)]
        if not isinstance(node, dict):
            return node
        match node:
            case {"Fn::If": [str(condition), then, otherwise]} if len(node) == 1:
                return self._value(then if self._side.conditions.get(condition) else otherwise)
        if len(node) == 1 and next(iter(node)).startswith(("Fn::", "Ref")):
            return self._computed(node)
        members = {name: self._value(value) for name, value in node.items()}
        return {name: value for name, value in members.items() if not templates.is_no_value(value)}

    def _computed(self, node: dict[str, Any]) -> Any:
        if any(name in self._resources and name not in self._known for name in self._referred(node)):
            return UNKNOWN
        side = self._side
        try:
            return templates.resolve_in_stack(
                node, self._known, side.params, side.conditions, side.template.get("Mappings", {}),
                side.stack_name, side.stack_id,
            )  # fmt: skip
        except ValueError:  # an export that does not exist yet, an attribute that nobody read
            return UNKNOWN

    def _referred(self, node: Any) -> Iterator[str]:
        """The logical ids that a function refers to; of a condition's branches only the one that counts."""
        match node:
            case {"Fn::If": [str(condition), then, otherwise]}:
                yield from self._referred(then if self._side.conditions.get(condition) else otherwise)
            case {"Ref": _} | {"Fn::GetAtt": _}:
                yield from (name.partition(".")[0] for name in templates.references(node))
            case {"Fn::Sub": written}:
                yield from (name.partition(".")[0] for name in templates.references(node))
                if isinstance(written, list):
                    yield from self._referred(written[1:])
            case dict():
                for value in node.values():
                    yield from self._referred(value)
            case list():
                for value in node:
                    yield from self._referred(value)
