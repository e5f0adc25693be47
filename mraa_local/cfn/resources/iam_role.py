"""``AWS::IAM::Role``: its policies are valid, and it is deleted only without policies that are not the template's."""

from collections.abc import Callable, Iterator
from typing import Any

from mraa_local.cfn.lifecycle import HalfCreated
from mraa_local.cfn.reasons import checked, refuse
from mraa_local.cfn.resources import policy_documents
from mraa_local.cfn.resources.model import Permission, ResourceType, anything_in
from mraa_local.engine import resource_types, roles
from mraa_local.engine.resource_types import Created
from mraa_local.engine.resources import Change
from mraa_local.engine.scope import account_id

NAME_MAX_LENGTH = 64
_INLINE_MAX_CHARACTERS = 10_240


def permissions(change: Change) -> Iterator[Permission]:
    arn = _arn(change)
    boundary = change.current.get("PermissionsBoundary")
    bounded = {"iam:PermissionsBoundary": boundary} if boundary else {}
    if change.is_create or _replaces(change):
        yield Permission("iam:CreateRole", arn, bounded)
    elif not change.is_delete:
        if change.touches("PermissionsBoundary"):
            yield Permission(f"iam:{'Put' if boundary else 'Delete'}RolePermissionsBoundary", arn, bounded)
        if change.touches("AssumeRolePolicyDocument"):
            yield Permission("iam:UpdateAssumeRolePolicy", arn)
    old = {} if _replaces(change) else change.old
    before = {policy["PolicyName"]: policy for policy in old.get("Policies") or []}
    after = {policy["PolicyName"]: policy for policy in change.new.get("Policies") or []}
    if any(before.get(name) != policy for name, policy in after.items()):
        yield Permission("iam:PutRolePolicy", arn, bounded)
    if before.keys() - after.keys():
        yield Permission("iam:DeleteRolePolicy", arn, bounded)
    attached, wanted = set(old.get("ManagedPolicyArns") or []), set(change.new.get("ManagedPolicyArns") or [])
    for policy_arn in sorted(wanted - attached):
        yield Permission("iam:AttachRolePolicy", arn, {"iam:PolicyARN": policy_arn})
    for policy_arn in sorted(attached - wanted):
        yield Permission("iam:DetachRolePolicy", arn, {"iam:PolicyARN": policy_arn})
    if change.is_delete:
        yield Permission("iam:DeleteRole", arn)


def _replaces(change: Change) -> bool:
    """Whether an update makes a new role; the old one is deleted in the clean-up, as a change of its own."""
    updated = not change.is_create and not change.is_delete
    return updated and (change.touches("Path") or change.touches("RoleName"))


def _arn(change: Change) -> str:
    record = roles.find(change.physical_id) if change.physical_id and not _replaces(change) else None
    if record:
        return str(record["Arn"])
    name = change.new.get("RoleName") or resource_types.generated_name(
        change.stack_name, change.logical_id, NAME_MAX_LENGTH
    )
    return f"arn:aws:iam::{account_id()}:role{change.new.get('Path', '/')}{name}"


def policies_are_valid(props: dict[str, Any]) -> None:
    """The engine would keep a document that IAM does not understand."""
    inline = [policy["PolicyDocument"] for policy in props.get("Policies") or []]
    for document in inline:
        policy_documents.require_valid(document)
    if sum(map(policy_documents.length, inline)) > _INLINE_MAX_CHARACTERS:
        message = f"Maximum policy size of {_INLINE_MAX_CHARACTERS} bytes exceeded for role"
        refuse(message, "Iam", 409, "ServiceLimitExceeded")


def create(engine_create: Callable[..., Created], logical_id: str, props: dict[str, Any], stack_name: str) -> Created:
    """The engine's step, which leaves out the boundary."""
    created = engine_create(logical_id, props, stack_name)
    try:
        _set_boundary(created[0], props)
    except ValueError as error:
        raise HalfCreated(created[0], str(error)) from error
    return created


def update(engine_update: Callable[..., Created], physical_id: str, *more: Any) -> Created:
    """The engine's step, which leaves out the boundary; a replacement is made by ``create``."""
    updated = engine_update(physical_id, *more)
    _set_boundary(updated[0], more[1])
    return updated


def _set_boundary(name: str, props: dict[str, Any]) -> None:
    role = roles.find(name)
    assert role is not None
    if refusal := roles.set_boundary(role, props.get("PermissionsBoundary", "")):
        checked(refusal, "Iam", "NotFound")


def delete(engine_delete: Callable[..., None], physical_id: str, props: dict[str, Any]) -> None:
    """Refuse while the role has policies of others: IAM does not take them off by itself, nor does CloudFormation."""
    role = roles.find(physical_id)
    own = {policy["PolicyName"] for policy in props.get("Policies") or []}
    attached = set(props.get("ManagedPolicyArns") or [])
    if role is not None:
        if set(role["InlinePolicies"]) - own:
            refuse("Cannot delete entity, must delete policies first.", "Iam", 409, "GeneralServiceException")
        if set(role["AttachedPolicies"]) - attached:
            refuse("Cannot delete entity, must detach all policies first.", "Iam", 409, "GeneralServiceException")
    engine_delete(physical_id, props)


RESOURCE = ResourceType(
    "AWS::IAM::Role",
    supported=anything_in(
        "RoleName Path Description AssumeRolePolicyDocument ManagedPolicyArns PermissionsBoundary Policies "
        "MaxSessionDuration Tags"
    ),
    permissions=permissions,
    checks=(policies_are_valid,),
    create=create,
    update=update,
    delete=delete,
)
