"""What the local cloud knows of replacement in change sets, compared with CloudFormation's own resource schemas."""

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from mraa_local.cfn.change_sets.recreation import ALWAYS, CONDITIONALLY, recreation
from mraa_local.cfn.resources import registry


@pytest.mark.parametrize("resource_type", sorted(registry.all_types()))
def test_the_properties_that_replace_a_resource_are_the_schemas(resource_type: str) -> None:
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", resource_type).schema

    def names(key: str) -> list[str]:
        return sorted({path.split("/")[2] for path in schema.get(key, ())})

    assert ALWAYS.get(resource_type, "").split() == names("createOnlyProperties")
    assert CONDITIONALLY.get(resource_type, "").split() == names("conditionalCreateOnlyProperties")


def test_a_custom_resource_is_replaced_with_its_function_and_else_never() -> None:
    assert recreation("Custom::Anything", "ServiceToken") == "Always"
    assert recreation("Custom::Anything", "Value") == "Never"
