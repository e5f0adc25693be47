"""The deployment's CloudWatch alarms in a Region: those raised, and what the state guard's says.

The guard's alarm stays until its queue is purged.
"""

from dataclasses import dataclass
from enum import StrEnum

from mraa import names
from mraa.aws import Aws, Clock, call
from mraa.recovery.models import RegionInfo
from mraa.recovery.regions.parameter import token

_MOST = 100  # alarms of an answer, several times what a deployment has


class GuardStatus(StrEnum):
    """``missing``: the deployment is of a version that had none."""

    HEALTHY = "healthy"
    FAILED = "failed"
    MISSING = "missing"


@dataclass(frozen=True)
class Alarms:
    """``raised``: their names without the deployment's prefix, the guard's among them."""

    guard: GuardStatus
    raised: tuple[str, ...]


def read_alarms(aws: Aws, clock: Clock, info: RegionInfo) -> Alarms:
    """The Region's alarms; one without data has never had anything to tell."""
    client, prefix = aws.client("cloudwatch", info.region, fast=True), names.alarm(token(info), "")
    answer = call(
        client.describe_alarms,
        "Reading the alarms",
        info.region,
        clock=clock,
        AlarmNamePrefix=prefix,
        AlarmTypes=["MetricAlarm"],
        MaxRecords=_MOST,
    )
    states = {str(alarm["AlarmName"]).removeprefix(prefix): alarm["StateValue"] for alarm in answer["MetricAlarms"]}
    raised = tuple(sorted(name for name, state in states.items() if state == "ALARM"))
    guard = names.guard_failures(token(info)).removeprefix(prefix)
    if guard not in states:
        return Alarms(GuardStatus.MISSING, raised)
    return Alarms(GuardStatus.FAILED if guard in raised else GuardStatus.HEALTHY, raised)


def guard_problem(region: str, status: GuardStatus | None) -> str:
    """A reason for not being ready; empty if there is none."""
    if status is not GuardStatus.FAILED:
        return ""
    return (
        f"{region}: the state guard gave up on changes of the state (its log says why): run `mraa unfence` or the last "
        "`mraa failover` again, then purge its queue, *-state-guard-failures"
    )
