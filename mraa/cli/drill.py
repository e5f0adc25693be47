"""`mraa drill`: fail over and back under load, measured, with a verdict on every promise."""

import os
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from mraa.aws import Clock
from mraa.cli import local_errors
from mraa.cli.applications import choose_workloads, read_applications
from mraa.cli.numbers import Number
from mraa.cli.options import change_options, deployment_options, make_ui, read_settings
from mraa.cli.recovery_options import drain_timeout_option
from mraa.cli.session import make_aws
from mraa.cli.ui import Ui
from mraa.errors import FailedDrillError, MraaError, UsageError
from mraa.recovery.drill.drill import Drill
from mraa.recovery.drill.faults import Faults
from mraa.recovery.drill.models import DrillOptions, DrillResult
from mraa.recovery.drill.report import Report, summary
from mraa.recovery.drill.shown import figures_table
from mraa.recovery.drill.target import Target
from mraa.recovery.drill.verdict import PromiseFinding, Verdict, judge
from mraa.recovery.regions.estimate import DRAIN_TIMEOUT_S
from mraa.recovery.runbook.operator import known_operator
from mraa_local import control

FAULT_URL = "MRAA_FAULT_URL"
_UNPLANNED_LAG_MS = 2000
_BAD = (PromiseFinding.VIOLATED, PromiseFinding.INCONCLUSIVE)


@click.command("drill")
@click.option(
    "--application",
    "applications",
    multiple=True,
    metavar="NAME",
    help="Write to this one, may be repeated.  [default: photos and all that mraa.toml describes]",
)
@click.option("--unplanned", is_flag=True, help="Lose the primary Region without warning; on the local cloud only.")
@click.option(
    "--writers", type=Number(1, 64), default=4, show_default=True, help="Writers for each Region and application."
)
@click.option(
    "--rate",
    type=Number(0.1, 500.0, "writes a second"),
    default=20,
    show_default=True,
    help="Writes a second for each Region and application.",
)
@click.option(
    "--phase",
    "phase_s",
    type=Number(1.0, 3600.0, "seconds"),
    default=3,
    show_default=True,
    metavar="SECONDS",
    help="How long the load runs before, between and after.",
)
@click.option("--lag-ms", type=Number(0, 60_000, "ms"), help="Replication lag; on the local cloud only.")
@click.option(
    "--crash-after",
    type=click.Choice(["fence", "drain", "switch"]),
    help="Let the tool crash after this step of the planned failover, and run it again.",
)
@click.option("--seed", type=Number(0, 2**32 - 1), default=1, show_default=True, help="Seed of the writers' pauses.")
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("drill"),
    show_default=True,
    help="Folder for drill.json, drill.html and drill.xml.",
)
@drain_timeout_option()
@click.option("--against-aws", is_flag=True, help="Drill a deployment on AWS: it is fenced for a while, for all users.")
@deployment_options
@change_options
def command(
    unplanned: bool,
    writers: int,
    rate: float,
    phase_s: float,
    lag_ms: int | None,
    seed: int,
    crash_after: str | None,
    drain_timeout_s: float | None,
    output: Path,
    against_aws: bool,
    applications: tuple[str, ...],
    **kwargs: Any,
) -> None:
    """Fail over and back under load on both Regions, and account for every write.

    Measures RTO and RPO, and judges the promises: a planned drill P1 to P3, an unplanned one P1, P2, P4 and P5. Writes
    drill.json, drill.html (a page with a timeline) and drill.xml (JUnit). With --unplanned the primary Region is lost
    with writes in flight, which requires the local cloud's faults (MRAA_FAULT_URL, from `mraa local env`).

    Writes to the sample (photos) and to the applications of your own that mraa.toml describes in
    [application.NAME.drill], each judged by itself; all move together, whichever are written to.

    Exit code 1 if a promise was violated, or if the drill was to test it and could not tell. A drill that ends early
    brings the state back to active, or says how to, and leaves its report all the same.

    \b
    Example:  mraa drill --yes
              mraa drill --unplanned --lag-ms 2000 --yes
              mraa drill --application orders --yes
    """
    ui, settings = make_ui(kwargs), read_settings(kwargs)
    settings.require("secondary_region")
    faults = local_faults()
    if faults is None and (unplanned or lag_ms is not None):
        what = "--unplanned" if unplanned else "--lag-ms"
        raise UsageError(f"{what} requires the local cloud.", 'eval "$(mraa local env)"')
    if faults is None and not against_aws:
        raise UsageError(
            "This would fence a deployment on AWS for a while, for all of its users.",
            "Give --against-aws to drill it anyway, or use the local cloud (`mraa local start`).",
        )
    if unplanned and lag_ms is None:
        lag_ms = _UNPLANNED_LAG_MS
    timeout_s = DRAIN_TIMEOUT_S if drain_timeout_s is None else drain_timeout_s
    options = DrillOptions(not unplanned, writers, rate, phase_s, seed, lag_ms, timeout_s, crash_after or "")
    report = Report(output, settings.stack_name, datetime.now().astimezone())
    report.check()
    primary, secondary = settings.regions
    workloads = choose_workloads(applications, settings.file)
    lines = [
        *(f"{writers} writers a Region, {rate:g} writes a second a Region: {workload.load}" for workload in workloads),
        f"lose {primary}, then fail over to {secondary} from there alone"
        if unplanned
        else f"fail over to {secondary}: fence, drain, switch, verify",
        *([f"bring {primary} back, compare both stores"] if unplanned else []),
        f"fail back to {primary}: fence, drain, switch, verify",
        "wait until both Regions have the same data, compare with the ledger, remove the drill's data",
    ]
    if not ui.confirm(
        f"{'Unplanned' if unplanned else 'Planned'} drill of {settings.stack_name} ({primary}, {secondary})", lines
    ):
        return
    aws = make_aws(settings)
    clock = Clock()
    application = read_applications(aws, clock, settings.file).everything
    target = Target(aws, lambda: make_aws(settings), settings, application, workloads, clock, ui.event)
    operator = known_operator(aws, secondary, "drill")
    result = Drill(target, operator, options, faults, report.keep).run()
    verdict = judge(result)
    _show(ui, result, verdict, report)
    report.write(result, verdict)
    ui.say(f"\nOpen {report.page}; every write is in {report.ledger}, for a build server {report.junit}.")
    _end(result, verdict, report)
    ui.say(f"{verdict.headline}.")


def local_faults() -> Faults | None:
    """The local cloud's faults, None without a local cloud."""
    url = os.environ.get(FAULT_URL)
    if not url:
        return None

    @local_errors.translated()
    def link(fault: str, source: str, target: str, **more: Any) -> None:
        control.set_fault(url, fault=fault, **{"from": source, "to": target}, **more)

    @local_errors.translated()
    def lag(source: str, target: str) -> int:
        replication = control.faults(url)["replication"]
        ways = {(way["from"], way["to"]): int(way["lagMs"]) for way in replication["directions"]}
        return ways.get((source, target), int(replication["defaultLagMs"]))

    return Faults(
        lose=lambda region: _set(url, region, "down"),
        regain=lambda region: _set(url, region, "up"),
        cut=lambda source, target: link("cut", source, target),
        heal=lambda source, target: link("heal", source, target),
        lag=lag,
        set_lag=lambda source, target, ms: link("lag", source, target, ms=ms),
    )


@local_errors.translated()
def _set(url: str, region: str, state: str) -> None:
    control.set_fault(url, fault="region", region=region, state=state)


def _show(ui: Ui, result: DrillResult, verdict: Verdict, report: Report) -> None:
    ui.say()
    ui.table(
        ["", "promise", "", "detail"],
        [[p.name, p.text, p.finding.upper(), p.detail] for p in verdict.promises],
    )
    ui.say()
    heads, *rows = figures_table(result, verdict.figures)
    ui.table(heads, rows)
    ui.result(
        {
            **summary(result, verdict),
            "page": str(report.page),
            "ledger": str(report.ledger),
            "junit": str(report.junit),
        }
    )


def _end(result: DrillResult, verdict: Verdict, report: Report) -> None:
    """Raise what ended the drill, or what it did not confirm."""
    if (end := result.early_end) and end.error:
        if isinstance(end.error, MraaError):
            # what to do about a failed runbook is done
            end.error.hint = f"The drill ended early ({end.phase}); {end.afterwards}. See {report.page}."
        raise end.error
    bad = [f"{p.name} {p.finding}: {p.detail}" for p in verdict.promises if p.finding in _BAD]
    if bad:
        raise FailedDrillError(f"The drill does not confirm the promises: {'; '.join(bad)}.", f"See {report.page}.")
