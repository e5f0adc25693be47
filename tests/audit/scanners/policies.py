"""The IAM policies of a template as IAM would see them: every function resolved, to values of the right form."""

from collections.abc import Iterator, Mapping
from typing import Any

from mraa import names
from tests.regions import PRIMARY, SECONDARY
from tests.templates.resolving import (
    ACCOUNT,
    DEMO_UI_PARAMETERS,
    GUID,
    MAIN_PARAMETERS,
    REGIONAL_PARAMETERS,
    TOKEN,
    Resolver,
    walk,
)

_PARAMETERS = {
    names.MAIN_TEMPLATE: MAIN_PARAMETERS,
    names.REGIONAL_TEMPLATE: REGIONAL_PARAMETERS,
    names.DEMO_UI_TEMPLATE: DEMO_UI_PARAMETERS,
}
_ARNS = {
    "AWS::IAM::Role": f"arn:aws:iam::{ACCOUNT}:role/{{}}",
    "AWS::IAM::ManagedPolicy": f"arn:aws:iam::{ACCOUNT}:policy/{{}}",
    "AWS::SQS::Queue": f"arn:aws:sqs:{PRIMARY}:{ACCOUNT}:mraa-{TOKEN}-{{}}",
}


class WholeResolver(Resolver):
    """Resolves also what only AWS knows."""

    def __init__(self, template: Mapping[str, Any], parameters: Mapping[str, str]) -> None:
        super().__init__(template, parameters)
        self._types = {name: of["Type"] for name, of in template["Resources"].items()}

    def _ref(self, name: str) -> Any:
        if self._types.get(name) == "AWS::IAM::ManagedPolicy":
            return self._getatt([name, "Arn"])
        found = super()._ref(name)
        return found.strip("<>") if isinstance(found, str) else found  # a generated id is some text

    def _getatt(self, argument: list[str]) -> str:
        name, attribute = argument
        arn = _ARNS.get(self._types[name]) if attribute == "Arn" else None
        return arn.format(name) if arn else super()._getatt(argument)

    def _importvalue(self, argument: Any) -> str:
        name = self(argument).rpartition("-")[2]
        region = SECONDARY if name.startswith("Secondary") else PRIMARY
        if name.endswith("Bucket"):
            return names.object_store(TOKEN, region)
        return {"SecondaryRegion": SECONDARY, "SampleApplicationAppId": GUID}.get(name, "a1b2c3d4e5")


def policies(template_name: str, template: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Logical id and document of every policy but the trust policies, which name no resources."""
    resolve = WholeResolver(template, _PARAMETERS.get(template_name, {}))
    for name, resource in template["Resources"].items():
        for part in walk(resource.get("Properties", {})):
            if isinstance(part, dict) and "PolicyDocument" in part:
                yield name, dict(resolve(part["PolicyDocument"]))
