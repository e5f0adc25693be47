"""A stack to deploy, and the result of its deployment."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from mraa.stacks.models import ChangeSet, Leftover, StackDescription, StackRequest


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
    ``template_lines`` are for every plan: what its new template means. ``find_leftovers`` finds what a stack whose
    creation failed left behind under other names than the tool's. ``on_confirmed`` is called once the plan is
    confirmed, or needs no confirmation. ``again`` is the command that resumes the deployment, ``attach`` the one that
    only follows it (if one exists), ``destroy`` the one that deletes it. ``skip`` are the resources (logical ids) that
    a failed rollback must not roll back.
    """

    request: StackRequest
    refuse_foreign: Callable[[StackDescription], None]
    again: str
    update_parameters: Mapping[str, str] = field(default_factory=dict)
    restored_lines: Callable[[StackDescription], list[str]] = lambda stack: []
    creation: Callable[[], Creation] = Creation
    template_lines: Callable[[ChangeSet, Mapping[str, Any]], list[str]] = lambda change_set, template: []
    find_leftovers: Callable[[StackDescription], list[Leftover]] = lambda stack: []
    on_confirmed: Callable[[], None] = lambda: None
    attach: str = ""
    destroy: str = "mraa destroy"
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
