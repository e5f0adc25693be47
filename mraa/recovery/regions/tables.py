"""The deployment's replicated tables: those that the application names, and those that it does not.

A table that nobody named would be left out of the drain and of the comparison without anybody noticing, so the Region
is asked for all of them. Only best effort: the answer comes from DynamoDB's control plane, and a planned move
continues without it and says so. An unplanned failover never asks.
"""

from collections.abc import Sequence

from mraa import names
from mraa.aws import Aws, Clock, call, pages
from mraa.recovery.application import Application
from mraa.recovery.models import KeyAttribute, RegionInfo, Table
from mraa.recovery.regions.parameter import token


def find_unnamed_tables(
    aws: Aws, clock: Clock, application: Application, info: RegionInfo, *, attempts: int = 1
) -> list[Table]:
    """The tables with the deployment's prefix and a replica in the peer Region that the application does not name."""
    client, prefix = aws.client("dynamodb", info.region, fast=True), f"{names.prefix(token(info))}-"
    known = {info.app_config_table, *(table.name for table in application.tables(info))}
    listed = [
        name
        for page in pages(client, "list_tables", "Listing the tables", info.region, attempts=attempts, clock=clock)
        for name in page["TableNames"]
        if name.startswith(prefix) and name not in known
    ]
    found = []
    for name in listed:
        doing = f"Describing the table {name}"
        table = call(client.describe_table, doing, info.region, attempts=attempts, clock=clock, TableName=name)["Table"]
        if any(replica["RegionName"] == info.other_region for replica in table.get("Replicas", [])):
            types = {
                attribute["AttributeName"]: attribute["AttributeType"] for attribute in table["AttributeDefinitions"]
            }
            # partition key first
            schema = sorted(table["KeySchema"], key=lambda part: str(part["KeyType"]))
            key = tuple(KeyAttribute(part["AttributeName"], types[part["AttributeName"]]) for part in schema)
            found.append(Table(name, key, is_named=False))
    return found


def merged_tables(*listings: Sequence[Table]) -> list[Table]:
    """Each table once, in the order of names; Regions may list different ones while a replica is being added."""
    return sorted({table.name: table for listing in listings for table in listing}.values(), key=lambda t: t.name)
