"""The nouns that modules hand to each other: frozen dataclasses, no behaviour, no imports from the package."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

# --- a release ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Release:
    """What the templates must know of a release: where it lies and what its files are called.

    Code is fetched from bucket ``<bucket_prefix>-<region>`` under ``<solution_name>/<version>/``.
    ``functions`` maps a folder of ``functions/`` to its zip's name (``app-state-updater-<sha256[:12]>.zip``);
    ``console_hash`` is sha256[:12] of ``console-manifest.json``.
    """

    bucket_prefix: str
    solution_name: str
    version: str
    functions: Mapping[str, str]
    console_hash: str


# --- the application ------------------------------------------------------------------------------------------


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


# --- work and its telling -------------------------------------------------------------------------------------


class Progress(StrEnum):
    """Where a piece of work is."""

    STARTED = "started"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    NOTE = "note"


@dataclass(frozen=True)
class Event:
    """One line of what is happening, for a person or (as JSON) for a program.

    ``subject`` is the thing (a step, a file, a logical id), ``text`` what happens to it.
    """

    progress: Progress
    subject: str
    text: str = ""
    region: str = ""
    reason: str = ""
    done: int | None = None
    total: int | None = None
    elapsed_s: float | None = None


OnEvent = Callable[[Event], None]


@dataclass(frozen=True)
class Counts:
    """How far one stack, or the stack set, is in its operation; ``status`` in AWS's words.

    ``to_do`` is None where nothing tells, and with ``is_at_most`` an upper bound: an update touches only what it must.
    ``slowest`` is the resource that took, or takes, the longest: ``slowest_s`` seconds.
    """

    name: str
    region: str
    status: str
    done: int = 0
    running: int = 0
    to_do: int | None = None
    is_at_most: bool = False
    slowest: str = ""
    slowest_s: float = 0.0


# the counts of everything that is followed, and the seconds since the operation was first looked at
OnCounts = Callable[[Sequence[Counts], float], None]


@dataclass(frozen=True)
class Step:
    """One step of a runbook: ``name`` for programs, ``text`` for people, ``arguments`` for the executor."""

    name: str
    text: str
    region: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)


# --- recovery: the system as an operator finds it ---------------------------------------------------------------


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


# --- stacks: what CloudFormation says and what is asked of it ---------------------------------------------------


@dataclass(frozen=True)
class StackFacts:
    """One stack as CloudFormation describes it. ``created_at`` and ``deleted_at``: seconds since 1970, 0 for never."""

    name: str
    stack_id: str
    region: str
    status: str
    reason: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)
    created_at: float = 0.0
    deleted_at: float = 0.0


@dataclass(frozen=True)
class StackEvent:
    """One line of a stack's history; ``at`` is seconds since 1970 by CloudFormation's clock."""

    event_id: str
    at: float
    region: str
    stack_id: str
    logical_id: str
    physical_id: str
    resource_type: str
    status: str
    reason: str = ""


@dataclass(frozen=True)
class StackRequest:
    """What one stack shall be.

    ``parameters`` are the values that were given; all others stay as they are, or are the template's defaults.
    ``instance_regions`` are the Regions of its stack set's instances, in which they are followed; empty without one.
    """

    name: str
    region: str
    template_url: str
    parameters: Mapping[str, str]
    instance_regions: tuple[str, ...] = ()


@dataclass(frozen=True)
class PropertyChange:
    """One property that will change. ``path`` begins with the property's name; ``recreation`` in AWS's words.

    ``before`` and ``after`` are JSON text, empty for nothing; both empty where only something it refers to changes,
    which ``cause`` names.
    """

    path: str
    before: str = ""
    after: str = ""
    recreation: str = ""
    cause: str = ""


@dataclass(frozen=True)
class ResourceChange:
    """One resource of a change set. ``action`` and ``replacement`` (True, False, Conditional) in AWS's words."""

    action: str
    logical_id: str
    resource_type: str
    replacement: str = ""
    properties: tuple[PropertyChange, ...] = ()
    policy_action: str = ""


@dataclass(frozen=True)
class ChangeSet:
    """A change set that can be executed."""

    change_set_id: str
    stack_id: str
    region: str
    is_creation: bool
    changes: tuple[ResourceChange, ...]


@dataclass(frozen=True)
class Cause:
    """Why an operation failed: the first resource that did, and AWS's reason."""

    region: str
    logical_id: str
    resource_type: str
    reason: str


class Holding(StrEnum):
    """What a deployment leaves behind for its data's sake."""

    BUCKET = "bucket"
    TABLE = "table"
    LOG_GROUP = "log group"
    ROLE = "role"


@dataclass(frozen=True)
class Leftover:
    """Something that outlives its stack. ``name`` is the bucket's, table's, log group's or role's name."""

    kind: Holding
    name: str
    region: str


class Grade(StrEnum):
    """What a finding means for a deployment: nothing, something to know, something in the way."""

    GOOD = "good"
    NOTE = "note"
    WRONG = "wrong"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at before a deployment; ``mend`` says how to put it right."""

    grade: Grade
    subject: str
    text: str
    mend: str = ""
    region: str = ""


@dataclass(frozen=True)
class PropertyDifference:
    """One property that is not what the template says; values as CloudFormation (JSON text) or S3 gives them."""

    path: str
    expected: str
    actual: str


@dataclass(frozen=True)
class ResourceDrift:
    """One resource that was looked at. ``status`` in AWS's words: MODIFIED, DELETED, UNKNOWN, IN_SYNC."""

    region: str
    stack_name: str
    logical_id: str
    resource_type: str
    status: str
    physical_id: str = ""
    differences: tuple[PropertyDifference, ...] = ()
    reason: str = ""


@dataclass(frozen=True)
class StackInstanceFacts:
    """A stack set's instance as CloudFormation describes it; ``stack_id`` is empty where no stack came to be."""

    region: str
    stack_id: str
    status: str
    reason: str = ""
