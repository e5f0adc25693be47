"""`mraa logs`: what functions and APIs logged, in both Regions, merged by time."""

import heapq
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from operator import attrgetter
from typing import Any

import click

from mraa.aws import Aws, Clock
from mraa.cli import completion, streams
from mraa.cli.numbers import Number
from mraa.cli.options import deployment_options, make_ui, output_options, read_settings
from mraa.cli.plain import plain_line
from mraa.cli.session import make_aws
from mraa.cli.ui import Ui
from mraa.errors import MraaError, UsageError
from mraa.recovery.models import RegionInfo
from mraa.recovery.regions.system import read_both_regions
from mraa.recovery.status.logs import LATE_S, LogLine, LogReader

_PAUSE_S = 2.0
_READERS = 8  # at once
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


class Span(click.ParamType):  # type: ignore[type-arg] # click 8.2 has no arguments for it
    """A time span such as ``10m``, in seconds."""

    name = "span"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The span, or click's usage error."""
        found = re.fullmatch(r"([1-9][0-9]{0,5})([smhd])", str(value), re.ASCII)
        if not found:
            self.fail(f"{str(value)[:40]!r} is not a time span such as 30s, 10m, 2h or 1d.", param, ctx)
        return int(found[1]) * _UNITS[found[2]]


@click.command("logs")
@click.argument("text", default="")
@click.option("--region", shell_complete=completion.regions, help="Only this Region.")
@click.option(
    "--application",
    metavar="NAME",
    shell_complete=completion.applications,
    help="Only this application of your own.  [default: all, and the sample]",
)
@click.option(
    "--since", "since_s", type=Span(), default="10m", show_default=True, help="How far back: 30s, 10m, 2h, 1d."
)
@click.option("--limit", type=Number(1, 100_000), default=1000, show_default=True, help="How many of the newest.")
@click.option("-f", "--follow", is_flag=True, help="Go on until Ctrl-C.")
@deployment_options
@output_options
def command(
    text: str, region: str | None, application: str | None, since_s: int, limit: int, follow: bool, **kwargs: Any
) -> None:
    """Show what functions and APIs logged in both Regions, merged by time; with TEXT only lines that contain it.

    Of an application of your own these are the log groups that its template has, and its functions'. A Region that does
    not answer is named, and the other one is shown.

    \b
    Example:  mraa logs --since 1h
              mraa logs RegionFenced --region us-east-1
              mraa logs --application orders
              mraa logs --follow
    """
    ui, settings, clock = make_ui(kwargs), read_settings(kwargs), Clock()
    if region is not None and region not in settings.regions:
        raise UsageError(f"{region} is not a Region of this deployment.", f"Give one of {', '.join(settings.regions)}.")
    aws = make_aws(settings)
    infos, problems = read_both_regions(aws, settings, clock)
    wanted = [info for info in infos if region in (None, info.region)]
    problems = {name: why for name, why in problems.items() if region in (None, name)}
    readers = _readers(aws, clock, wanted, application)
    since_ms = int((clock.now() - since_s) * 1000)
    while True:
        lines, failed = _read(readers, since_ms, text, limit)
        _show(ui, lines, problems | failed, is_last=not follow)
        if not follow or streams.is_output_lost():
            return
        since_ms = max(since_ms, int((clock.now() - LATE_S) * 1000))
        problems = {}
        clock.sleep(_PAUSE_S)


def _readers(aws: Aws, clock: Clock, infos: Sequence[RegionInfo], application: str | None) -> list[LogReader]:
    """One for the deployment and each of its applications in each Region, or for the one application."""
    known = sorted({name for info in infos for name in info.applications})
    if application is not None and infos and application not in known:
        raise UsageError(
            f"No Region knows an application {application[:60]!r}.",
            f"Applications are: {', '.join(known)}." if known else "None is deployed.",
        )
    return [
        LogReader(aws, clock, info, name)
        for info in infos
        for name in ("", *sorted(info.applications))
        if application in (None, name)
    ]


def _read(readers: Sequence[LogReader], since_ms: int, text: str, limit: int) -> tuple[list[LogLine], dict[str, str]]:
    """The newest lines of all readers, oldest first, and by reader why one could not be read."""

    def newest(reader: LogReader) -> list[LogLine]:
        # keeps no more than these while it reads one log group after the other
        return heapq.nlargest(
            limit, (line for line in reader.read(since_ms) if text in line.message), attrgetter("order")
        )

    lines: list[LogLine] = []
    problems: dict[str, str] = {}
    with ThreadPoolExecutor(_READERS) as pool:
        for reader, found in [(reader, pool.submit(newest, reader)) for reader in readers]:
            try:
                lines += found.result()
            except MraaError as error:
                problems[reader.label] = error.message.rstrip(".")
    return sorted(lines, key=attrgetter("order"))[-limit:], problems


def _show(ui: Ui, lines: Sequence[LogLine], problems: dict[str, str], *, is_last: bool) -> None:
    for line in lines:
        ui.say(plain_line(f"{line.at}  {line.region}  {line.source}  {line.message}"))
    for label, problem in problems.items():
        ui.warn(f"{label} could not be read: {problem}")
    if is_last or lines or problems:
        documents = [
            {"at": line.at, "region": line.region, "source": line.source, "message": line.message} for line in lines
        ]
        ui.result({"lines": documents, "problems": problems}, is_last=is_last)
