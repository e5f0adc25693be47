"""A stack to deploy, and the result of its deployment."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from mraa.stacks.models import StackDescription, StackRequest


@dataclass(frozen=True)
class Creation:
    """What is given in a creation only, and lines for its plan."""

    parameters: Mapping[str, str] = field(default_factory=dict)
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class StackSpec:
    """A stack to create or update, and what is particular to it.

    ``refuse_foreign`` raises UsageError for an existing stack of that name that must not be changed.
    ``update_parameters`` are given in updates only. ``restored_lines`` are for the plan of an update: what its custom
    resources must restore that CloudFormation does not see. ``creation`` is asked for in a creation only.
    ``on_confirmed`` is called once the plan is confirmed, or needs no confirmation. ``again`` is the command that
    resumes the deployment, ``attach`` the one that only follows it (if one exists). ``skip`` are the resources (logical
    ids) that a failed rollback must not roll back.
    """

    request: StackRequest
    refuse_foreign: Callable[[StackDescription], None]
    again: str
    update_parameters: Mapping[str, str] = field(default_factory=dict)
    restored_lines: Callable[[StackDescription], list[str]] = lambda stack: []
    creation: Callable[[], Creation] = Creation
    on_confirmed: Callable[[], None] = lambda: None
    attach: str = ""
    skip: Sequence[str] = ()

    @property
    def follow_again(self) -> str:
        """The command that follows an operation in AWS."""
        return self.attach or self.again


@dataclass(frozen=True)
class DeployResult:
    """What was done with the stack: ``untouched`` after a dry run, ``followed`` or ``idle`` by attaching to it."""

    action: Literal["created", "updated", "unchanged", "detached", "untouched", "followed", "idle"]
    stack: StackDescription | None = None
    elapsed_s: float = 0.0
