"""What the plan knows about replacement, compared with CloudFormation's own resource schemas."""

import json
from typing import Any

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from mraa import names
from mraa.stacks.models import PropertyChange, ResourceChange
from mraa.stacks.plan.replacement import replacement


def schema(resource_type: str) -> dict[str, Any]:
    found: dict[str, Any] = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", resource_type).schema
    return found


@pytest.mark.parametrize("template", [names.MAIN_TEMPLATE, names.REGIONAL_TEMPLATE])
def test_every_property_that_may_replace_a_resource_of_ours_is_known_to(
    template: str, rendered: dict[str, str]
) -> None:
    types = {of["Type"] for of in json.loads(rendered[template])["Resources"].values()}
    for resource_type in sorted(of for of in types if not of.startswith("Custom::")):
        found = schema(resource_type)
        replacing = {*found.get("createOnlyProperties", ()), *found.get("conditionalCreateOnlyProperties", ())}
        for path in sorted(replacing):
            name = path.removeprefix("/properties/").partition("/")[0]
            change = ResourceChange("Modify", "X", resource_type, "Conditional", (PropertyChange(name, "1", "2"),))
            assert replacement(change) == "Conditional", f"{resource_type}: {name}"
        harmless = ResourceChange("Modify", "X", resource_type, "Conditional", (PropertyChange("Tags", "1", "2"),))
        assert replacement(harmless) == "False", f"{resource_type} is not known at all"
