"""The templates of an application of one's own, those of the tests' orders: golden, lint-clean, in any partition."""

import json
from typing import Any

import pytest

from tests.regions import PRIMARY, REGIONS, SECONDARY
from tests.templates.application import GOLDEN, rendered
from tests.templates.resolving import GUID, REGIONAL_PARAMETERS, TOKEN, Resolver, references, walk
from tests.templates.test_lint import findings

LAUNCHED, INSTANCE = "application-orders.template", "application-orders-instance.template"
BOTH = (LAUNCHED, INSTANCE)


@pytest.fixture(scope="module")
def templates() -> dict[str, dict[str, Any]]:
    return {name: json.loads(text) for name, text in rendered().items()}


@pytest.mark.parametrize("name", BOTH)
def test_what_is_rendered_is_the_golden_file(name: str, templates: dict[str, dict[str, Any]]) -> None:
    assert templates[name] == json.loads((GOLDEN / name).read_text()), "run `make templates`"


@pytest.mark.parametrize("name", BOTH)
def test_cfn_lint_finds_nothing(name: str) -> None:
    assert findings((GOLDEN / name).read_text()) == []


@pytest.mark.parametrize("name", BOTH)
def test_no_partition_is_written_out(name: str, templates: dict[str, dict[str, Any]]) -> None:
    texts = [text for text in walk(templates[name]["Resources"]) if isinstance(text, str)]
    assert texts and not [text for text in texts if "arn:aws" in text]


@pytest.mark.parametrize("name", BOTH)
def test_no_dependency_is_circular(name: str, templates: dict[str, dict[str, Any]]) -> None:
    resources = templates[name]["Resources"]
    needs = {title: references(resource) & set(resources) for title, resource in resources.items()}
    while ready := {title for title, needed in needs.items() if not needed & set(needs)}:
        needs = {title: needed for title, needed in needs.items() if title not in ready}
    assert not needs


def test_the_secondary_region_comes_first_and_a_failure_stops_there(templates: dict[str, dict[str, Any]]) -> None:
    preferences = templates[LAUNCHED]["Resources"]["StackSet"]["Properties"]["OperationPreferences"]
    assert preferences["RegionOrder"] == [{"Ref": "SecondaryRegion"}, {"Ref": "AWS::Region"}]
    assert (preferences["RegionConcurrencyType"], preferences["FailureToleranceCount"]) == ("SEQUENTIAL", 0)


@pytest.mark.parametrize(
    ("region", "role", "peer"), [(PRIMARY, "primary", SECONDARY), (SECONDARY, "secondary", PRIMARY)]
)
def test_the_regional_template_gets_what_it_declares_of_its_region(
    region: str, role: str, peer: str, templates: dict[str, dict[str, Any]]
) -> None:
    given = {
        **REGIONAL_PARAMETERS,
        "OrdersTableName": "orders",
        "PrimaryRoutingLayerUrl": f"https://{PRIMARY}",
        "SecondaryRoutingLayerUrl": f"https://{SECONDARY}",
        "RolePath": "/path/",
        "TableNames": "orders",
    }
    resolve = Resolver(templates[INSTANCE], given, region)
    parameters = resolve.resource("Regional")["Parameters"]
    assert parameters == {
        "AppId": GUID,
        "AppConfigTableName": f"mraa-{TOKEN}-app-config",
        "Fences": "64",
        "OrdersTableName": "orders",
        "PermissionsBoundary": REGIONAL_PARAMETERS["PermissionsBoundary"],
        "Role": role,
        "RolePath": "/path/",
        "RoutingLayerUrl": f"https://{region}",
    }
    assert peer in REGIONS
    facts = json.loads(resolve.resource("Facts")["Value"])
    assert set(facts) == {"version", "name", "stack", "outputs", "tables", "buckets"}
    assert facts["tables"] == ["orders"] and set(facts["outputs"]) == {"QueueUrl", "WriterName"}
    assert resolve.resource("Facts")["Name"] == f"/mraa/{TOKEN}/application/orders"


def test_the_stack_set_gives_its_instances_exactly_what_they_declare(templates: dict[str, dict[str, Any]]) -> None:
    given = templates[LAUNCHED]["Resources"]["StackSet"]["Properties"]["Parameters"]
    assert {of["ParameterKey"] for of in given} == set(templates[INSTANCE]["Parameters"])
