"""``AWS::CloudFormation::Stack``: its steps are in ``cfn.nested_stacks``."""

from collections.abc import Iterator

from mraa_local.cfn import nested_stacks
from mraa_local.cfn.resources.model import Permission, ResourceType, anything_in, arn
from mraa_local.engine.resources import Change


def permissions(change: Change) -> Iterator[Permission]:
    """The stack itself; what is in it is asked for by its own operation."""
    verb = "Create" if change.is_create else "Delete" if change.is_delete else "Update"
    name = f"{change.stack_name}-{change.logical_id}-*"
    stack = change.physical_id or arn("cloudformation", f"stack/{name}/*")
    yield Permission(f"cloudformation:{verb}Stack", stack)
    yield Permission("cloudformation:DescribeStacks", stack)


RESOURCE = ResourceType(
    "AWS::CloudFormation::Stack",
    supported=anything_in("TemplateURL Parameters Tags"),
    no_effect={"TimeoutInMinutes": "a stack never times out"},
    permissions=permissions,
    create=nested_stacks.create,
    update=nested_stacks.update,
    delete=nested_stacks.delete,
    replaces_engine=True,
    has_several_steps=True,
    waits_for_stacks=True,
)
