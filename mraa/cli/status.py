"""`mraa status`: both Regions side by side."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import click

from mraa.aws import Aws, Clock
from mraa.cli import streams
from mraa.cli.options import deployment_options, make_ui, output_options, read_settings
from mraa.cli.ui import Ui
from mraa.errors import NotReadyError, UnreachableError
from mraa.recovery.models import RegionView, StackStatuses, SystemView
from mraa.recovery.regions.state import read_system
from mraa.recovery.runbook.plan import reasons_not_ready
from mraa.recovery.status.replication import NEWEST, Measures, measure, probe
from mraa.recovery.status.stacks import UNKNOWN, read_stack_statuses
from mraa.settings import Settings

_BUDGET_S = 2.7  # all of it, one Region being down included; a Region that hangs takes two seconds of it
_LEAST_S = 0.5


@dataclass(frozen=True)
class Seen:
    """Everything there is to show."""

    settings: Settings
    system: SystemView
    measures: Mapping[str, Measures]
    stacks: StackStatuses
    reasons: Sequence[str]


@click.command("status")
@click.option("--probe", "is_probe", is_flag=True, help="Measure replication's lag: writes a canary in each Region.")
@click.option("--watch", "is_watch", is_flag=True, help="Show it again and again until Ctrl-C.")
@click.option(
    "--interval",
    "interval_s",
    type=click.FloatRange(min=0.5),
    default=2.0,
    show_default=True,
    metavar="SECONDS",
    help="Pause between two looks of --watch.",
)
@deployment_options
@output_options
def command(is_probe: bool, is_watch: bool, interval_s: float, **kwargs: Any) -> None:
    """Show both Regions side by side: state, writable Region, epoch, fences, APIs, replication, stacks.

    A Region that is down is an answer, not an error, and comes within three seconds. Nothing is written without
    --probe. Exit code 3 where the writing could not be moved to the other Region in good order right now, with every
    reason.

    \b
    Example:  mraa status --secondary-region ap-northeast-1
              mraa status --probe --json
              mraa status --watch
    """
    ui, settings, clock = make_ui(kwargs), read_settings(kwargs), Clock()
    aws = Aws(settings.profile)
    while is_watch and not streams.is_output_lost():
        try:
            seen = _look(ui, aws, settings, clock, is_probe=is_probe)
        except UnreachableError as error:
            ui.clear()
            ui.say(f"{_time(clock)}  {error.message}")
        else:
            ui.clear()
            ui.say(f"{_time(clock)}  every {interval_s:g} s, Ctrl-C ends it\n")
            _show(ui, seen)
            for line in ["\nNot ready:", *(f"- {reason}" for reason in seen.reasons)] if seen.reasons else []:
                ui.say(line)
        clock.sleep(interval_s)
    if is_watch:
        return
    seen = _look(ui, aws, settings, clock, is_probe=is_probe)
    _show(ui, seen)
    if seen.reasons:
        # main() prints a hint's lines below one another
        raise NotReadyError(
            "Not ready to move the writing to the other Region.",
            "\n       ".join(f"- {reason}" for reason in seen.reasons),
        )


def _look(ui: Ui, aws: Aws, settings: Settings, clock: Clock, *, is_probe: bool) -> Seen:
    begun = clock.monotonic()
    pool = ThreadPoolExecutor(1)
    stacks = pool.submit(read_stack_statuses, aws, settings)
    pool.shutdown(wait=False)
    system = read_system(aws, settings, clock)
    left_s = max(_LEAST_S, _BUDGET_S - (clock.monotonic() - begun))
    measures = measure(aws, clock, system, budget_s=left_s)
    reasons = reasons_not_ready(system)
    if is_probe:
        measures = probe(aws, clock, system, measures, ui.event)
        reasons += [f"replication: {found.probe_problem}" for found in measures.values() if found.probe_problem]
    try:
        statuses = stacks.result(timeout=max(0.0, _BUDGET_S - (clock.monotonic() - begun)))
    except TimeoutError:
        statuses = StackStatuses(UNKNOWN, {})
    return Seen(settings, system, measures, statuses, reasons)


def _time(clock: Clock) -> str:
    return datetime.fromtimestamp(clock.now(), UTC).isoformat(timespec="seconds")


def _show(ui: Ui, seen: Seen) -> None:
    views = (seen.system.primary, seen.system.secondary)
    ui.table(
        ["", *(f"{view.region} ({view.role})" for view in views)],
        _rows(seen),
        title=f"{seen.settings.stack_name}  (main stack: {seen.stacks.main})",
    )
    ui.result(
        {
            "stackName": seen.settings.stack_name,
            "appId": next((view.facts.app_id for view in views if view.facts), None),
            "mainStack": seen.stacks.main,
            "isReady": not seen.reasons,
            "reasons": list(seen.reasons),
            "regions": [_document(view, seen) for view in views],
        }
    )
    if not seen.reasons:
        ui.say("\nReady to move the writing to the other Region.")


def _rows(seen: Seen) -> list[list[str]]:
    views = (seen.system.primary, seen.system.secondary)
    documents = [_document(view, seen) for view in views]
    words = {
        "state": "state",
        "writableRegion": "writable Region",
        "epoch": "epoch",
        "fences": "fences",
        "api": "API",
        "objectReplication": "object replication",
        "photos": "photos without object",
        "operations": "S3 pending / failed (24 h)",
        "lag": "lag of item / object",
        "stackInstance": "stack instance",
        "updatedAt": "since",
        "updatedBy": "set by",
        "reason": "reason",
    }
    for document in documents:
        document |= _told(seen.measures[document["region"]])
    rows = [[text, *(str(document.get(key, "") or "-") for document in documents)] for key, text in words.items()]
    if not any(document["lag"] for document in documents):
        rows = [row for row in rows if row[0] != words["lag"]]
    if any(view.problem for view in views):
        rows.insert(0, ["reachable", *(view.problem or "yes" for view in views)])
    return rows


def _told(measures: Measures) -> dict[str, str]:
    """The measures in words, under names of the table's own."""

    def known(value: int | None) -> str:
        return UNKNOWN if value is None else f"{value:,}"

    lags = ["not there" if lag is None else f"{lag:.2f} s" for lag in (measures.item_lag_s, measures.object_lag_s)]
    is_probed = measures.probe_problem or measures.item_lag_s is not None
    of = f" of {'the newest ' if measures.photos == NEWEST else ''}{known(measures.photos)}"
    return {
        "photos": UNKNOWN if measures.photos is None else known(measures.photos_without_object) + of,
        "operations": f"{known(measures.pending)} / {known(measures.failed)}",
        "lag": " / ".join(lags) if is_probed else "",
    }


def _document(view: RegionView, seen: Seen) -> dict[str, Any]:
    """One Region for programs; what was not asked for want of facts is ``unknown``, a number None."""
    measures = seen.measures[view.region]
    document: dict[str, Any] = {
        "region": view.region,
        "role": view.role,
        "isReachable": view.is_reachable,
        "problem": view.problem,
        "stackInstance": seen.stacks.instances.get(view.region, UNKNOWN),
        "api": (view.api_problem or "healthy") if view.facts else UNKNOWN,
        "fences": UNKNOWN,
        "photosLookedAt": measures.photos,
        "photosWithoutObject": measures.photos_without_object,
        "pendingOperations": measures.pending,
        "failedOperations": measures.failed,
        "itemLagS": measures.item_lag_s,
        "objectLagS": measures.object_lag_s,
        "objectReplication": view.object_problem or ("enabled" if view.object_rules else UNKNOWN),
    }
    if view.state is not None:
        document |= {
            "state": view.state.state,
            "writableRegion": view.state.writable_region,
            "epoch": view.state.epoch,
            "previousState": view.state.previous_state,
            "updatedAt": view.state.updated_at,
            "updatedBy": view.state.updated_by,
            "reason": view.state.reason,
            "fences": view.fence_problem or "agree",
        }
    return document
