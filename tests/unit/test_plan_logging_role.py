"""Which Regions' logging role of API Gateway a deployment sets."""

import pytest

from mraa import names
from mraa.stacks.plan.logging_role import choose, keeps, notes
from tests.regions import PRIMARY, REGIONS, SECONDARY

ROLE = "arn:aws:iam::123456789012:role/theirs"


@pytest.mark.parametrize("primary", ["", ROLE])
@pytest.mark.parametrize("secondary", ["", ROLE])
def test_a_role_that_is_set_is_kept_and_one_is_created_elsewhere(primary: str, secondary: str) -> None:
    roles = {PRIMARY: primary, SECONDARY: secondary}
    value = choose(REGIONS, roles)
    assert value in names.LOGGING_ROLE_CHOICES
    assert {region: keeps(value, REGIONS, region) for region in REGIONS} == {of: bool(roles[of]) for of in REGIONS}
    assert len(notes(value, REGIONS, roles)) == bool(primary) + bool(secondary)
    assert all("keeps logging by" in note for note in notes(value, REGIONS, roles))


def test_a_plan_says_which_role_will_be_replaced() -> None:
    found = notes(names.LOGGING_ROLE_CREATE, REGIONS, {PRIMARY: ROLE, SECONDARY: ""})
    assert found == [
        f"API Gateway's logging role in {PRIMARY}, {ROLE}, will be REPLACED for all APIs of the account there"
    ]
