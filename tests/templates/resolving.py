"""CloudFormation's intrinsic functions, with sample values for what only AWS knows."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tests.regions import PRIMARY, SECONDARY

GUID = "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9"
TOKEN = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
ACCOUNT = "123456789012"

PSEUDO = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::Region": PRIMARY,
    "AWS::StackId": f"arn:aws:cloudformation:{PRIMARY}:{ACCOUNT}:stack/demo/{GUID}",
    "AWS::StackName": "demo",
    "AWS::URLSuffix": "amazonaws.com",
}

_OPTIONS = {
    "PhotosRequestsPerSecond": "200",
    "PrimaryAlarmTopicArn": "",
    "SecondaryAlarmTopicArn": "",
}

MAIN_PARAMETERS = {
    **_OPTIONS,
    "SecondaryRegion": SECONDARY,
    "ReplicationTimeControl": "Disabled",
    "Fences": "64",
    "DeletionProtection": "Disabled",
    "ApiGatewayLoggingRole": "Create",
    "Refresh": "0",
}

REGIONAL_PARAMETERS = {
    **_OPTIONS,
    "AppId": GUID,
    "Token": TOKEN,
    "MainStackName": "demo",
    "PrimaryRegion": PRIMARY,
    "SecondaryRegion": SECONDARY,
    "KeyValueStoreTableName": f"mraa-{TOKEN}-key-value-store",
    "AppConfigTableName": f"mraa-{TOKEN}-app-config",
    "ReplicationTimeControl": "Disabled",
    "Fences": "64",
    "PermissionsBoundary": f"arn:aws:iam::{ACCOUNT}:policy/mraa/{TOKEN}/boundary",
    "ApiGatewayLoggingRole": "Create",
    "Refresh": "0",
    "TemplateHash": "0123456789ab",
}

DEMO_UI_PARAMETERS = {"AdminName": "admin", "AdminEmail": "admin@example.com", "SolutionStackName": "demo"}

# the property that Ref returns, if it is one
_NAMED_BY = {
    "AWS::S3::Bucket": "BucketName",
    "AWS::DynamoDB::GlobalTable": "TableName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Logs::LogGroup": "LogGroupName",
}
_PLACEHOLDER = re.compile(r"\$\{([^!}][^}]*)\}")


class Resolver:
    """Resolves values of one template. What only AWS knows is ``<logical id>`` or ``<logical id.attribute>``."""

    def __init__(self, template: Mapping[str, Any], parameters: Mapping[str, str], region: str = PRIMARY) -> None:
        self._template = template
        self._values = {**PSEUDO, "AWS::Region": region, **parameters}

    def __call__(self, value: Any) -> Any:
        if isinstance(value, list):
            found = [self(item) for item in value]
            return [item for item in found if item is not _NOTHING]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            [(name, argument)] = value.items()
            function = getattr(self, "_" + name.replace("Fn::", "").lower(), None)
            if function and (name == "Ref" or name.startswith("Fn::")):
                return function(argument)
            if name == "Condition" and isinstance(argument, str):
                return self.holds(argument)
        found_items = {name: self(item) for name, item in value.items()}
        return {name: item for name, item in found_items.items() if item is not _NOTHING}

    def resource(self, logical_id: str) -> dict[str, Any]:
        """A resource's properties, resolved."""
        return dict(self(self._template["Resources"][logical_id]["Properties"]))

    def exists(self, logical_id: str) -> bool:
        """Whether the resource's condition holds."""
        condition = self._template["Resources"][logical_id].get("Condition")
        return condition is None or self.holds(condition)

    def holds(self, condition: str) -> bool:
        """Whether a condition of the template holds."""
        return bool(self(self._template["Conditions"][condition]))

    def _ref(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return _NOTHING
        if name in self._values:
            return self._values[name]
        resource = self._template["Resources"][name]
        named_by = _NAMED_BY.get(resource["Type"])
        return self(resource["Properties"][named_by]) if named_by else f"<{name}>"

    def _getatt(self, argument: list[str]) -> str:
        name, attribute = argument
        resource = self._template["Resources"][name]
        if resource["Type"] == "AWS::S3::Bucket" and attribute == "Arn":
            return f"arn:aws:s3:::{self._ref(name)}"
        return f"<{name}.{attribute}>"

    def _sub(self, argument: Any) -> str:
        text, own = argument if isinstance(argument, list) else (argument, {})

        def fill(found: re.Match[str]) -> str:
            name = found[1]
            if name in own:
                return str(self(own[name]))
            return str(self._getatt(name.split(".", 1))) if "." in name else str(self._ref(name))

        return _PLACEHOLDER.sub(fill, text)

    def _join(self, argument: list[Any]) -> str:
        return str(argument[0]).join(self(argument[1]))

    def _split(self, argument: list[Any]) -> list[str]:
        return str(self(argument[1])).split(argument[0])

    def _select(self, argument: list[Any]) -> Any:
        return self(argument[1])[int(argument[0])]

    def _if(self, argument: list[Any]) -> Any:
        condition, then, otherwise = argument
        return self(then if self.holds(condition) else otherwise)

    def _equals(self, argument: list[Any]) -> bool:
        return bool(self(argument[0]) == self(argument[1]))

    def _not(self, argument: list[Any]) -> bool:
        return not self(argument[0])

    def _and(self, argument: list[Any]) -> bool:
        return all(self(part) for part in argument)

    def _or(self, argument: list[Any]) -> bool:
        return any(self(part) for part in argument)

    def _findinmap(self, argument: list[Any]) -> Any:
        name, first, second = map(self, argument)
        return self._template["Mappings"][name][first][second]

    def _importvalue(self, argument: Any) -> str:
        return f"<{self(argument)}>"


class _Nothing:
    pass


_NOTHING = _Nothing()


def walk(value: Any) -> Iterator[Any]:
    """``value`` and all that is in it."""
    yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from walk(item)


def references(value: Any) -> set[str]:
    """Names that Ref, GetAtt, Sub and DependsOn inside ``value`` mention."""
    found: set[str] = set()
    for item in walk(value):
        if not isinstance(item, dict):
            continue
        if isinstance(item.get("Ref"), str):
            found.add(item["Ref"])
        if "Fn::GetAtt" in item:
            found.add(item["Fn::GetAtt"][0])
        if "Fn::Sub" in item:
            text = item["Fn::Sub"][0] if isinstance(item["Fn::Sub"], list) else item["Fn::Sub"]
            found |= {name.split(".")[0] for name in _PLACEHOLDER.findall(text)}
        depends_on = item.get("DependsOn", [])
        found |= {depends_on} if isinstance(depends_on, str) else set(depends_on)
    return found
