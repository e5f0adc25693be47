"""Tickets: the smallest application that recovery can drain, reconcile and drill. One table, no bucket, no API.

A ticket's writer is its own client: it puts the ticket in one transaction with the check of a fence item.
"""

import random
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from mraa import names
from mraa.aws import Aws, Clock, call, pages
from mraa.errors import AwsError, MraaError
from mraa.recovery.models import Fate, ItemOrigin, KeyAttribute, RegionInfo, Table
from mraa.recovery.regions.items import text
from mraa.recovery.regions.parameter import token


class Tickets:
    """``Application`` and ``Workload`` of ``mraa.recovery.application``.

    The table is ``mraa-<token>-tickets``, its key ``ticketId``.
    """

    name, noun, load = "tickets", "ticket", "tickets of a customer that does not exist"

    def __init__(self, fences: int = 64) -> None:
        self._fences = fences

    def tables(self, info: RegionInfo) -> Sequence[Table]:
        return (Table(f"{names.prefix(token(info))}-tickets", (KeyAttribute("ticketId"),)),)

    def buckets(self, info: RegionInfo) -> Sequence[str]:
        return ()

    def unreplicated(self, info: RegionInfo) -> Sequence[str]:
        return ()

    def object_bucket(self, info: RegionInfo) -> str:
        return ""

    def origin(self, table: Table, item: Mapping[str, Any]) -> ItemOrigin:
        return ItemOrigin(text(item, "soldIn"), text(item, "soldAt"))

    def is_deleted(self, aws: Aws, clock: Clock, info: RegionInfo, object_key: str) -> bool:
        return False

    def newest(self, aws: Aws, clock: Clock, info: RegionInfo, limit: int) -> Sequence[ItemOrigin]:
        return ()

    def problem(self, aws: Aws, info: RegionInfo) -> str:
        try:
            list(self._ids(aws, info, "nobody"))
        except MraaError as error:
            return error.message
        return ""

    def refusal(self, info: RegionInfo) -> str:
        return ""

    def write(
        self, aws: Aws, info: RegionInfo, run_id: str, write_id: str, text: str, timeout_s: int
    ) -> tuple[Fate, str]:
        fence = {"appId": {"S": f"{info.app_id}#fence#{random.randrange(self._fences):02x}"}}
        check = {
            "TableName": info.app_config_table,
            "Key": fence,
            "ConditionExpression": "writableRegion = :region",
            "ExpressionAttributeValues": {":region": {"S": info.region}},
        }
        item = {"ticketId": {"S": f"{run_id}.{write_id}"}, "soldIn": {"S": info.region}, "seat": {"S": text}}
        put = {"TableName": self.tables(info)[0].name, "Item": item}
        client = aws.client("dynamodb", info.region, fast=True)
        items = [{"ConditionCheck": check}, {"Put": put}]
        try:
            call(client.transact_write_items, "Selling a ticket", info.region, TransactItems=items)
        except AwsError as error:
            reasons = getattr(error.__cause__, "response", {}).get("CancellationReasons") or [{}]
            return Fate.REFUSED if reasons[0].get("Code") == "ConditionalCheckFailed" else Fate.UNKNOWN, error.code
        return Fate.ACKNOWLEDGED, ""

    def written_ids(
        self, aws: Aws, clock: Clock, info: RegionInfo, run_id: str, write_ids: Collection[str]
    ) -> frozenset[str]:
        return frozenset(found.partition(".")[2] for found in self._ids(aws, info, run_id))

    def remove(
        self, aws: Aws, clock: Clock, info: RegionInfo, run_id: str, write_ids: Collection[str]
    ) -> frozenset[str]:
        client, table = aws.client("dynamodb", info.region), self.tables(info)[0].name
        for found in list(self._ids(aws, info, run_id)):
            key = {"ticketId": {"S": found}}
            call(client.delete_item, "Removing a ticket", info.region, TableName=table, Key=key)
        return frozenset()

    def _ids(self, aws: Aws, info: RegionInfo, run_id: str) -> Iterator[str]:
        client, table = aws.client("dynamodb", info.region), self.tables(info)[0].name
        found = pages(client, "scan", "Reading tickets", info.region, TableName=table, ConsistentRead=True)
        ids = (text(item, "ticketId") for page in found for item in page["Items"])
        yield from (each for each in ids if each.startswith(f"{run_id}."))
