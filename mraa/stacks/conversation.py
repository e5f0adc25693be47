"""What a deployment reports and asks while it runs, on a terminal, in a script or in a service."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from mraa.events import Event
from mraa.stacks.models import OnCounts, StackDescription


class Conversation(Protocol):
    """Where events and plans go, and where consent comes from."""

    @property
    def dry_run(self) -> bool:
        """True if plans are only shown: ``confirm`` returns False, and nothing is waited for."""

    def event(self, event: Event) -> None:
        """Report one event; the ``OnEvent`` of the modules that do the work."""

    def heading(self, text: str) -> None:
        """Report that a phase begins."""

    def warn(self, text: str) -> None:
        """Report what must be seen, whatever the form of the rest of the output."""

    def confirm(self, title: str, plan: Sequence[str]) -> bool:
        """Show the plan and ask for consent; False after a dry run. DeclinedError if it is refused."""

    def counts(self) -> AbstractContextManager[OnCounts]:
        """What shows the counts of the stacks while an operation runs."""


@contextmanager
def following(conversation: Conversation, stack: StackDescription, again: str) -> Iterator[OnCounts]:
    """Show the counts of an operation on the stack; on Ctrl-C warn that only following it has stopped."""
    try:
        with conversation.counts() as on_counts:
            yield on_counts
    except KeyboardInterrupt:
        conversation.warn(
            f"\nThe operation on stack {stack.name} continues in AWS. Follow it: {again}\n"
            f"or: aws cloudformation describe-stack-events --stack-name {stack.name} --region {stack.region}"
        )
        raise
