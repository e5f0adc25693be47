"""A deployed stack with its template, as what the checks compare the real resources with."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from mraa.aws import Aws, call
from mraa.errors import AwsError
from mraa.stacks import describe, describe_changes
from mraa.stacks.models import PropertyDifference, ResourceDrift, StackDescription
from mraa.stacks.plan.evaluate import TemplateValues, UnknownValueError, for_stack

# what to do about buckets and tables that do not exist
PARTLY_DELETED = 'See docs/deploying.md, "A Region partly deleted".'

_MAY_NOT_READ = 'Allow what it reads (docs/deploying.md, "After: mraa drift"), then run this again.'


@dataclass(frozen=True)
class DeployedStack:
    """A stack and its template's values in it; ``name`` is the stack's in reports."""

    name: str
    stack: StackDescription
    values: TemplateValues

    @property
    def region(self) -> str:
        """The stack's Region."""
        return self.stack.region

    def of_type(self, resource_type: str) -> Iterator[tuple[ResourceDrift, dict[str, Any]]]:
        """Each resource of a type that the stack has, in sync as far as known, with its properties as written."""
        for logical_id, resource in self.values.resources.items():
            if resource["Type"] == resource_type:
                physical_id = self.values.names.get(logical_id, "")
                subject = ResourceDrift(self.region, self.name, logical_id, resource_type, "IN_SYNC", physical_id)
                yield subject, resource.get("Properties", {})


@dataclass(frozen=True)
class Comparison:
    """How a resource differs from the template, and what to do then; ``differences`` is None if it does not exist."""

    differences: Sequence[PropertyDifference] | None
    fix: str
    reason: str = ""


def read_stack(aws: Aws, name: str, stack: StackDescription, exports: Mapping[str, str]) -> DeployedStack:
    """Read the stack's template and its resources' physical ids. AwsError if they may not be read.

    ``exports``: those that the template may import.
    """
    template = describe_changes.template(aws, stack.region, stack.stack_id)
    resources = describe.stack_resources(aws, stack.region, stack.stack_id)
    physical_ids = {resource.logical_id: resource.physical_id for resource in resources}
    return DeployedStack(name, stack, for_stack(template, stack, physical_ids, exports=exports))


def read_or_none(
    operation: Callable[..., Any], doing: str, region: str, missing: Collection[str], **arguments: Any
) -> dict[str, Any] | None:
    """AWS's answer; None where its error is one of ``missing``: what was to be read does not exist."""
    try:
        answer: dict[str, Any] = call(operation, doing, region, **arguments)
        return answer
    except AwsError as error:
        if error.code in missing:
            return None
        raise


def judged(subject: ResourceDrift, compare: Callable[[], Comparison]) -> ResourceDrift:
    """``subject`` with what ``compare`` found; what cannot be read, or compared with anything, is UNKNOWN."""
    try:
        found = compare()
    except AwsError as error:
        return replace(subject, status="UNKNOWN", reason=error.message, fix=_MAY_NOT_READ)
    except UnknownValueError as error:
        reason = f"what the template says cannot be evaluated: {error}"
        return replace(subject, status="UNKNOWN", reason=reason, fix="Compare it with the template manually.")
    if found.differences is None:
        return replace(subject, status="DELETED", reason=found.reason, fix=found.fix)
    if found.differences:
        return replace(subject, status="MODIFIED", differences=tuple(found.differences), fix=found.fix)
    return subject
