"""The deployment's replicated tables: those that an application names, and those that none does.

A table that nobody named would be left out of the drain and of the comparison without anybody noticing, so the Region
is asked for all of them: by the deployment's prefix, and by the stacks of applications of one's own, whose tables have
names of any kind. Only best effort: the answers come from control planes, and a planned move continues without them
and says so. An unplanned failover never asks.
"""

from collections.abc import Sequence
from dataclasses import replace

from mraa import names
from mraa.aws import Aws, Clock, call, pages
from mraa.errors import AwsError, MraaError
from mraa.events import Event, OnEvent, Progress
from mraa.recovery.application import Application
from mraa.recovery.models import KeyAttribute, RegionInfo, Table
from mraa.recovery.regions.parameter import token
from mraa.recovery.regions.stack_resources import resources_of_stack

_ATTEMPTS = 3
_TYPES = ("AWS::DynamoDB::GlobalTable", "AWS::DynamoDB::Table")


def find_unnamed_tables(
    aws: Aws, clock: Clock, application: Application, info: RegionInfo, *, attempts: int = 1
) -> list[Table]:
    """The replicated tables that belong to the deployment, by their name or by their stack, and that nobody names."""
    names = [*_prefixed(aws, clock, info, attempts), *_in_stacks(aws, clock, info, attempts)]
    return _replicated(aws, clock, application, info, names, attempts)


def describe_table(aws: Aws, clock: Clock, info: RegionInfo, name: str, *, attempts: int = 1) -> Table | None:
    """A table with its key; None if it is not in this Region, or has no replica in the peer Region."""
    describe, doing = aws.client("dynamodb", info.region, fast=True).describe_table, f"Describing the table {name}"
    try:
        table = call(describe, doing, info.region, attempts=attempts, clock=clock, TableName=name)["Table"]
    except AwsError as error:
        if error.code == "ResourceNotFoundException":
            return None
        raise
    if not any(replica["RegionName"] == info.other_region for replica in table.get("Replicas", [])):
        return None
    types = {of["AttributeName"]: of["AttributeType"] for of in table["AttributeDefinitions"]}
    # partition key first
    schema = sorted(table["KeySchema"], key=lambda part: str(part["KeyType"]))
    key = tuple(KeyAttribute(part["AttributeName"], types.get(part["AttributeName"], "")) for part in schema)
    if not key or not all(part.type for part in key):
        raise AwsError(f"{doing} failed: AWS's answer has no type of a key attribute.", "Run it again.")
    return Table(name, key)


def _prefixed(aws: Aws, clock: Clock, info: RegionInfo, attempts: int) -> list[str]:
    client, prefix = aws.client("dynamodb", info.region, fast=True), f"{names.prefix(token(info))}-"
    listed = pages(client, "list_tables", "Listing the tables", info.region, attempts=attempts, clock=clock)
    return [name for page in listed for name in page["TableNames"] if name.startswith(prefix)]


def _in_stacks(aws: Aws, clock: Clock, info: RegionInfo, attempts: int) -> list[str]:
    """Of the applications of one's own: their global tables are in stacks of the primary Region."""
    if info.region != info.primary_region:
        return []
    stacks = [names.application_stack(info.stack_name, name) for name in info.applications]
    return [
        table.physical_id
        for stack in stacks
        for table in resources_of_stack(aws, clock, info.region, stack, _TYPES, attempts=attempts)
    ]


def _replicated(
    aws: Aws, clock: Clock, application: Application, info: RegionInfo, candidates: Sequence[str], attempts: int
) -> list[Table]:
    known = {info.app_config_table, *(table.name for table in application.tables(info))}
    unnamed = [name for name in dict.fromkeys(candidates) if name not in known]
    found = [describe_table(aws, clock, info, name, attempts=attempts) for name in unnamed]
    return [replace(table, is_named=False) for table in found if table]


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

    So is what recovery leaves out. The Regions may list different tables while a replica is being added.
    """
    found: dict[str, Table] = {}
    for info in infos:
        for list_names in (_prefixed, _in_stacks):
            try:
                candidates = list_names(aws, clock, info, _ATTEMPTS)
                tables = _replicated(aws, clock, application, info, candidates, _ATTEMPTS)
                found |= {table.name: table for table in tables}
            except MraaError as error:
                text = "its tables cannot be listed; one that no application names may be left out"
                on_event(Event(Progress.NOTE, subject, text, info.region, reason=error.message))
    for name in sorted(found):
        on_event(Event(Progress.NOTE, subject, f"table {name} is replicated but no application names it: included"))
    for info in infos:
        for store in application.unreplicated(info):
            text = f"{store} has no replica in {info.other_region}: it is not protected"
            on_event(Event(Progress.NOTE, subject, text, info.region))
    return [found[name] for name in sorted(found)]
