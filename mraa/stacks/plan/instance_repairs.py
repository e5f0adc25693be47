"""What brings stack instances up to date that a failed or stopped operation, or a manual change, left behind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mraa.errors import StackError
from mraa.stacks.models import StackDescription, StackInstanceDescription
from mraa.stacks.plan.next_step import UPDATABLE, because


@dataclass(frozen=True)
class InstanceRepair:
    """A stack instance to update or, if updates skip it, to re-import into the stack set first.

    ``stack_id`` is that of the stack to re-import, empty for an update; ``is_known`` is whether the stack set lists it.
    """

    region: str
    line: str
    stack_id: str = ""
    is_known: bool = True


def plan_instance_repairs(
    regions: Sequence[str],
    instances: Sequence[StackInstanceDescription],
    stacks: Mapping[str, Sequence[StackDescription]],
) -> list[InstanceRepair]:
    """What brings the stack instances up to date, Region by Region. StackError if only a person can fix one.

    ``stacks`` are each Region's existing stacks that were created as instances, newest first. An instance that the
    stack set skips in updates (INOPERABLE: a deletion failed), does not list (removed manually, or a repair was
    interrupted) or lists with a stack that was deleted is re-imported with such a stack; the others are updated.
    """
    known = {instance.region: instance for instance in instances}
    repairs = []
    for region in regions:
        instance, existing = known.get(region), stacks.get(region, ())
        if instance is not None and instance.status == "CURRENT":
            continue
        status = f"{instance.status}{f': {instance.reason}' if instance.reason else ''}" if instance else "orphaned"
        own = next((of for of in existing if instance and of.stack_id == instance.stack_id), None)
        is_updated = instance is not None and instance.status != "INOPERABLE" and (own is not None or not existing)
        stack = own or next((of for of in existing if of.status in UPDATABLE), existing[0] if existing else None)
        if is_updated:
            repairs.append(InstanceRepair(region, f"~ stack instance in {region} ({status}) will be updated"))
        elif stack is not None and stack.status in UPDATABLE:
            line = (
                f"~ stack instance in {region} ({status}) will be re-imported into the stack set; "
                f"stack {stack.name} unchanged"
            )
            repairs.append(InstanceRepair(region, line, stack.stack_id, is_known=instance is not None))
        else:
            left = f"its stack {stack.name} is {stack.status}{because(stack)}" if stack else "its stack does not exist"
            raise StackError(
                f"The stack instance in {region} ({status}) cannot be re-imported into the stack set: {left}.",
                "Data is safe: tables and buckets are retained. What to do: docs/deploying.md, "
                '"A Region partly deleted".',
            )
    return repairs
