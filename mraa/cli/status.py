"""`mraa status`: both Regions side by side."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import click

from mraa.applications.status import ApplicationStatus, read_application_statuses
from mraa.aws import Aws, Clock
from mraa.cli import streams
from mraa.cli.applications import SAMPLE, Applications, read_applications
from mraa.cli.numbers import Number
from mraa.cli.options import deployment_options, make_ui, output_options, read_settings
from mraa.cli.session import make_aws
from mraa.cli.status_headline import headline
from mraa.cli.ui import Ui
from mraa.documents import to_json
from mraa.errors import NotReadyError, UnreachableError
from mraa.recovery.models import AppStateName, RegionView, StackStatuses, SystemView
from mraa.recovery.regions.estimate import DRAIN_TIMEOUT_S
from mraa.recovery.regions.system import read_system
from mraa.recovery.runbook.plan.runbooks import reasons_not_ready
from mraa.recovery.status.alarms import GuardStatus, guard_problem
from mraa.recovery.status.probe import probe
from mraa.recovery.status.replication import NEWEST, ReplicationStatus, read_replication_status
from mraa.recovery.status.stacks import UNKNOWN, read_stack_statuses
from mraa.settings import Settings

_BUDGET_S = 2.7  # in all, also with a Region down; a Region that hangs takes two seconds of it
_LEAST_S = 0.5
_CREDENTIALS_S = 2.0  # as long as a call


@dataclass(frozen=True)
class Status:
    """Everything there is to show."""

    settings: Settings
    system: SystemView
    replication: Mapping[str, ReplicationStatus]
    stacks: StackStatuses
    applications: Mapping[str, Sequence[ApplicationStatus]]
    reasons: Sequence[str]


@click.command("status")
@click.option("--probe", "is_probe", is_flag=True, help="Measure the replication lag: writes a canary in each Region.")
@click.option("--watch", "is_watch", is_flag=True, help="Show it repeatedly until Ctrl-C.")
@click.option(
    "--interval",
    "interval_s",
    type=Number(0.5, 3600.0, "seconds"),
    default=2.0,
    show_default=True,
    metavar="SECONDS",
    help="Pause of --watch.",
)
@deployment_options
@output_options
def command(is_probe: bool, is_watch: bool, interval_s: float, **kwargs: Any) -> None:
    """Show both Regions side by side: state, writable Region, epoch, fences, APIs, replication, stacks.

    A Region that is down is shown as such within three seconds; it is no error. Nothing is written without --probe.
    Exit code 3, with every reason, if a planned failover or failback could not begin right now.

    \b
    Example:  mraa status --secondary-region ap-northeast-1
              mraa status --probe --json
              mraa status --watch
    """
    ui, settings, clock = make_ui(kwargs), read_settings(kwargs), Clock()
    aws = make_aws(settings, _CREDENTIALS_S)
    applications = read_applications(aws, clock, settings.file)
    while is_watch and not streams.is_output_lost():
        try:
            status = _read(ui, aws, settings, clock, applications, is_probe=is_probe)
        except UnreachableError as error:
            ui.clear()
            ui.say(f"{_time(clock)}  {error.message}")
        else:
            ui.clear()
            ui.say(f"{_time(clock)}  every {interval_s:g} s, Ctrl-C ends it\n")
            _show(ui, status, is_last=False)
            for line in ["\nNot ready:", *(f"- {reason}" for reason in status.reasons)] if status.reasons else []:
                ui.say(line)
        clock.sleep(interval_s)
    if is_watch:
        return
    status = _read(ui, aws, settings, clock, applications, is_probe=is_probe)
    _show(ui, status)
    if status.reasons:
        # main() prints a hint's lines below one another
        raise NotReadyError(
            f"Not ready for {_next_move(status)}.",
            "\n       ".join(f"- {reason}" for reason in status.reasons),
        )


def _read(ui: Ui, aws: Aws, settings: Settings, clock: Clock, applications: Applications, *, is_probe: bool) -> Status:
    begun, application = clock.monotonic(), applications.everything
    pool = ThreadPoolExecutor(1)
    stacks = pool.submit(read_stack_statuses, aws, settings)
    pool.shutdown(wait=False)
    system = read_system(aws, settings, clock, application)
    left_s = max(_LEAST_S, _BUDGET_S - (clock.monotonic() - begun))
    with ThreadPoolExecutor(1) as both:
        own = both.submit(read_application_statuses, aws, applications.own, system, budget_s=left_s)
        replication = read_replication_status(aws, clock, application, system, budget_s=left_s)
    reasons = reasons_not_ready(system)
    reasons += [text for region, found in replication.items() if (text := guard_problem(region, found.guard))]
    reasons += [
        f"{region}: {refusal}"
        for region, found in replication.items()
        if found.estimate and (refusal := found.estimate.refusal(DRAIN_TIMEOUT_S))
    ]
    if is_probe:
        replication = probe(aws, clock, application, system, replication, ui.event)
        reasons += [f"replication: {found.probe_problem}" for found in replication.values() if found.probe_problem]
    try:
        statuses = stacks.result(timeout=max(0.0, _BUDGET_S - (clock.monotonic() - begun)))
    except TimeoutError:
        statuses = StackStatuses(UNKNOWN, {})
    return Status(settings, system, replication, statuses, own.result(), reasons)


def _time(clock: Clock) -> str:
    return datetime.fromtimestamp(clock.now(), UTC).isoformat(timespec="seconds")


def _show(ui: Ui, status: Status, *, is_last: bool = True) -> None:
    views = (status.system.primary, status.system.secondary)
    for line in headline(status.system):
        ui.say(line)
    ui.table(
        ["", *(f"{view.region} ({view.role})" for view in views)],
        _rows(status),
        title=f"{status.settings.stack_name}  (main stack: {status.stacks.main})",
    )
    ui.result(
        {
            "stackName": status.settings.stack_name,
            "appId": next((view.info.app_id for view in views if view.info), None),
            "mainStack": status.stacks.main,
            "summary": " ".join(headline(status.system)),
            "isReady": not status.reasons,
            "reasons": list(status.reasons),
            "regions": [_document(view, status) for view in views],
        },
        is_last=is_last,
    )
    if not status.reasons:
        ui.say(f"\nReady for {_next_move(status)}{_estimated(status)}.")


def _next_move(status: Status) -> str:
    states = {view.state.state for view in (status.system.primary, status.system.secondary) if view.state}
    return "failback" if states == {AppStateName.FAILOVER} else "failover"


def _estimated(status: Status) -> str:
    return "".join(f": {found.estimate.text}" for found in status.replication.values() if found.estimate)


def _rows(status: Status) -> list[list[str]]:
    views = (status.system.primary, status.system.secondary)
    documents = [_document(view, status) | _words(view, status.replication[view.region]) for view in views]
    names = {
        "state": "state",
        "writableRegion": "writable Region",
        "epoch": "epoch",
        "fences": "fences",
        "api": "API",
        "objectReplication": "object replication",
        "records": f"{SAMPLE.noun}s without object",
        "operations": "S3 pending / failed (24 h)",
        "guard": "state guard",
        "alarms": "alarms raised",
        "unnamed": "tables that no application names",
        "unprotected": "tables without deletion protection",
        "lag": "lag of item / object",
        "stackInstance": "stack instance",
        "updatedAt": "since",
        "updatedBy": "set by",
        "reason": "reason",
    }
    optional = {"alarms", "guard", "lag", "unnamed", "unprotected"}
    rows = [
        [name, *(str(document.get(key, "") or "-") for document in documents)]
        for key, name in names.items()
        if key not in optional or any(document[key] for document in documents)
    ]
    below_api = 1 + [row[0] for row in rows].index(names["api"])
    rows[below_api:below_api] = _application_rows(status)
    if any(view.problem for view in views):
        rows.insert(0, ["reachable", *(view.problem or "yes" for view in views)])
    return rows


def _application_rows(status: Status) -> list[list[str]]:
    """A row for each application of one's own, and one for parameters of theirs that are unusable."""
    views = (status.system.primary, status.system.secondary)
    found = [{of.name: of for of in status.applications.get(view.region, ())} for view in views]
    rows = [
        [f"application {name}", *(_application_words(of.get(name)) for of in found)]
        for name in sorted({name for of in found for name in of})
    ]
    problems = [", ".join(view.info.application_problems) if view.info else "" for view in views]
    return [*rows, *([["unusable parameters", *(problem or "-" for problem in problems)]] if any(problems) else [])]


def _application_words(of: ApplicationStatus | None) -> str:
    if of is None:
        return "-"
    if of.tables is None or of.buckets is None or of.unreplicated is None:
        return f"API {of.api}"
    stores = [(len(of.tables), "table"), (len(of.buckets), "bucket")]
    counts = [f"{number} {noun}{'' if number == 1 else 's'}" for number, noun in stores if number]
    left_out = [f"not replicated: {', '.join(of.unreplicated)}"] if of.unreplicated else []
    return ", ".join([f"API {of.api}", *counts, *left_out])


def _words(view: RegionView, replication: ReplicationStatus) -> dict[str, str]:
    """Replication in words, under keys of the table's own."""

    def known(value: int | None) -> str:
        return UNKNOWN if value is None else f"{value:,}"

    lags = [
        "not arrived" if lag is None else f"{lag:.2f} s" for lag in (replication.item_lag_s, replication.object_lag_s)
    ]
    is_probed = replication.probe_problem or replication.item_lag_s is not None
    of = f" of {'the newest ' if replication.records == NEWEST else ''}{known(replication.records)}"
    unnamed = replication.unnamed_tables
    return {
        "records": UNKNOWN if replication.records is None else known(replication.records_without_object) + of,
        "operations": f"{known(replication.pending)} / {known(replication.failed)}",
        "alarms": ", ".join(replication.alarms.raised) if replication.alarms else "",
        "unprotected": ", ".join(replication.unprotected_tables or ()),
        "guard": replication.guard if replication.guard in (GuardStatus.FAILED, GuardStatus.MISSING) else "",
        "unnamed": ", ".join(unnamed) if unnamed is not None else UNKNOWN if view.info else "",
        "lag": " / ".join(lags) if is_probed else "",
    }


def _document(view: RegionView, status: Status) -> dict[str, Any]:
    """One Region for programs; what could not be asked is ``unknown``, a number or a list None."""
    replication = status.replication[view.region]
    document: dict[str, Any] = {
        "region": view.region,
        "role": view.role,
        "isReachable": view.is_reachable,
        "problem": view.problem,
        "stackInstance": status.stacks.instances.get(view.region, UNKNOWN),
        "api": (view.api_problem or "healthy") if view.info else UNKNOWN,
        "fences": UNKNOWN,
        f"{SAMPLE.noun}sLookedAt": replication.records,
        f"{SAMPLE.noun}sWithoutObject": replication.records_without_object,
        "pendingOperations": replication.pending,
        "failedOperations": replication.failed,
        "unnamedTables": replication.unnamed_tables,
        "unprotectedTables": replication.unprotected_tables,
        "alarmsRaised": replication.alarms.raised if replication.alarms else None,
        "stateGuard": replication.guard or UNKNOWN,
        "itemLagS": replication.item_lag_s,
        "objectLagS": replication.object_lag_s,
        "estimatedRefusalS": round(replication.estimate.seconds, 1) if replication.estimate else None,
        "applications": to_json(status.applications.get(view.region, [])),
        "applicationProblems": view.info.application_problems if view.info else None,
        "objectReplication": view.object_problem or ("enabled" if view.object_rules else UNKNOWN),
    }
    if view.state is not None:
        document |= {**to_json(view.state), "fences": view.fence_problem or "agree"}
    return document
