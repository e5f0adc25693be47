"""The nouns of the deployer: frozen dataclasses, no behaviour."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True)
class StackDescription:
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
class StackResource:
    """One resource of a stack."""

    logical_id: str
    physical_id: str
    resource_type: str


@dataclass(frozen=True)
class StackRequest:
    """The stack to create or update.

    ``parameters`` are the values given; all others keep their previous value or the template's default.
    ``instance_regions`` are the Regions of its stack set's instances, in the order of operations; empty without one.
    ``capabilities`` are what the template is allowed to contain, in AWS's words. ``tags``, if they are given, replace
    those that the stack has. ``role_arn`` is the service role that CloudFormation assumes; empty for the previous one.
    """

    name: str
    region: str
    template_url: str
    parameters: Mapping[str, str]
    instance_regions: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ("CAPABILITY_IAM",)
    tags: Mapping[str, str] = field(default_factory=dict)
    role_arn: str = ""


# in place of a property's value
TOO_LONG = "(too long to show)"


@dataclass(frozen=True)
class PropertyChange:
    """One property that will change. ``path`` begins with the property's name; ``recreation`` in AWS's words.

    ``before`` and ``after`` are text as it is, anything else as JSON; empty for no value, ``TOO_LONG`` if not given.
    Both are empty if only something that the property refers to changes, which ``cause`` names.
    """

    path: str
    before: str = ""
    after: str = ""
    recreation: str = ""
    cause: str = ""


@dataclass(frozen=True)
class ResourceChange:
    """One resource of a change set. ``action`` and ``replacement`` (True, False, Conditional) in AWS's words.

    ``nested`` are the changes in a nested stack, as far as CloudFormation tells them.
    """

    action: str
    logical_id: str
    resource_type: str
    replacement: str = ""
    properties: tuple[PropertyChange, ...] = ()
    policy_action: str = ""
    nested: "tuple[ResourceChange, ...]" = ()


@dataclass(frozen=True)
class ChangeSet:
    """A change set ready to be executed."""

    change_set_id: str
    stack_id: str
    region: str
    is_creation: bool
    changes: tuple[ResourceChange, ...]


@dataclass(frozen=True)
class Cause:
    """Why an operation failed: the first resource that failed, and AWS's reason."""

    region: str
    logical_id: str
    resource_type: str
    reason: str


class LeftoverKind(StrEnum):
    """The kinds of resources that a deletion of the stacks leaves behind."""

    BUCKET = "bucket"
    TABLE = "table"
    LOG_GROUP = "log group"
    ROLE = "role"


@dataclass(frozen=True)
class Leftover:
    """A resource that its stack's deletion leaves behind; ``reason`` is AWS's if it could not be deleted."""

    kind: LeftoverKind
    name: str
    region: str
    reason: str = ""


class Grade(StrEnum):
    """The result of a preflight check: passed, worth knowing, or failed, which blocks a deployment."""

    PASSED = "passed"
    NOTE = "note"
    FAILED = "failed"


@dataclass(frozen=True)
class PreflightFinding:
    """What one preflight check found; ``fix`` says how to fix it."""

    grade: Grade
    subject: str
    text: str
    fix: str = ""
    region: str = ""


@dataclass(frozen=True)
class PropertyDifference:
    """One property that differs from the template; values as CloudFormation (JSON text) or S3 returns them."""

    path: str
    expected: str
    actual: str


@dataclass(frozen=True)
class ResourceDrift:
    """One resource. ``status`` in AWS's words: MODIFIED, DELETED, UNKNOWN, IN_SYNC, NOT_CHECKED.

    ``fix`` says what to do, if that is known.
    """

    region: str
    stack_name: str
    logical_id: str
    resource_type: str
    status: str
    physical_id: str = ""
    differences: tuple[PropertyDifference, ...] = ()
    reason: str = ""
    fix: str = ""


@dataclass(frozen=True)
class DriftNote:
    """What is worth knowing of a Region and is not drift; ``fix`` says how to change it."""

    region: str
    logical_id: str
    text: str
    fix: str


@dataclass(frozen=True)
class DriftReport:
    """Every resource of a deployment, in sync, drifted or not checked, and notes."""

    resources: tuple[ResourceDrift, ...]
    notes: tuple[DriftNote, ...] = ()


@dataclass(frozen=True)
class StackInstanceDescription:
    """A stack instance as CloudFormation describes it; ``stack_id`` is empty if no stack was created."""

    region: str
    stack_id: str
    status: str
    reason: str = ""


@dataclass(frozen=True)
class Counts:
    """How far one stack, or the stack set, is in its operation; ``status`` in AWS's words.

    ``to_do`` is None if unknown, and an upper bound with ``is_at_most``: an update touches only what it must.
    ``slowest`` is the resource that took, or has been taking, the longest: ``slowest_s`` seconds.
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


# the counts of every stack that is followed, and the seconds since following began
OnCounts = Callable[[Sequence[Counts], float], None]
