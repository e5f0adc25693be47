"""The applications that the verbs of recovery work on: the sample, and those of one's own."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mraa.applications.api import OwnApi
from mraa.applications.described import read_apis
from mraa.applications.own import OwnApplications
from mraa.applications.together import Together
from mraa.aws import Aws, Clock
from mraa.errors import UsageError
from mraa.events import Event, OnEvent, Progress
from mraa.recovery.application import Workload
from mraa.recovery.models import RegionInfo
from mraa.recovery.regions.applications import application_problems
from mraa.sample.photos import PhotoSample

SAMPLE = PhotoSample()


@dataclass(frozen=True)
class Applications:
    """``everything`` is what recovery works on; ``problems`` are of descriptions in mraa.toml, by application."""

    everything: Together
    own: OwnApplications
    problems: dict[str, UsageError]

    def note_problems(self, infos: Sequence[RegionInfo], on_event: OnEvent) -> None:
        """What is wrong with applications of one's own stops no recovery: it is said."""
        for name, error in self.problems.items():
            on_event(Event(Progress.NOTE, "application", f"the API of {name} is not checked", reason=error.message))
        for region, problem in application_problems(infos):
            on_event(Event(Progress.NOTE, "application", problem, region))


def read_applications(aws: Aws, clock: Clock, file: Path) -> Applications:
    """Those of a ``mraa.toml``; whichever else the Regions know is recovered without its API."""
    apis: dict[str, OwnApi] = {}
    try:
        apis, problems = read_apis(file, os.environ)
    except UsageError as error:
        problems = {f"every application in {file.name}": error}
    own = OwnApplications(aws, clock, apis)
    return Applications(Together(SAMPLE, own), own, problems)


def choose_workloads(chosen: Sequence[str], file: Path) -> list[Workload]:
    """What a drill writes to: the applications named, or the sample and all that the ``mraa.toml`` describes.

    UsageError names what is wrong with a description, or an application that has none.
    """
    apis, problems = read_apis(file, os.environ)
    if SAMPLE.name in {*apis, *problems}:
        raise UsageError(f"The name {SAMPLE.name} is the sample's.", f"Give [application.{SAMPLE.name}] another name.")
    known: dict[str, Workload] = {SAMPLE.name: SAMPLE, **apis}
    for name in chosen or problems:
        if name in problems:
            raise problems[name]
        if name not in known:
            raise UsageError(
                f"{file.name} does not describe how to drill {name!r}.",
                f"Add [application.{name}.drill], or choose of: {', '.join([*known, *problems])}.",
            )
    return [known[name] for name in dict.fromkeys(chosen or known)]
