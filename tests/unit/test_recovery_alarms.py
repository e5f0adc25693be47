"""What status tells of a Region's alarms."""

import pytest

from mraa.recovery.regions.parameter import find_region_info
from mraa.recovery.status.alarms import Alarms, GuardStatus, guard_problem, read_alarms
from tests.regions import PRIMARY
from tests.unit.fake_cloud import SETTINGS, FakeCloud
from tests.unit.fake_stacks import TOKEN

GUARD = "state-guard-failures"


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ({}, Alarms(GuardStatus.MISSING, ())),
        ({GUARD: "OK", "photos-errors": "OK"}, Alarms(GuardStatus.HEALTHY, ())),
        ({GUARD: "INSUFFICIENT_DATA"}, Alarms(GuardStatus.HEALTHY, ())),
        ({GUARD: "OK", "photos-errors": "ALARM"}, Alarms(GuardStatus.HEALTHY, ("photos-errors",))),
        ({GUARD: "ALARM", "a": "ALARM"}, Alarms(GuardStatus.FAILED, ("a", GUARD))),
    ],
)
def test_raised_alarms_are_named_without_the_deployments_prefix(states: dict[str, str], expected: Alarms) -> None:
    cloud = FakeCloud(alarms={f"mraa-{TOKEN}-{name}": state for name, state in states.items()})
    info = find_region_info(cloud.aws, PRIMARY, SETTINGS)
    assert info is not None
    assert read_alarms(cloud.aws, cloud.clock, info) == expected


def test_only_a_guard_that_gave_up_makes_a_deployment_not_ready() -> None:
    assert "gave up" in guard_problem(PRIMARY, GuardStatus.FAILED)
    assert [guard_problem(PRIMARY, status) for status in (GuardStatus.HEALTHY, GuardStatus.MISSING, None)] == [""] * 3
