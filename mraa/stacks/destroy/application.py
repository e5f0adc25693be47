"""Deletes an application of one's own: its stack with both stack instances and, on request, its data."""

from mraa import names
from mraa.aws import Aws, Clock
from mraa.settings import Settings
from mraa.stacks import describe
from mraa.stacks.applications import find_stores, is_application_of
from mraa.stacks.conversation import Conversation
from mraa.stacks.destroy.data import delete_data
from mraa.stacks.destroy.deployment import DestroyResult, with_reasons
from mraa.stacks.destroy.stack import destroy_stack
from mraa.stacks.leftovers import find_orphaned_stacks
from mraa.stacks.models import Leftover, StackDescription
from mraa.stacks.plan.ownership import refuse_foreign_application
from mraa.stacks.plan.parameters import SECONDARY_REGION
from mraa.stacks.plan.wording import destroy_lines
from mraa.stacks.preflight.checks import check_regions, require_answer


def destroy_application(
    aws: Aws, clock: Clock, conversation: Conversation, settings: Settings, name: str, *, with_data: bool
) -> DestroyResult:
    """Delete the application's stacks and, ``with_data``, the stores that they leave behind.

    Run again, it finishes an interrupted run, also long after the stacks were deleted.
    """
    account = check_regions(aws, [settings.primary_region])
    stack_name = names.application_stack(settings.stack_name, name)
    stack = describe.find_stack(aws, settings.primary_region, stack_name)
    if stack is not None:
        refuse_foreign_application(stack, settings.stack_name, name)
    deleted = _deleted(aws, settings, stack_name)
    own, earlier = ([stack], deleted) if stack else (deleted, [])
    if not own:
        return DestroyResult("unchanged")
    secondary = own[0].parameters.get(SECONDARY_REGION) or settings.regions[1]
    require_answer(aws, secondary)
    regions = (settings.primary_region, secondary)
    tokens = [names.token(of.stack_id) for of in own]
    stacks = [*find_orphaned_stacks(aws, regions, tokens, stack), *([stack] if stack else [])]
    stores = find_stores(aws, regions, own)
    if not stacks and not (with_data and stores):
        return DestroyResult("unchanged", left=tuple(of.item for of in stores))
    retained = [of.item for of in stores if of.is_retained or with_data]
    lines = destroy_lines(stacks, retained, delete_data=with_data)
    lines += [_lost(of.item) for of in stores if of.item not in retained]
    title = f"Destroy application {name}" + (", including data" if with_data else ", data will be retained")
    if not conversation.confirm(title, lines):
        return DestroyResult("untouched", left=tuple(retained))
    for each in stacks:
        instance_regions = (secondary, regions[0]) if each is stack else ()
        destroy_stack(aws, clock, conversation, each, instance_regions, f"mraa app destroy {name}")
    left = [of.item for of in find_stores(aws, regions, own)]
    if with_data:
        reasons = dict(delete_data(aws, clock, conversation.event, account, regions, left))
        left = with_reasons([of.item for of in find_stores(aws, regions, own)], reasons)
    of_earlier = [of.item for of in find_stores(aws, regions, earlier)]
    return DestroyResult("deleted", tuple(of.name for of in stacks), tuple(left), tuple(of_earlier))


def _deleted(aws: Aws, settings: Settings, stack_name: str) -> list[StackDescription]:
    """The application's deleted stacks of that name, newest first, with their parameters."""
    region = settings.primary_region
    found = [describe.find_stack(aws, region, of.stack_id) for of in describe.deleted_stacks(aws, region, stack_name)]
    return [stack for stack in found if stack and is_application_of(stack, settings.stack_name)]


def _lost(item: Leftover) -> str:
    return f"- {item.kind} {item.name} in {item.region}, with its stack: its template does not retain it"
