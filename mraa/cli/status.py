"""`mraa status`: both Regions side by side."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import click

from mraa.aws import Aws, Clock
from mraa.cli.options import deployment_options, make_ui, output_options, read_settings
from mraa.cli.ui import Ui
from mraa.errors import NotReadyError
from mraa.models import RegionView, StackStatuses, SystemView
from mraa.recovery.plan import reasons_not_ready
from mraa.recovery.stack_status import UNKNOWN, read_stack_statuses
from mraa.recovery.state import read_system
from mraa.settings import Settings


@click.command("status")
@deployment_options
@output_options
def command(**kwargs: Any) -> None:
    """Show both Regions side by side: state, writable Region, epoch, fences, APIs, object replication, stacks.

    A Region that is down is an answer, not an error. Exit code 3 where the writing could not be moved to the other
    Region in good order right now, with every reason.

    \b
    Example:  mraa status --secondary-region ap-northeast-1
              mraa status --json
    """
    ui, settings = make_ui(kwargs), read_settings(kwargs)
    aws = Aws(settings.profile)
    with ThreadPoolExecutor(1) as pool:
        stacks = pool.submit(read_stack_statuses, aws, settings)
        system = read_system(aws, settings, Clock())
        _show(ui, settings, system, stacks.result())


def _show(ui: Ui, settings: Settings, system: SystemView, stacks: StackStatuses) -> None:
    views = (system.primary, system.secondary)
    reasons = reasons_not_ready(system)
    ui.table(
        ["", *(f"{view.region} ({view.role})" for view in views)],
        _rows(views, stacks),
        title=f"{settings.stack_name}  (main stack: {stacks.main})",
    )
    ui.result(
        {
            "stackName": settings.stack_name,
            "appId": next((view.facts.app_id for view in views if view.facts), None),
            "mainStack": stacks.main,
            "isReady": not reasons,
            "reasons": reasons,
            "regions": [_document(view, stacks) for view in views],
        }
    )
    if reasons:
        # main() prints a hint's lines below one another
        raise NotReadyError(
            "Not ready to move the writing to the other Region.", "\n       ".join(f"- {reason}" for reason in reasons)
        )
    ui.say("\nReady to move the writing to the other Region.")


def _rows(views: tuple[RegionView, RegionView], stacks: StackStatuses) -> list[list[str]]:
    documents = [_document(view, stacks) for view in views]
    words = {
        "state": "state",
        "writableRegion": "writable Region",
        "epoch": "epoch",
        "fences": "fences",
        "api": "API",
        "objectReplication": "object replication",
        "stackInstance": "stack instance",
        "updatedAt": "since",
        "updatedBy": "set by",
        "reason": "reason",
    }
    rows = [[text, *(str(document.get(key, "") or "-") for document in documents)] for key, text in words.items()]
    if any(view.problem for view in views):
        rows.insert(0, ["reachable", *(view.problem or "yes" for view in views)])
    return rows


def _document(view: RegionView, stacks: StackStatuses) -> dict[str, Any]:
    """One Region for programs; what was not asked for want of facts is ``unknown``."""
    document: dict[str, Any] = {
        "region": view.region,
        "role": view.role,
        "isReachable": view.is_reachable,
        "problem": view.problem,
        "stackInstance": stacks.instances.get(view.region, UNKNOWN),
        "api": (view.api_problem or "healthy") if view.facts else UNKNOWN,
        "fences": UNKNOWN,
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
