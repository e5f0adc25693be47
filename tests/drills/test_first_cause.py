"""Every resource of the regional template fails once in each Region: the first cause names it every time."""

import json

import pytest

from tests.local.deploying import DELETED, Deployer
from tests.local.failing import TEMPLATE, regional_resources, said_of_a_failure, set_state
from tests.regions import PRIMARY, SECONDARY

REGIONS = {"primary": PRIMARY, "secondary": SECONDARY}


@pytest.mark.parametrize(("role", "logical_id", "kind"), regional_resources())
def test_the_resource_that_failed_and_its_region_are_named(
    deployer: Deployer, role: str, logical_id: str, kind: str
) -> None:
    region = REGIONS[role]
    said = said_of_a_failure(deployer, region, logical_id)
    assert f"First cause: {region}: {logical_id} ({kind}): " in said


def deleted_resources() -> list[tuple[str, str, str]]:
    """Those that are deleted with their stack: the others are retained for their data."""
    resources = json.loads(TEMPLATE.read_text())["Resources"]
    return [of for of in regional_resources() if "Retain" not in resources[of[1]].get("DeletionPolicy", "")]


@pytest.mark.parametrize(("role", "logical_id", "kind"), deleted_resources())
def test_the_resource_that_cannot_be_deleted_is_named_and_the_next_destroy_finishes(
    deployer: Deployer, role: str, logical_id: str, kind: str
) -> None:
    region = REGIONS[role]
    deployer.mraa("deploy", "--yes")
    set_state(deployer, region, logical_id, "sticks")
    said = deployer.mraa("destroy", *DELETED, expect=1)
    set_state(deployer, region, logical_id, "works")
    assert f"First cause: {region}: {logical_id} ({kind}): " in said
    deployer.mraa("destroy", *DELETED)
    assert deployer.remains() == {}
