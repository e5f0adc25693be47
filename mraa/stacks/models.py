"""The nouns of the deployer: frozen dataclasses, no behaviour."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


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
