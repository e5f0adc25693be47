"""All applications of one's own that stand on a deployment, as one that recovery can drain and reconcile.

What they keep is in the parameters that their stacks keep in each Region; the keys of their tables, and which of their
stores are replicated, are asked of AWS once. An item says where and when it was written by attributes ``writtenIn``
(a Region) and ``createdAt`` (ISO 8601), if it has them.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from mraa.applications.api import OwnApi
from mraa.aws import Aws, Clock, call
from mraa.errors import AwsError
from mraa.names import REGION_PATTERN
from mraa.recovery.models import ItemOrigin, RegionInfo, Table
from mraa.recovery.regions.items import text
from mraa.recovery.regions.tables import describe_table
from mraa.recovery.retries import ATTEMPTS


class OwnApplications:
    """``mraa.recovery.application.Application``. ``apis`` are those that are described, by their application's name."""

    noun = "record"

    def __init__(self, aws: Aws, clock: Clock, apis: Mapping[str, OwnApi]) -> None:
        self._aws = aws
        self._clock = clock
        self.apis = apis
        # neither a table's key nor that it is replicated changes while a verb runs
        self._described: dict[tuple[str, str], Table | None] = {}
        self._replicated: dict[tuple[str, str], bool] = {}

    def tables(self, info: RegionInfo) -> Sequence[Table]:
        """Those of all applications, in the order of names, that have a replica in the peer Region."""
        found = [(owner, self._describe(info, name)) for name, owner in _stores(info, "tables").items()]
        return [replace(table, owner=owner) for owner, table in found if table]

    def buckets(self, info: RegionInfo) -> Sequence[str]:
        """Those that have an enabled replication rule."""
        return [name for name in _stores(info, "buckets") if self._has_rule(info, name)]

    def unreplicated(self, info: RegionInfo) -> Sequence[str]:
        """All others."""
        return [
            *(
                f"table {name} of {owner}"
                for name, owner in _stores(info, "tables").items()
                if not self._describe(info, name)
            ),
            *(
                f"bucket {name} of {owner}"
                for name, owner in _stores(info, "buckets").items()
                if not self._has_rule(info, name)
            ),
        ]

    def origin(self, table: Table, item: Mapping[str, Any]) -> ItemOrigin:
        """What the item itself says."""
        region = text(item, "writtenIn")
        return ItemOrigin(region, text(item, "createdAt")) if re.match(REGION_PATTERN, region) else ItemOrigin()

    def object_bucket(self, info: RegionInfo) -> str:
        """None: whether an object belongs to a record is not known."""
        return ""

    def is_deleted(self, aws: Aws, clock: Clock, info: RegionInfo, object_key: str) -> bool:
        """Not known."""
        return False

    def newest(self, aws: Aws, clock: Clock, info: RegionInfo, limit: int) -> Sequence[ItemOrigin]:
        """None: no record is known to have an object."""
        return ()

    def problem(self, aws: Aws, info: RegionInfo) -> str:
        """The first that is wrong with an API that is described."""
        checked = ((name, api.problem(aws, info)) for name, api in self.apis.items() if name in info.applications)
        return next((f"{name}: {problem}" for name, problem in checked if problem), "")

    def _describe(self, info: RegionInfo, name: str) -> Table | None:
        key = (info.region, name)
        if key not in self._described:
            self._described[key] = describe_table(self._aws, self._clock, info, name, attempts=ATTEMPTS)
        return self._described[key]

    def _has_rule(self, info: RegionInfo, bucket: str) -> bool:
        key = (info.region, bucket)
        if key not in self._replicated:
            self._replicated[key] = self._read_rule(info, bucket)
        return self._replicated[key]

    def _read_rule(self, info: RegionInfo, bucket: str) -> bool:
        read, doing = (
            self._aws.client("s3", info.region, fast=True).get_bucket_replication,
            f"Reading the replication rules of {bucket}",
        )
        try:
            found = call(read, doing, info.region, attempts=ATTEMPTS, clock=self._clock, Bucket=bucket)
        except AwsError as error:
            if error.code == "ReplicationConfigurationNotFoundError":
                return False
            raise
        return any(rule["Status"] == "Enabled" for rule in found["ReplicationConfiguration"]["Rules"])


def _stores(info: RegionInfo, kind: str) -> dict[str, str]:
    """The names of all tables or buckets, each with the application that it belongs to; the backbone's own are not."""
    own = {info.app_config_table, info.key_value_store_table, info.object_store_bucket}
    found: dict[str, str] = {}
    for name, application in sorted(info.applications.items()):
        for store in getattr(application, kind):
            if store not in own:
                found.setdefault(store, name)
    return found
