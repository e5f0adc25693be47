"""Every resource of the regional template fails once in each Region: the first cause names it every time."""

import pytest

from tests.local.deployer import PRIMARY, SECONDARY, Deployer
from tests.local.failing import regional_resources, said_of_a_failure

REGIONS = {"primary": PRIMARY, "secondary": SECONDARY}


@pytest.mark.parametrize(("role", "logical_id", "kind"), regional_resources())
def test_the_resource_that_failed_and_its_region_are_named(
    deployer: Deployer, role: str, logical_id: str, kind: str
) -> None:
    region = REGIONS[role]
    said = said_of_a_failure(deployer, region, logical_id)
    assert f"First cause: {region}: {logical_id} ({kind}): " in said
