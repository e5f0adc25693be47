"""Whether a Region's state guard has given up on anything: its alarm, which stays until the queue is purged."""

from enum import StrEnum

from mraa import names
from mraa.aws import Aws, Clock, call
from mraa.recovery.models import RegionInfo
from mraa.recovery.regions.parameter import token


class GuardStatus(StrEnum):
    """``missing``: the deployment is of a version that had none."""

    HEALTHY = "healthy"
    FAILED = "failed"
    MISSING = "missing"


def read_guard_status(aws: Aws, clock: Clock, info: RegionInfo) -> GuardStatus:
    """The status by the alarm's; an alarm without data has never seen a message."""
    client, name = aws.client("cloudwatch", info.region, fast=True), names.guard_failures(token(info))
    answer = call(client.describe_alarms, f"Reading the alarm {name}", info.region, clock=clock, AlarmNames=[name])
    if not answer["MetricAlarms"]:
        return GuardStatus.MISSING
    return GuardStatus.FAILED if answer["MetricAlarms"][0]["StateValue"] == "ALARM" else GuardStatus.HEALTHY


def guard_problem(region: str, status: GuardStatus | None) -> str:
    """A reason for not being ready; empty if there is none."""
    if status is not GuardStatus.FAILED:
        return ""
    return (
        f"{region}: the state guard gave up on changes of the state (its log says why): run `mraa unfence` or the last "
        "`mraa failover` again, then purge its queue, *-state-guard-failures"
    )
