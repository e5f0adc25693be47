"""The nouns of recovery: frozen dataclasses, no behaviour."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class AppStateName(StrEnum):
    """The application's states: who may write."""

    ACTIVE = "active"
    FENCED = "fenced"
    FAILOVER = "failover"


@dataclass(frozen=True)
class AppState:
    """The state record as one Region sees it. ``writable_region`` is a Region name or ``none``."""

    state: AppStateName
    writable_region: str
    epoch: int
    updated_at: str
    updated_by: str = ""
    reason: str = ""
    previous_state: str = ""


@dataclass(frozen=True)
class RegionalFacts:
    """The SSM parameter ``/mraa/<token>/regional``: all an operator needs, readable in this Region alone."""

    stack_name: str
    app_id: str
    role: str
    region: str
    primary_region: str
    secondary_region: str
    routing_layer_api_id: str
    photos_api_id: str
    object_store_bucket: str
    key_value_store_table: str
    app_config_table: str
    app_state_updater_function: str
    photos_function: str


@dataclass(frozen=True)
class Fence:
    """One of the 64 fence items that record writes check."""

    writable_region: str
    epoch: int


@dataclass(frozen=True)
class ObjectRule:
    """An enabled S3 replication rule on a Region's object store."""

    rule_id: str
    destination_bucket: str


@dataclass(frozen=True)
class RegionView:
    """One Region as it answered just now; a Region that is down is an answer too.

    ``state`` is None exactly where ``problem`` says why it cannot be known. ``fence_problem``, ``api_problem`` and
    ``object_problem`` are empty where all is well; ``object_rules`` is None where it was not asked for or not told.
    """

    region: str
    role: str
    is_reachable: bool
    problem: str = ""
    facts: RegionalFacts | None = None
    state: AppState | None = None
    fence_problem: str = ""
    api_problem: str = ""
    object_rules: tuple[ObjectRule, ...] | None = None
    object_problem: str = ""


@dataclass(frozen=True)
class SystemView:
    """Both Regions side by side, each as it sees itself."""

    primary: RegionView
    secondary: RegionView


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
