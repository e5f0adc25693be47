"""The parameters of our templates that the deployer sets, and how an update keeps the others."""

import re

from mraa import names
from mraa.errors import UsageError
from mraa.stacks.models import StackDescription, StackRequest

SECONDARY_REGION = "SecondaryRegion"
DELETION_PROTECTION = "DeletionProtection"
REPLICATION_TIME_CONTROL = "ReplicationTimeControl"
SOLUTION_STACK_NAME = "SolutionStackName"
APPLICATION_NAME = "ApplicationName"


def change_set_parameters(
    request: StackRequest, stack: StackDescription | None, declared: frozenset[str]
) -> list[dict[str, str | bool]]:
    """CloudFormation's ``Parameters``: the values given, previous values for all others that the template declares.

    UsageError if the published template does not declare a parameter that was given.
    """
    unknown = sorted(set(request.parameters) - declared)
    if unknown:
        raise UsageError(
            f"The template at {request.template_url} has no parameter {unknown[0]}.",
            "It is from another version: run `mraa build` and `mraa publish` again.",
        )
    kept = sorted((set(stack.parameters) if stack else set()) & declared - set(request.parameters))
    entries: list[dict[str, str | bool]] = []
    entries += ({"ParameterKey": key, "ParameterValue": value} for key, value in sorted(request.parameters.items()))
    entries += ({"ParameterKey": key, "UsePreviousValue": True} for key in kept)
    return entries


def topic_parameters(regions: tuple[str, str], topics: tuple[str, str]) -> dict[str, str]:
    """The parameters that name the alarms' topics, the primary Region's first.

    UsageError for what is no topic of the Region.
    """
    for arn, region in zip(topics, regions, strict=True):
        require_topic(arn, region, "--alarm-topics")
    return dict(zip(names.ALARM_TOPICS, topics, strict=True))


def require_topic(arn: str, region: str, origin: str) -> None:
    """UsageError for what is no topic of the Region; empty is none, which is fine. ``origin`` is where it was given."""
    if arn and not re.fullmatch(rf"arn:[a-z-]+:sns:{re.escape(region)}:\d{{12}}:[\w.-]{{1,256}}", arn):
        raise UsageError(
            f"{origin}: {arn!r} is not the ARN of an SNS topic in {region}.",
            f"Write it as arn:aws:sns:{region}:123456789012:NAME; the primary Region's comes first.",
        )
