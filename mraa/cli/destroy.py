"""`mraa destroy`: the stacks, and with --delete-data all that they leave behind."""

from collections.abc import Sequence
from typing import Any

import click

from mraa import names
from mraa.aws import Aws, Clock
from mraa.cli.options import change_options, deployment_options, make_ui, read_settings
from mraa.cli.stack_change import take_down
from mraa.cli.ui import Ui
from mraa.errors import StackError, UsageError
from mraa.events import Event, Progress
from mraa.settings import Settings
from mraa.stacks import checks, destroy, inventory, plan, state
from mraa.stacks.models import Holding, Leftover, StackFacts


@click.command("destroy")
@deployment_options
@click.option("--delete-data", is_flag=True, help="Delete tables, objects and logs too, in both Regions.")
@click.option("--confirm", metavar="STACK_NAME", help="The stack's name once more; needed for --delete-data.")
@change_options
def command(delete_data: bool, confirm: str | None, **kwargs: Any) -> None:
    """Remove the web app's stack and the main stack with both stack instances. Data stays unless --delete-data.

    Run again after it was cut short, or when the stacks are long gone, it finishes the job. Lists what is left.

    \b
    Example:  mraa destroy
              mraa destroy --delete-data --confirm mraa
    """
    ui = make_ui(kwargs)
    settings = read_settings(kwargs)
    _require_confirmation(ui, settings, confirm, delete_data=delete_data)
    aws, clock = Aws(settings.profile), Clock()
    account = checks.check_regions(aws, [settings.primary_region])
    main, web = _find_stacks(ui, aws, settings)
    regions = _regions(aws, settings, main)
    tokens = inventory.deployment_tokens(
        aws, regions[0], settings.stack_name, names.web_stack(settings.stack_name), main, web
    )
    stacks = [stack for stack in (web, main) if stack is not None]
    stacks += inventory.lost_stacks(aws, regions, tokens.current, main)
    before = inventory.leftovers(aws, regions, tokens.current)
    if not stacks and not before:
        ui.say(f"Nothing to do: there is no stack {settings.stack_name} and nothing of it is left.")
        ui.result({"action": "unchanged", "stacks": [], "left": []})
        return
    told = [item for item in before if not stacks or _outlives_its_stack(item)]
    title = f"Destroy {settings.stack_name}" + (", data included" if delete_data else ", data stays")
    if not ui.confirm(title, plan.destroy_lines(stacks, told, delete_data=delete_data)):
        ui.result({"action": "untouched", "stacks": [], "left": [_document(item) for item in told]})
        return
    for stack in stacks:
        take_down(ui, aws, clock, stack, (regions[1], regions[0]) if stack is main else ())
    left = inventory.leftovers(aws, regions, tokens.current)
    reasons: dict[Leftover, str] = {}
    if delete_data:
        reasons = dict(destroy.delete_data(aws, clock, ui.event, account, regions, left))
        left = inventory.leftovers(aws, regions, tokens.current)
    earlier = inventory.leftovers(aws, regions, tokens.earlier)
    _show_end(ui, settings, stacks, left, earlier, reasons, delete_data=delete_data)


def _require_confirmation(ui: Ui, settings: Settings, confirm: str | None, *, delete_data: bool) -> None:
    if confirm is not None and confirm != settings.stack_name:
        raise UsageError(f"--confirm {confirm} is not the stack's name, {settings.stack_name}.", "Nothing was touched.")
    if delete_data and confirm is None and not ui.dry_run:
        raise UsageError(
            "--delete-data deletes all photos, comments and logs in both Regions for good.",
            f"Give --confirm {settings.stack_name} as well, or look first with --dry-run.",
        )


def _find_stacks(ui: Ui, aws: Aws, settings: Settings) -> tuple[StackFacts | None, StackFacts | None]:
    """The main and the web app's stack as far as they are there. UsageError where the main stack is not ours."""
    main = state.find_stack(aws, settings.primary_region, settings.stack_name)
    web = state.find_stack(aws, settings.primary_region, names.web_stack(settings.stack_name))
    if main is not None:
        plan.refuse_foreign_main(main, settings.secondary_region)
    if web is not None:
        try:
            plan.refuse_foreign_web(web, settings.stack_name)
        except UsageError as error:
            ui.event(Event(Progress.NOTE, web.name, "is left alone", web.region, error.message))
            return main, None
    return main, web


def _regions(aws: Aws, settings: Settings, main: StackFacts | None) -> tuple[str, str]:
    """Primary and secondary Region: the stack's own word first, be it deleted, then the settings."""
    primary = settings.primary_region
    if main is None and not settings.secondary_region:
        deleted = state.deleted_stacks(aws, primary, settings.stack_name)
        main = state.find_stack(aws, primary, deleted[0].stack_id) if deleted else None
    secondary = main.parameters.get(plan.SECONDARY_REGION, "") if main else ""
    return (primary, secondary) if secondary else settings.regions


def _show_end(
    ui: Ui,
    settings: Settings,
    stacks: Sequence[StackFacts],
    left: Sequence[Leftover],
    earlier: Sequence[Leftover],
    reasons: dict[Leftover, str],
    *,
    delete_data: bool,
) -> None:
    """Say what is gone and what is left and why. StackError where data should be gone and is not."""
    again = f"mraa destroy --stack-name {settings.stack_name} --delete-data --confirm {settings.stack_name}"
    for stack in stacks:
        ui.say(f"Stack {stack.name} is deleted.")
    _list(ui, "Left" if delete_data else "Left, for the data's sake", left, reasons)
    _list(ui, "Left by earlier stacks of this name", earlier, {})
    if (left and not delete_data) or earlier:
        ui.say(f"Remove it: {again}")
    if not left and not earlier:
        ui.say("Nothing is left.")
    ui.result(
        {
            "action": "deleted",
            "stacks": [stack.name for stack in stacks],
            "left": [{**_document(item), "reason": reasons.get(item, "")} for item in left],
            "leftByEarlierStacks": [_document(item) for item in earlier],
        }
    )
    if delete_data and left:
        raise StackError(f"{len(left)} of the things to delete are left (listed above).", f"Run again: {again}")


def _outlives_its_stack(item: Leftover) -> bool:
    """False for what a stack that is still there will take along: log groups, roles, the console's files."""
    return item.kind in (Holding.BUCKET, Holding.TABLE) and not item.name.endswith("-console")


def _list(ui: Ui, title: str, items: Sequence[Leftover], reasons: dict[Leftover, str]) -> None:
    if items:
        rows = [[item.kind, item.name, item.region, reasons.get(item, "")] for item in items]
        ui.table(["kind", "name", "Region", "why"] if reasons else ["kind", "name", "Region", ""], rows, title=title)


def _document(item: Leftover) -> dict[str, str]:
    return {"kind": item.kind.value, "name": item.name, "region": item.region}
