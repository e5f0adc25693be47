"""The deployment's replicated tables: those that the application names, and those that it does not.

A table that nobody named would be left out of the drain and of the comparison without anybody noticing, so the Region
is asked for all of them. Only best effort: the answer comes from DynamoDB's control plane, and a planned move
continues without it and says so. An unplanned failover never asks.
"""

from collections.abc import Sequence

from mraa import names
from mraa.aws import Aws, Clock, call, pages
from mraa.errors import MraaError
from mraa.events import Event, OnEvent, Progress
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


def find_unprotected_tables(aws: Aws, clock: Clock, application: Application, info: RegionInfo) -> tuple[str, ...]:
    """The names of the tables, the application's and the state's, that have no deletion protection in this Region."""
    client = aws.client("dynamodb", info.region, fast=True)
    known = [info.app_config_table, *(table.name for table in application.tables(info))]
    return tuple(
        name
        for name in known
        if not call(client.describe_table, f"Describing the table {name}", info.region, clock=clock, TableName=name)[
            "Table"
        ].get("DeletionProtectionEnabled")
    )


def list_unnamed_tables(
    aws: Aws, clock: Clock, application: Application, infos: Sequence[RegionInfo], on_event: OnEvent, subject: str
) -> list[Table]:
    """Those of several Regions, each once, in the order of names; they and what could not be listed are noted.

    The Regions may list different ones while a replica is being added.
    """
    found: dict[str, Table] = {}
    for info in infos:
        try:
            tables = find_unnamed_tables(aws, clock, application, info, attempts=3)
            found |= {table.name: table for table in tables}
        except MraaError as error:
            text = "its tables cannot be listed; one that the application does not name may be left out"
            on_event(Event(Progress.NOTE, subject, text, info.region, reason=error.message))
    for name in sorted(found):
        on_event(
            Event(Progress.NOTE, subject, f"table {name} is replicated but not named by the application: included")
        )
    return [found[name] for name in sorted(found)]
