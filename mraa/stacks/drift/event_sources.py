"""The state guard's event source mapping: without it, or with it disabled, nothing puts a higher epoch back."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from mraa.aws import Aws, call, pages
from mraa.stacks.drift.deployed import Comparison, DeployedStack, judged, read_or_none
from mraa.stacks.models import PropertyDifference, ResourceDrift

# a mapping is in these for some seconds after a change
_ENABLED = {"Creating", "Enabled", "Enabling", "Updating"}
# a custom resource that answers with the stream of a table: CloudFormation keeps its answer to itself
_TABLE_STREAM = "Custom::TableStream"
_CREATE_ONLY = ("EventSourceArn", "StartingPosition")


def check_event_sources(aws: Aws, deployed: DeployedStack) -> Iterator[ResourceDrift]:
    """Every event source mapping of the stack."""
    for subject, properties in deployed.of_type("AWS::Lambda::EventSourceMapping"):
        yield judged(subject, partial(_compare, aws, deployed, subject, properties))


def mapping_differences(expected: Mapping[str, Any], mapping: Mapping[str, Any]) -> list[PropertyDifference]:
    """How a mapping, as Lambda describes it, differs from the template's properties."""
    actual = {
        **mapping,
        "FunctionName": mapping.get("FunctionArn", "").split(":function:")[-1],
        "Enabled": mapping.get("State") in _ENABLED,
    }
    sides = {name: (_text(value), _text(_within(actual.get(name), value))) for name, value in expected.items()}
    return [PropertyDifference(f"/{name}", *texts) for name, texts in sides.items() if texts[0] != texts[1]]


def _compare(aws: Aws, deployed: DeployedStack, subject: ResourceDrift, properties: Mapping[str, Any]) -> Comparison:
    values = replace(deployed.values, attributes=_streams(aws, deployed))
    expected = {"Enabled": True, **values(properties)}
    region = deployed.region
    create = f"aws lambda create-event-source-mapping --region {region} --cli-input-json '{json.dumps(expected)}'"
    mapping = _mapping(aws, region, subject.physical_id, expected)
    if mapping is None:
        return Comparison(None, f"Create it again: {create}")
    if mapping.get("EventSourceArn") != expected["EventSourceArn"]:
        # of a table that was deleted since: a mapping keeps its stream
        return Comparison(mapping_differences(expected, mapping), f"Create another one: {create}")
    changeable = {name: value for name, value in expected.items() if name not in _CREATE_ONLY}
    return Comparison(
        mapping_differences(expected, mapping),
        f"aws lambda update-event-source-mapping --region {region} "
        f"--cli-input-json '{json.dumps({'UUID': mapping['UUID'], **changeable})}'",
    )


def _streams(aws: Aws, deployed: DeployedStack) -> dict[str, str]:
    """The streams that the stack's custom resources answered with, as they are now."""
    found = {}
    for subject, properties in deployed.of_type(_TABLE_STREAM):
        table = deployed.values(properties["TableName"])
        operation = aws.client("dynamodb", deployed.region).describe_table
        answer = call(operation, f"Reading table {table}", deployed.region, TableName=table)
        found[f"{subject.logical_id}.StreamArn"] = answer["Table"].get("LatestStreamArn", "")
    return found


def _mapping(aws: Aws, region: str, mapping_id: str, expected: Mapping[str, Any]) -> dict[str, Any] | None:
    """The stack's mapping, or one of its function on its stream that was created in its place; None without any."""
    client = aws.client("lambda", region)
    doing = f"Reading the event sources of function {expected['FunctionName']}"
    missing = ("ResourceNotFoundException",)
    if own := read_or_none(client.get_event_source_mapping, doing, region, missing, UUID=mapping_id):
        return own
    found = pages(client, "list_event_source_mappings", doing, region, FunctionName=expected["FunctionName"])
    mappings = [of for page in found for of in page["EventSourceMappings"]]
    return next((of for of in mappings if of.get("EventSourceArn") == expected["EventSourceArn"]), None)


def _within(actual: Any, expected: Any) -> Any:
    """What ``expected`` names of it: Lambda adds empty parts."""
    if isinstance(actual, dict) and isinstance(expected, dict):
        return {name: _within(actual[name], expected[name]) for name in expected if name in actual}
    return actual


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else json.dumps(value, sort_keys=True)
