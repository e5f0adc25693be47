"""The nouns of recovery: frozen dataclasses, no behaviour."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Key = tuple[str, ...]
"""A record's key as text: partition key and, if the table has one, sort key. An object's key: itself."""


class AppStateName(StrEnum):
    """The application's states: who may write."""

    ACTIVE = "active"
    FENCED = "fenced"
    FAILOVER = "failover"


@dataclass(frozen=True)
class AppState:
    """The state record as one Region sees it. ``writable_region`` is a Region name or ``none``.

    ``authority`` is the Region in which the state may be changed without force; empty in a record of an earlier
    version. ``fences`` is how many fence items there are.
    """

    state: AppStateName
    writable_region: str
    epoch: int
    updated_at: str
    updated_by: str = ""
    reason: str = ""
    previous_state: str = ""
    authority: str = ""
    fences: int = 64


@dataclass(frozen=True)
class ApplicationInfo:
    """An application of one's own as one Region knows it, from ``/mraa/<token>/application/<name>``.

    ``outputs`` are those of its regional template; ``tables`` and ``buckets`` the names of all that its stacks have.
    ``stack`` is the id of the regional template's stack; empty if it is not known.
    """

    name: str
    outputs: Mapping[str, str] = field(default_factory=dict)
    tables: tuple[str, ...] = ()
    buckets: tuple[str, ...] = ()
    stack: str = ""


@dataclass(frozen=True)
class RegionInfo:
    """One Region of a deployment, from its SSM parameter ``/mraa/<token>/regional``.

    ``resources`` are all strings of the parameter by their key: there the sample finds its own. ``applications`` are
    those of one's own by their name; ``application_problems`` say which parameters of theirs are unusable, and why.
    """

    stack_name: str
    app_id: str
    role: str
    region: str
    primary_region: str
    secondary_region: str
    routing_layer_api_id: str
    object_store_bucket: str
    key_value_store_table: str
    app_config_table: str
    app_state_updater_function: str
    resources: Mapping[str, str] = field(default_factory=dict)
    applications: Mapping[str, ApplicationInfo] = field(default_factory=dict)
    application_problems: tuple[str, ...] = ()

    @property
    def other_region(self) -> str:
        """The peer Region."""
        return self.secondary_region if self.region == self.primary_region else self.primary_region


@dataclass(frozen=True)
class KeyAttribute:
    """An attribute of a table's key. ``type`` is DynamoDB's: S, N or B."""

    name: str
    type: str = "S"


@dataclass(frozen=True)
class Table:
    """A table with a replica in both Regions: partition key and, if it has one, sort key.

    ``is_named`` is False for a table of the deployment that no application names; ``owner`` is the application of
    one's own that it belongs to.
    """

    name: str
    key: tuple[KeyAttribute, ...]
    is_named: bool = True
    owner: str = ""


@dataclass(frozen=True)
class ItemOrigin:
    """What an application says of one of its items; texts are empty if the item does not say.

    ``object_key`` is the key of the object that belongs to it, in the application's ``object_bucket``.
    ``is_tombstone``: it stands in the place of an item that was deleted.
    """

    written_in: str = ""
    created_at: str = ""
    object_key: str = ""
    is_tombstone: bool = False


class Fate(StrEnum):
    """What became of a write, as its sender knows it."""

    ACKNOWLEDGED = "acknowledged"
    REFUSED = "refused"  # by the fence: certainly not written
    UNKNOWN = "unknown"  # failed: no answer, or one that does not say (5xx)


@dataclass(frozen=True)
class Fence:
    """One of the fence items that record writes check."""

    writable_region: str
    epoch: int


@dataclass(frozen=True)
class ObjectRule:
    """An enabled S3 replication rule on one of a Region's buckets."""

    rule_id: str
    source_bucket: str
    destination_bucket: str


@dataclass(frozen=True)
class RegionView:
    """One Region as it answered just now; a Region that is down is an answer too.

    ``state`` is None exactly if ``problem`` says why it is unknown. ``fence_problem``, ``api_problem`` and
    ``object_problem`` are empty if all is well; ``highest_epoch`` is that of record and fences; ``object_rules`` is
    None if it was not asked for or not answered.
    """

    region: str
    role: str
    is_reachable: bool
    problem: str = ""
    info: RegionInfo | None = None
    state: AppState | None = None
    fence_problem: str = ""
    highest_epoch: int = 0
    api_problem: str = ""
    object_rules: tuple[ObjectRule, ...] | None = None
    object_problem: str = ""


@dataclass(frozen=True)
class SystemView:
    """Both Regions side by side, each as it sees itself."""

    primary: RegionView
    secondary: RegionView

    @property
    def infos(self) -> dict[str, RegionInfo]:
        """By Region, those that are known."""
        return {view.region: view.info for view in (self.primary, self.secondary) if view.info is not None}

    @property
    def views(self) -> tuple[RegionView, RegionView]:
        """Both, primary first."""
        return self.primary, self.secondary

    @property
    def highest_epoch(self) -> int:
        """The highest epoch that either Region showed."""
        return max(self.primary.highest_epoch, self.secondary.highest_epoch)


@dataclass(frozen=True)
class StackStatuses:
    """CloudFormation's words for the main stack and for each Region's stack instance, or ``unknown``."""

    main: str
    instances: Mapping[str, str]


@dataclass(frozen=True)
class Step:
    """One step of a runbook: ``name`` for programs, ``text`` for people, ``arguments`` for the executor."""

    name: str
    text: str
    region: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)
