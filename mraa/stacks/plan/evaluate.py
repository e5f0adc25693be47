"""What a template means for one stack: which of its resources exist there, and its values as CloudFormation fills
them in.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any

from mraa.stacks.models import StackDescription

_PLACEHOLDER = re.compile(r"\$\{(!?)([^}]+)\}")
_NOTHING = object()  # AWS::NoValue


class UnknownValueError(ValueError):
    """A value that only CloudFormation knows; the text names it."""


@dataclass(frozen=True)
class TemplateValues:
    """A template's values in one stack.

    ``names``: parameters, pseudo parameters and the physical ids of resources, which is what ``Ref`` returns.
    ``attributes``: what cannot be computed of a resource, by ``<logical id>.<attribute>``. ``exports``: other stacks'.
    """

    template: Mapping[str, Any]
    names: Mapping[str, str]
    attributes: Mapping[str, str] = field(default_factory=dict)
    exports: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, written: Any) -> Any:
        """A value as CloudFormation fills it in. UnknownValueError if only CloudFormation can."""
        return self._walk(written, self._filled)

    @cached_property
    def resources(self) -> dict[str, Any]:
        """The resources that the stack has: without those whose condition is false, each with its own branches only.

        A condition that only CloudFormation can evaluate removes nothing.
        """
        return {
            name: self._walk(resource, self._branch)
            for name, resource in self.template.get("Resources", {}).items()
            if "Condition" not in resource or self._may_hold(resource["Condition"])
        }

    def holds(self, condition: str) -> bool:
        """Whether a condition of the template is true in this stack."""
        return bool(self._boolean(self.template.get("Conditions", {})[condition]))

    def _may_hold(self, condition: str) -> bool:
        try:
            return self.holds(condition)
        except UnknownValueError:
            return True

    def _boolean(self, written: Any) -> Any:
        match written:
            case {"Condition": str(name)}:
                return self.holds(name)
            case {"Fn::Equals": [one, other]}:
                return str(self(one)) == str(self(other))
            case {"Fn::Not": [inner]}:
                return not self._boolean(inner)
            case {"Fn::And": list(inner)}:
                return all(map(self._boolean, inner))
            case {"Fn::Or": list(inner)}:
                return any(map(self._boolean, inner))
        raise UnknownValueError(f"the condition {written}")

    def _walk(self, written: Any, function: Callable[[str, Any], Any]) -> Any:
        """``function`` gets each intrinsic function's name and argument; NotImplemented leaves it as it is written."""
        if isinstance(written, list):
            items = [self._walk(item, function) for item in written]
            return [item for item in items if item is not _NOTHING]
        if not isinstance(written, dict):
            return written
        if len(written) == 1:
            [(name, argument)] = written.items()
            if (value := function(name, argument)) is not NotImplemented:
                return value
        found = {name: self._walk(item, function) for name, item in written.items()}
        return {name: item for name, item in found.items() if item is not _NOTHING}

    def _branch(self, name: str, argument: Any) -> Any:
        if name == "Fn::If":
            try:
                return self._walk(self._chosen(argument), self._branch)
            except UnknownValueError:
                return NotImplemented
        return _NOTHING if (name, argument) == ("Ref", "AWS::NoValue") else NotImplemented

    def _chosen(self, argument: list[Any]) -> Any:
        condition, then, otherwise = argument
        return then if self.holds(condition) else otherwise

    def _filled(self, name: str, argument: Any) -> Any:
        match name:
            case "Ref":
                return self._reference(argument)
            case "Fn::GetAtt":
                return self._attribute(argument if isinstance(argument, str) else ".".join(argument))
            case "Fn::If":
                return self(self._chosen(argument))
            case "Fn::Sub":
                return self._substituted(*(argument if isinstance(argument, list) else (argument, {})))
            case "Fn::Join":
                return str(argument[0]).join(map(str, self(argument[1])))
            case "Fn::Split":
                return str(self(argument[1])).split(argument[0])
            case "Fn::Select":
                return self(argument[1])[int(argument[0])]
            case "Fn::FindInMap":
                return self._found_in_map(*map(self, argument))
            case "Fn::ImportValue" if (export := str(self(argument))) in self.exports:
                return self.exports[export]
        if name.startswith("Fn::"):
            raise UnknownValueError(f"{name} {argument}")
        return NotImplemented

    def _reference(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return _NOTHING
        if name not in self.names:
            raise UnknownValueError(name)
        return self.names[name]

    def _found_in_map(self, mapping: str, first: str, second: str, *_: Any) -> Any:
        try:
            return self.template["Mappings"][mapping][first][second]
        except KeyError as error:
            raise UnknownValueError(f"Fn::FindInMap {mapping}, {first}, {second}") from error

    def _substituted(self, text: str, own: Mapping[str, Any]) -> str:
        def fill(found: re.Match[str]) -> str:
            is_literal, name = found[1], found[2]
            if is_literal:
                return f"${{{name}}}"
            if name in own:
                return str(self(own[name]))
            return str(self._attribute(name) if "." in name else self._reference(name))

        return _PLACEHOLDER.sub(fill, text)

    def _attribute(self, path: str) -> str:
        """An attribute that was read, or an ARN that follows from the resource's physical id."""
        if path in self.attributes:
            return self.attributes[path]
        name, _, attribute = path.partition(".")
        resource = self.template.get("Resources", {}).get(name, {})
        if attribute != "Arn" or name not in self.names:
            raise UnknownValueError(path)
        physical_id = self.names[name]
        partition, region, account = (self.names[f"AWS::{of}"] for of in ("Partition", "Region", "AccountId"))
        match resource.get("Type"):
            case "AWS::S3::Bucket":
                return f"arn:{partition}:s3:::{physical_id}"
            case "AWS::IAM::Role":
                role_path = self(resource.get("Properties", {}).get("Path", "/"))
                return f"arn:{partition}:iam::{account}:role{role_path}{physical_id}"
            case "AWS::SQS::Queue":  # its physical id is its URL
                return f"arn:{partition}:sqs:{region}:{account}:{physical_id.rpartition('/')[2]}"
            case "AWS::Lambda::Function":
                return f"arn:{partition}:lambda:{region}:{account}:function:{physical_id}"
        raise UnknownValueError(path)


def for_stack(
    template: Mapping[str, Any],
    stack: StackDescription,
    physical_ids: Mapping[str, str] = MappingProxyType({}),
    attributes: Mapping[str, str] = MappingProxyType({}),
    exports: Mapping[str, str] = MappingProxyType({}),
) -> TemplateValues:
    """A template's values in a stack with these parameters; those that it does not have keep the template's default."""
    _, partition, _, region, account, _ = stack.stack_id.split(":", 5)
    declared = template.get("Parameters", {})
    pseudo = {
        "AWS::AccountId": account,
        "AWS::Partition": partition,
        "AWS::Region": region,
        "AWS::StackId": stack.stack_id,
        "AWS::StackName": stack.name,
    }
    defaults = {name: str(of["Default"]) for name, of in declared.items() if "Default" in of}
    return TemplateValues(template, {**physical_ids, **defaults, **stack.parameters, **pseudo}, attributes, exports)
