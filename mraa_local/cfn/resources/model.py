"""What the file of a resource type declares."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import EllipsisType
from typing import Any

from mraa_local.engine.resource_types import Created, Props
from mraa_local.engine.resources import Change
from mraa_local.engine.scope import account_id, region

Shape = Mapping[str, Any]  # property -> ... (any value), or the shape of its own properties
Check = Callable[[Props], None]  # raises ValueError, the resource's status reason


@dataclass(frozen=True)
class Permission:
    """One action on one resource, with the condition keys that IAM would see."""

    action: str
    resource_arn: str
    keys: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ResourceType:
    """A resource type: its properties, the permissions it requires, and its steps besides the engine's own.

    A property that is neither in ``supported`` nor in ``no_effect`` (path -> why) fails the resource. ``permissions``
    is what a role requires to make a change; None fails every change under a role. ``checks`` run before a creation and
    an update, ``create_checks`` before a creation only. ``create``, ``update`` and ``delete`` wrap the engine's steps,
    which are their first argument, or replace them if ``replaces_engine``.
    """

    name: str
    supported: Shape | EllipsisType
    no_effect: Mapping[str, str] = field(default_factory=dict)
    permissions: Callable[[Change], Iterable[Permission]] | None = None
    checks: tuple[Check, ...] = ()
    create_checks: tuple[Check, ...] = ()
    create: Callable[..., Created] | None = None
    update: Callable[..., Created] | None = None
    delete: Callable[..., None] | None = None
    replaces_engine: bool = False
    create_only: tuple[str, ...] = ()
    """Properties whose change replaces the resource, if the engine does not know."""
    takes_stack_tags: bool = False
    """Its property ``Tags`` gets the stack's, if the engine does not know."""
    has_several_steps: bool = False
    """An update may fail half way; it is then reverted to the old properties."""
    waits_for_stacks: bool = False
    drift_key: Callable[[str], str] | None = None
    """Under what the engine's drift detection finds a resource, by its physical id, if it is not that itself."""


def anything_in(names: str) -> dict[str, EllipsisType]:
    """These properties with any value."""
    return dict.fromkeys(names.split(), ...)


def no_permissions(change: Change) -> Iterable[Permission]:
    """Nothing is asked of any service."""
    return ()


def one_action_each(
    create: str, update: str, delete: str, arn_of: Callable[[Change], str]
) -> Callable[[Change], Iterable[Permission]]:
    """The permissions of a type that is created, updated and deleted by one call of its service each."""

    def permissions(change: Change) -> Iterable[Permission]:
        action = create if change.is_create else delete if change.is_delete else update
        yield Permission(action, arn_of(change))

    return permissions


def pass_role(role_arn: str, service: str) -> Permission:
    """Passing a role to a service."""
    return Permission("iam:PassRole", role_arn, {"iam:PassedToService": service})


def has_own_tags(change: Change) -> bool:
    """Whether the change sets or drops tags of the template; CloudFormation adds its own without asking the role."""
    old, new = (
        [tag for tag in props.get("Tags") or () if not tag["Key"].startswith("aws:")]
        for props in (change.old, change.new)
    )
    return old != new


def arn(service: str, resource: str) -> str:
    """The ARN of a resource in this account and Region."""
    return f"arn:aws:{service}:{region()}:{account_id()}:{resource}"


def api_arn(*path: str) -> str:
    """The ARN under which IAM knows a path of API Gateway's own API."""
    return f"arn:aws:apigateway:{region()}::/{'/'.join(path)}"


def part_of_api(collection: str) -> Callable[[Change], Iterable[Permission]]:
    """The permissions that a deployment or a stage needs."""

    def permissions(change: Change) -> Iterable[Permission]:
        path = ("restapis", change.current["RestApiId"], collection)
        if change.is_create:
            yield Permission("apigateway:POST", api_arn(*path))
        else:
            action = "apigateway:DELETE" if change.is_delete else "apigateway:PATCH"
            yield Permission(action, api_arn(*path, change.physical_id))

    return permissions


def function_arn(name_or_arn: str) -> str:
    """The ARN of a function."""
    return name_or_arn if name_or_arn.startswith("arn:") else arn("lambda", f"function:{name_or_arn}")
