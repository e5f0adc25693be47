"""Applications of one's own on a main stack: which there are, and what their stacks keep or left behind.

Their stores have any name, so they are found in the events of their stacks, which CloudFormation keeps for 90 days
after a deletion.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from mraa import names
from mraa.aws import Aws, pages
from mraa.stacks import describe, describe_changes
from mraa.stacks.models import Leftover, LeftoverKind, StackDescription
from mraa.stacks.plan.parameters import APPLICATION_NAME, SOLUTION_STACK_NAME

_KINDS = {
    "AWS::DynamoDB::GlobalTable": LeftoverKind.TABLE,
    "AWS::DynamoDB::Table": LeftoverKind.TABLE,
    "AWS::Logs::LogGroup": LeftoverKind.LOG_GROUP,
    "AWS::S3::Bucket": LeftoverKind.BUCKET,
}
_EVERYWHERE = "AWS::DynamoDB::GlobalTable"
_RETAINING = {"Retain", "RetainExceptOnCreate"}


@dataclass(frozen=True)
class Store:
    """A table, bucket or log group; ``is_retained`` if the deletion of its stack leaves, or left, it."""

    item: Leftover
    is_retained: bool


def find_applications(aws: Aws, region: str, main_stack_name: str) -> list[StackDescription]:
    """The existing stacks of applications that stand on the main stack of that name."""
    prefix = names.application_stack(main_stack_name, "")
    found = [describe.find_stack(aws, region, name) for name in describe.stack_names(aws, region, prefix)]
    return [stack for stack in found if stack and is_application_of(stack, main_stack_name)]


def is_application_of(stack: StackDescription, main_stack_name: str) -> bool:
    """Whether the stack is an application's that stands on the main stack of that name."""
    return APPLICATION_NAME in stack.parameters and stack.parameters.get(SOLUTION_STACK_NAME) == main_stack_name


def find_stores(aws: Aws, regions: Sequence[str], stacks: Sequence[StackDescription]) -> list[Store]:
    """What exists of the stores of these application stacks, deleted ones too; ``regions``: the primary first."""
    found: dict[Leftover, Store] = {}
    for stack in stacks:
        for store in _of_stack(aws, regions, stack.region, stack.stack_id):
            found[store.item] = store
        for region in regions:
            for instance in describe.instance_stacks_ever(aws, region, names.token(stack.stack_id)):
                for store in _of_stack(aws, regions, region, instance.stack_id):
                    found[store.item] = store
    existing = {kind: _existing(aws, regions, kind) for kind in {item.kind for item in found}}
    return [store for item, store in found.items() if (item.name, item.region) in existing[item.kind]]


def _of_stack(aws: Aws, regions: Sequence[str], region: str, stack_id: str) -> Iterator[Store]:
    """The stores of a stack and of those nested in it that it has, or did not delete."""
    events = describe.events_since(aws, region, stack_id, 0.0)
    last = {(of.logical_id, of.physical_id): of for of in events if of.resource_type in _KINDS and of.physical_id}
    policies = {
        name: resource.get("DeletionPolicy")
        for name, resource in (describe_changes.template_resources(aws, region, stack_id) if last else {}).items()
    }
    for event in last.values():
        if event.status == "DELETE_COMPLETE":
            continue
        is_retained = event.status == "DELETE_SKIPPED" or policies.get(event.logical_id) in _RETAINING
        item = Leftover(_KINDS[event.resource_type], event.physical_id, region)
        places = reversed(regions) if event.resource_type == _EVERYWHERE else [region]
        yield from (Store(replace(item, region=place), is_retained) for place in places)
    for nested_id in describe.nested_stacks(events).values():
        yield from _of_stack(aws, regions, region, nested_id)


def _existing(aws: Aws, regions: Sequence[str], kind: LeftoverKind) -> set[tuple[str, str]]:
    """Name and Region of everything of a kind. Buckets are listed once for all Regions, and so count in each."""
    if kind is LeftoverKind.BUCKET:
        listed = pages(aws.client("s3", regions[0]), "list_buckets", "Listing buckets", regions[0])
        found = [bucket["Name"] for page in listed for bucket in page.get("Buckets", [])]
        return {(name, region) for name in found for region in regions}
    service, operation, doing = {
        LeftoverKind.TABLE: ("dynamodb", "list_tables", "Listing tables"),
        LeftoverKind.LOG_GROUP: ("logs", "describe_log_groups", "Listing log groups"),
    }[kind]
    return {
        (of if isinstance(of, str) else of["logGroupName"], region)
        for region in regions
        for page in pages(aws.client(service, region), operation, doing, region)
        for of in page.get("TableNames") or page.get("logGroups") or []
    }
