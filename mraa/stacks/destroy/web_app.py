"""Deletes the sample web app's stack."""

from typing import Literal

from mraa import names
from mraa.aws import Aws, Clock
from mraa.settings import Settings
from mraa.stacks import describe
from mraa.stacks.conversation import Conversation
from mraa.stacks.destroy.stack import destroy_stack
from mraa.stacks.plan.next_step import Action, next_for_destroy
from mraa.stacks.plan.ownership import refuse_foreign_web
from mraa.stacks.plan.parameters import SECONDARY_REGION
from mraa.stacks.plan.wording import destroy_lines
from mraa.stacks.preflight.checks import check_regions, require_answer


def destroy_web_app(
    aws: Aws, clock: Clock, conversation: Conversation, settings: Settings
) -> Literal["deleted", "untouched", "unchanged"]:
    """Delete the web app's stack; ``untouched`` after a dry run, ``unchanged`` if it does not exist."""
    check_regions(aws, [settings.primary_region])
    name = names.web_stack(settings.stack_name)
    stack = describe.find_stack(aws, settings.primary_region, name)
    if stack is not None:
        refuse_foreign_web(stack, settings.stack_name)
    if stack is None or next_for_destroy(name, stack).action is Action.NOTHING:
        return "unchanged"
    main = describe.find_stack(aws, settings.primary_region, settings.stack_name)
    secondary = main.parameters.get(SECONDARY_REGION, "") if main else settings.secondary_region
    if secondary:
        require_answer(aws, secondary)  # the site has a bucket there
    lines = [
        *destroy_lines([stack], [], delete_data=False),
        "  including its users; the application's data is retained",
    ]
    if not conversation.confirm(f"Delete the web app of stack {settings.stack_name}", lines):
        return "untouched"
    destroy_stack(aws, clock, conversation, stack)
    return "deleted"
