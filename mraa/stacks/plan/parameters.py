"""The parameters of our templates that the deployer sets, and how an update keeps the others."""

import re
from collections.abc import Mapping
from typing import Any

from mraa.errors import UsageError
from mraa.stacks.models import StackDescription, StackRequest

SECONDARY_REGION = "SecondaryRegion"
DELETION_PROTECTION = "DeletionProtection"
REPLICATION_TIME_CONTROL = "ReplicationTimeControl"
SOLUTION_STACK_NAME = "SolutionStackName"
TEMPLATE_HASH = "TemplateHash"


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
        if arn and not re.fullmatch(rf"arn:[a-z-]+:sns:{re.escape(region)}:\d{{12}}:[\w.-]{{1,256}}", arn):
            raise UsageError(
                f"--alarm-topics: {arn!r} is not the ARN of an SNS topic in {region}.",
                f"Write it as arn:aws:sns:{region}:123456789012:NAME, first the primary Region's.",
            )
    return dict(zip(("PrimaryAlarmTopicArn", "SecondaryAlarmTopicArn"), topics, strict=True))


def regional_hash(template: Mapping[str, Any]) -> str:
    """The hash of the regional template that a main template's stack set uses; empty if it has none."""
    stack_set = template.get("Resources", {}).get("StackSet", {}).get("Properties", {})
    given = {of["ParameterKey"]: of["ParameterValue"] for of in stack_set.get("Parameters", [])}
    value = given.get(TEMPLATE_HASH, "")
    return value if isinstance(value, str) else ""
