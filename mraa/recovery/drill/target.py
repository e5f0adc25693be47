"""What a drill is run against, and what all of its parts use."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mraa.aws import Aws, Clock
from mraa.events import Event, OnEvent, Progress
from mraa.recovery.application import Application, Workload
from mraa.settings import Settings


@dataclass(frozen=True)
class Target:
    """A deployment with its applications, and what is written to which of them.

    ``new_aws`` makes clients of their own, to see one runbook's calls alone.
    """

    aws: Aws
    new_aws: Callable[[], Aws]
    settings: Settings
    application: Application
    workloads: Sequence[Workload]
    clock: Clock
    on_event: OnEvent

    @property
    def primary(self) -> str:
        """The primary Region."""
        return self.settings.regions[0]

    @property
    def secondary(self) -> str:
        """The secondary Region."""
        return self.settings.regions[1]

    def say(self, progress: Progress, text: str, region: str = "", *, reason: str = "") -> None:
        """Report an event of the drill itself."""
        self.on_event(Event(progress, "drill", text, region, reason))
