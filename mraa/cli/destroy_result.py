"""The confirmation and the summary of a deletion: what was deleted, what is left and why."""

from collections.abc import Sequence

from mraa.cli.ui import Ui
from mraa.errors import StackError, UsageError
from mraa.stacks.destroy.deployment import DestroyResult
from mraa.stacks.models import Leftover


def require_confirmation(ui: Ui, name: str, confirm: str | None, *, delete_data: bool) -> None:
    """UsageError unless ``confirm`` is the name of what is deleted with its data."""
    if confirm is not None and confirm != name:
        raise UsageError(f"--confirm {confirm} is not the name of what is to be deleted, {name}.", "No changes made.")
    if delete_data and confirm is None and not ui.dry_run:
        raise UsageError(
            "--delete-data permanently deletes all tables, objects and logs in both Regions.",
            f"Give --confirm {name} as well, or see what it deletes with --dry-run.",
        )


def show_destroy_result(ui: Ui, result: DestroyResult, again: str, *, delete_data: bool) -> None:
    """What was deleted, what is left, and how to delete that; StackError if data is left that should not be."""
    if result.action == "deleted" or (result.action == "unchanged" and result.left):
        _show(ui, result, again, delete_data=delete_data)
    ui.result(result)
    if delete_data and result.action == "deleted" and result.left:
        raise StackError(f"{len(result.left)} resources were not deleted (listed above).", f"Run again: {again}")


def _show(ui: Ui, result: DestroyResult, again: str, *, delete_data: bool) -> None:
    for name in result.stacks:
        ui.say(f"Stack {name} deleted.")
    left, earlier = result.left, result.left_by_earlier_stacks
    _list(ui, "Left" if delete_data else "Retained data", left)
    _list(ui, "Left by earlier stacks of this name", earlier)
    if (left and not delete_data) or earlier:
        ui.say(f"To delete it: {again}")
    if not left and not earlier:
        ui.say("Nothing is left.")


def _list(ui: Ui, title: str, items: Sequence[Leftover]) -> None:
    if items:
        rows = [[item.kind, item.name, item.region, item.reason] for item in items]
        has_reasons = any(item.reason for item in items)
        ui.table(["kind", "name", "Region", "reason" if has_reasons else ""], rows, title=title)
