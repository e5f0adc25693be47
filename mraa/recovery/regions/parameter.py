"""Where everything is: the SSM parameter that each Region keeps about itself.

It is found by path and stack name, so an operator needs nothing but the Region that still answers: no stack outputs,
no CloudFormation, no other Region.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from mraa.aws import Aws, translated
from mraa.errors import AwsError, UsageError
from mraa.recovery.models import RegionalFacts
from mraa.settings import Settings

PATH = "/mraa/"
SCHEMA_VERSION = 1

_NAME = re.compile(r"^/mraa/[0-9a-f]{32}/regional$")
_APP_ID = re.compile(r"^[A-Za-z0-9-]{1,64}$")

# key of the JSON -> field of RegionalFacts
_KEYS: Mapping[str, str] = {
    "stackName": "stack_name",
    "appId": "app_id",
    "role": "role",
    "region": "region",
    "primaryRegion": "primary_region",
    "secondaryRegion": "secondary_region",
    "routingLayerApiId": "routing_layer_api_id",
    "photosApiId": "photos_api_id",
    "objectStoreBucket": "object_store_bucket",
    "keyValueStoreTable": "key_value_store_table",
    "appConfigTable": "app_config_table",
    "appStateUpdaterFunction": "app_state_updater_function",
    "photosFunction": "photos_function",
}


def find_facts(aws: Aws, region: str, settings: Settings) -> RegionalFacts | None:
    """What ``region`` knows of the stack in ``settings``, None where it knows of none.

    UsageError where the settings name other Regions than the deployment's or where several deployments answer to
    them, AwsError where the one found is unusable.
    """
    named = {
        name: _facts(document, name, region)
        for name, text in _parameters(aws, region)
        if (document := _document(text)) is not None and document.get("stackName") == settings.stack_name
    }
    # the same stack name may be in use twice, from two primary Regions with one secondary Region between them
    wanted = {
        name: facts
        for name, facts in named.items()
        if (facts.primary_region, facts.secondary_region) == settings.regions
    }
    if named and not wanted:
        facts = next(iter(named.values()))
        raise UsageError(
            f"The stack {facts.stack_name} was deployed to {facts.primary_region} (primary) and "
            f"{facts.secondary_region} (secondary), not to {settings.primary_region} and {settings.secondary_region}.",
            f"Give --primary-region {facts.primary_region} --secondary-region {facts.secondary_region}.",
        )
    if len(wanted) > 1:
        listed = ", ".join(f"{facts.app_id} ({name})" for name, facts in sorted(wanted.items()))
        raise UsageError(
            f"{region} knows {len(wanted)} deployments named {settings.stack_name}: {listed}.",
            "All but one are left over: delete their parameters (`aws ssm delete-parameter --name ...`) and run again.",
        )
    return next(iter(wanted.values()), None)


def other_region(facts: RegionalFacts) -> str:
    """The Region beside the one that told these facts."""
    return facts.secondary_region if facts.region == facts.primary_region else facts.primary_region


def _parameters(aws: Aws, region: str) -> list[tuple[str, str]]:
    """Name and value of every parameter that may be ours."""
    client = aws.client("ssm", region, fast=True)
    found = []
    token: dict[str, str] = {}
    while True:
        with translated(f"Looking for parameters under {PATH}", region):
            page = client.get_parameters_by_path(Path=PATH, Recursive=True, **token)
        found += [(str(p["Name"]), str(p["Value"])) for p in page["Parameters"] if _NAME.match(str(p["Name"]))]
        if not page.get("NextToken"):
            return found
        token = {"NextToken": page["NextToken"]}


def _document(text: str) -> dict[str, Any] | None:
    """The parameter's JSON object; None for anything else: a stranger's parameter must not stop a failover."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _facts(document: Mapping[str, Any], name: str, region: str) -> RegionalFacts:
    """Check one parameter of this stack and turn it into facts."""
    if document.get("schemaVersion") != SCHEMA_VERSION:
        raise AwsError(
            f"Parameter {name} in {region} has schema version {document.get('schemaVersion')!r}, not {SCHEMA_VERSION}.",
            "Use the version of mraa that deployed the stack.",
        )
    for key in _KEYS:
        if not isinstance(document.get(key), str) or not document[key]:
            raise _unusable(name, region, f"{key} is not a text")
    facts = RegionalFacts(**{field: document[key] for key, field in _KEYS.items()})
    if facts.region != region:
        raise _unusable(name, region, f"it says that it lies in {facts.region}")
    if facts.role not in ("primary", "secondary") or region != getattr(facts, f"{facts.role}_region"):
        raise _unusable(name, region, f"{facts.role!r} is not this Region's role")
    if not _APP_ID.match(facts.app_id):
        raise _unusable(name, region, "appId is not an id")
    return facts


def _unusable(name: str, region: str, why: str) -> AwsError:
    return AwsError(
        f"Parameter {name} in {region} is unusable: {why}.",
        "Run `mraa deploy` to have it written again, or mend it by hand (docs/runbook.md).",
    )
