"""Where everything is: the SSM parameter that each Region keeps about itself.

It is found by path and stack name, so an operator needs nothing but the Region that still answers: no stack outputs,
no CloudFormation, no peer Region.
"""

import re
from collections.abc import Mapping
from dataclasses import MISSING, replace
from typing import Any

from mraa import names
from mraa.aws import CLOCK, Aws, Clock, pages
from mraa.documents import camel_case
from mraa.errors import AwsError, UsageError
from mraa.recovery.models import RegionInfo
from mraa.recovery.regions.applications import json_object, read_applications
from mraa.settings import Settings

PATH = "/mraa/"
SCHEMA_VERSION = 1

_NAME = re.compile(r"^/mraa/[0-9a-f]{32}/regional$")
_APP_ID = re.compile(r"^[A-Za-z0-9-]{1,64}$")
_FIELDS = [name for name, of in RegionInfo.__dataclass_fields__.items() if of.default_factory is MISSING is of.default]


def find_region_info(
    aws: Aws, region: str, settings: Settings, *, attempts: int = 1, clock: Clock = CLOCK
) -> RegionInfo | None:
    """The stack in ``settings`` as ``region`` knows it, None if it does not.

    UsageError if the settings name other Regions than the deployment's or if several deployments match them,
    AwsError if the parameter is unusable.
    """
    parameters = _parameters(aws, region, attempts, clock)
    named = {
        name: _region_info(document, name, region)
        for name, text in parameters.items()
        if _NAME.match(name)
        and (document := json_object(text)) is not None
        and document.get("stackName") == settings.stack_name
    }
    # the same stack name may be in use twice, from two primary Regions with one secondary Region between them
    wanted = {
        name: info for name, info in named.items() if (info.primary_region, info.secondary_region) == settings.regions
    }
    if named and not wanted:
        info = next(iter(named.values()))
        raise UsageError(
            f"The stack {info.stack_name} was deployed to {info.primary_region} (primary) and "
            f"{info.secondary_region} (secondary), not to {settings.primary_region} and {settings.secondary_region}.",
            f"Give --primary-region {info.primary_region} --secondary-region {info.secondary_region}.",
        )
    if len(wanted) > 1:
        listed = ", ".join(f"{info.app_id} ({name})" for name, info in sorted(wanted.items()))
        raise UsageError(
            f"{region} knows {len(wanted)} deployments named {settings.stack_name}: {listed}.",
            "All but one are left over: delete their parameters (`aws ssm delete-parameter --name ...`) and run again.",
        )
    for info in wanted.values():
        applications, problems = read_applications(info.app_id.replace("-", ""), parameters)
        return replace(info, applications=applications, application_problems=problems)
    return None


def require_resource(info: RegionInfo, key: str) -> str:
    """A value of the parameter that only the application needs; AwsError if it has none."""
    if not info.resources.get(key):
        raise _unusable(names.regional_parameter(token(info)), info.region, f"{key} is not a string")
    return info.resources[key]


def token(info: RegionInfo) -> str:
    """What all names of this deployment contain."""
    return info.app_id.replace("-", "")


def _parameters(aws: Aws, region: str, attempts: int, clock: Clock) -> dict[str, str]:
    """Every parameter that may be ours: its value by its name."""
    client, doing = aws.client("ssm", region, fast=True), f"Listing the parameters under {PATH}"
    found = pages(
        client, "get_parameters_by_path", doing, region, attempts=attempts, clock=clock, Path=PATH, Recursive=True
    )
    return {str(p["Name"]): str(p["Value"]) for page in found for p in page["Parameters"]}


def _region_info(document: Mapping[str, Any], name: str, region: str) -> RegionInfo:
    """Check one parameter of this stack."""
    if document.get("schemaVersion") != SCHEMA_VERSION:
        raise AwsError(
            f"Parameter {name} in {region} has schema version {document.get('schemaVersion')!r}, not {SCHEMA_VERSION}.",
            "Use the version of mraa that deployed the stack.",
        )
    for key in map(camel_case, _FIELDS):
        if not isinstance(document.get(key), str) or not document[key]:
            raise _unusable(name, region, f"{key} is not a string")
    resources = {key: value for key, value in document.items() if isinstance(value, str)}
    info = RegionInfo(**{field: document[camel_case(field)] for field in _FIELDS}, resources=resources)
    if info.region != region:
        raise _unusable(name, region, f"its region is {info.region}")
    if info.role not in ("primary", "secondary") or region != getattr(info, f"{info.role}_region"):
        raise _unusable(name, region, f"{info.role!r} is not this Region's role")
    if not _APP_ID.match(info.app_id):
        raise _unusable(name, region, "appId is not an id")
    return info


def _unusable(name: str, region: str, why: str) -> AwsError:
    return AwsError(
        f"Parameter {name} in {region} is unusable: {why}.",
        "Run `mraa deploy` to have it written again, or fix it by hand (docs/runbook.md).",
    )
