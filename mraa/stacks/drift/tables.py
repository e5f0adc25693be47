"""Deletion protection of the tables, which each replica has of its own."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from mraa.aws import Aws
from mraa.stacks.drift.deployed import PARTLY_DELETED, Comparison, DeployedStack, judged, read_or_none
from mraa.stacks.models import PropertyDifference, ResourceDrift

_PROPERTY = "DeletionProtectionEnabled"


def check_tables(aws: Aws, deployed: DeployedStack, regions: Collection[str]) -> Iterator[ResourceDrift]:
    """Every replica, in these Regions, of the stack's tables."""
    for subject, properties in deployed.of_type("AWS::DynamoDB::GlobalTable"):
        for replica in deployed.values(properties["Replicas"]):
            if replica["Region"] in regions:
                here = replace(subject, region=replica["Region"])
                yield judged(here, partial(_compare, aws, here, replica))


def _compare(aws: Aws, subject: ResourceDrift, replica: Mapping[str, Any]) -> Comparison:
    region, table = subject.region, subject.physical_id
    expected = str(replica.get(_PROPERTY, False)).lower()
    actual = _protection(aws, region, table)
    if actual is None:
        return Comparison(None, PARTLY_DELETED)
    flag = "--deletion-protection-enabled" if expected == "true" else "--no-deletion-protection-enabled"
    return Comparison(
        [PropertyDifference(f"/Replicas/{region}/{_PROPERTY}", expected, actual)] if expected != actual else [],
        f"aws dynamodb update-table --region {region} --table-name {table} {flag}",
    )


def _protection(aws: Aws, region: str, table: str) -> str | None:
    """``true`` or ``false``; None if the Region has no such table."""
    operation, doing = aws.client("dynamodb", region).describe_table, f"Reading table {table}"
    answer = read_or_none(operation, doing, region, ("ResourceNotFoundException",), TableName=table)
    return None if answer is None else str(answer["Table"].get(_PROPERTY, False)).lower()
