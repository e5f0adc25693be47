"""Destroys a whole deployment: web app, main stack with its stack instances, orphaned instance stacks, and data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from mraa import names
from mraa.aws import Aws, Clock
from mraa.errors import UsageError
from mraa.events import Event, Progress
from mraa.settings import Settings
from mraa.stacks import describe
from mraa.stacks.applications import find_applications
from mraa.stacks.conversation import Conversation
from mraa.stacks.destroy.data import delete_data
from mraa.stacks.destroy.stack import destroy_stack
from mraa.stacks.leftovers import deployment_tokens, find_leftovers, find_orphaned_stacks
from mraa.stacks.models import Leftover, LeftoverKind, StackDescription
from mraa.stacks.plan.ownership import refuse_foreign_main, refuse_foreign_web
from mraa.stacks.plan.parameters import APPLICATION_NAME, SECONDARY_REGION
from mraa.stacks.plan.wording import destroy_lines
from mraa.stacks.preflight.checks import check_regions


@dataclass(frozen=True)
class DestroyResult:
    """What was deleted and what is left; ``untouched`` after a dry run, ``unchanged`` if there is nothing to delete."""

    action: Literal["deleted", "untouched", "unchanged"]
    stacks: tuple[str, ...] = ()
    left: tuple[Leftover, ...] = ()
    left_by_earlier_stacks: tuple[Leftover, ...] = ()


def destroy_deployment(
    aws: Aws, clock: Clock, conversation: Conversation, settings: Settings, *, with_data: bool
) -> DestroyResult:
    """Delete the stacks and, ``with_data``, all that they leave behind. Run again, it finishes an interrupted run."""
    account = check_regions(aws, [settings.primary_region])
    main, web = _find_stacks(aws, conversation, settings)
    if main is not None:
        _refuse_with_applications(aws, main)
    regions = _regions(aws, settings, main)
    tokens = deployment_tokens(aws, regions[0], settings.stack_name, main, web)
    # orphans before the main stack: the boundary that their roles have is its resource
    orphans = find_orphaned_stacks(aws, regions, tokens.current, main)
    stacks = [stack for stack in (web, *orphans, main) if stack is not None]
    before = find_leftovers(aws, regions, tokens.current)
    if not stacks and not (with_data and before):
        return DestroyResult("unchanged", left=tuple(before))
    shown = [item for item in before if not stacks or _outlives_its_stack(item)]
    title = f"Destroy {settings.stack_name}" + (", including data" if with_data else ", data will be retained")
    if not conversation.confirm(title, destroy_lines(stacks, shown, delete_data=with_data)):
        return DestroyResult("untouched", left=tuple(shown))
    for stack in stacks:
        destroy_stack(aws, clock, conversation, stack, (regions[1], regions[0]) if stack is main else ())
    left = find_leftovers(aws, regions, tokens.current)
    if with_data:
        reasons = dict(delete_data(aws, clock, conversation.event, account, regions, left))
        left = with_reasons(find_leftovers(aws, regions, tokens.current), reasons)
    earlier = find_leftovers(aws, regions, tokens.earlier)
    return DestroyResult("deleted", tuple(stack.name for stack in stacks), tuple(left), tuple(earlier))


def _find_stacks(
    aws: Aws, conversation: Conversation, settings: Settings
) -> tuple[StackDescription | None, StackDescription | None]:
    """The main and the web app's stack, as far as they exist. UsageError if the main stack is not ours."""
    main = describe.find_stack(aws, settings.primary_region, settings.stack_name)
    web = describe.find_stack(aws, settings.primary_region, names.web_stack(settings.stack_name))
    if main is not None:
        refuse_foreign_main(main, settings.secondary_region)
    if web is not None:
        try:
            refuse_foreign_web(web, settings.stack_name)
        except UsageError as error:
            conversation.event(Event(Progress.NOTE, web.name, "will not be deleted", web.region, error.message))
            return main, None
    return main, web


def _refuse_with_applications(aws: Aws, main: StackDescription) -> None:
    """UsageError while an application stands on the main stack: CloudFormation would cancel the deletion."""
    standing = [of.parameters[APPLICATION_NAME] for of in find_applications(aws, main.region, main.name)]
    if standing:
        stand = f"Application {standing[0]} stands" if len(standing) == 1 else f"{', '.join(standing)} stand"
        deletions = ", ".join(f"mraa app destroy {name}" for name in standing)
        raise UsageError(f"{stand} on stack {main.name}, which cannot be deleted before.", f"First: {deletions}")


def _regions(aws: Aws, settings: Settings, main: StackDescription | None) -> tuple[str, str]:
    """Primary and secondary Region: from the stack, even a deleted one, before the settings."""
    primary = settings.primary_region
    if main is None and not settings.secondary_region:
        deleted = describe.deleted_stacks(aws, primary, settings.stack_name)
        main = describe.find_stack(aws, primary, deleted[0].stack_id) if deleted else None
    secondary = main.parameters.get(SECONDARY_REGION, "") if main else ""
    return (primary, secondary) if secondary else settings.regions


def _outlives_its_stack(item: Leftover) -> bool:
    """False for what an existing stack will delete: log groups, roles, the console's files."""
    return item.kind in (LeftoverKind.BUCKET, LeftoverKind.TABLE) and not names.is_console(item.name)


def with_reasons(left: Sequence[Leftover], reasons: Mapping[Leftover, str]) -> list[Leftover]:
    """What is left, each with the reason why it was not deleted, if there is one."""
    return [replace(item, reason=reasons.get(item, "")) for item in left]
