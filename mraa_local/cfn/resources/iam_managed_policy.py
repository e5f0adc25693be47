"""``AWS::IAM::ManagedPolicy``: it is valid, not too long, and deleted only once nobody else has it.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

from collections.abc import Callable, Iterator
from typing import Any

from mraa_local.cfn.reasons import refuse
from mraa_local.cfn.resources import policy_documents
from mraa_local.cfn.resources.model import Permission, ResourceType, anything_in
from mraa_local.engine import resource_types, roles
from mraa_local.engine.resources import Change
from mraa_local.engine.scope import account_id

NAME_MAX_LENGTH = 128
_MAX_CHARACTERS = 6_144


def permissions(change: Change) -> Iterator[Permission]:
    arn = change.physical_id or _new_arn(change)
    if change.is_create:
        yield Permission("iam:CreatePolicy", arn)
    elif not change.is_delete and change.touches("PolicyDocument"):
        yield Permission("iam:CreatePolicyVersion", arn)
    before, after = set(change.old.get("Roles") or []), set(change.new.get("Roles") or [])
    for role in sorted(after - before):
        yield Permission("iam:AttachRolePolicy", roles.arn(role), {"iam:PolicyARN": arn})
    for role in sorted(before - after):
        yield Permission("iam:DetachRolePolicy", roles.arn(role), {"iam:PolicyARN": arn})
    if change.is_delete:
        yield Permission("iam:DeletePolicy", arn)


def _new_arn(change: Change) -> str:
    name = change.new.get("ManagedPolicyName") or resource_types.generated_name(
        change.stack_name, change.logical_id, NAME_MAX_LENGTH
    )
    return f"arn:aws:iam::{account_id()}:policy{change.new.get('Path', '/')}{name}"


def document_is_valid(props: dict[str, Any]) -> None:
    """The engine would keep any document."""
    policy_documents.require_valid(props["PolicyDocument"])
    if policy_documents.length(props["PolicyDocument"]) > _MAX_CHARACTERS:
        refuse(f"Cannot exceed quota for PolicySize: {_MAX_CHARACTERS}", "Iam", 409, "ServiceLimitExceeded")


def entities_exist(props: dict[str, Any]) -> None:
    """The engine would leave out one that does not."""
    for role in props.get("Roles") or []:
        if roles.find(role) is None:
            refuse(f"The role with name {role} cannot be found.", "Iam", 404, "NotFound")


def delete(engine_delete: Callable[..., None], physical_id: str, props: dict[str, Any]) -> None:
    """Refuse while others have the policy, as their boundary too."""
    own = [role for role in map(roles.find, props.get("Roles") or []) if role is not None]
    roles.detach(physical_id, own)
    if roles.policy_is_used(physical_id):
        roles.attach(physical_id, own)
        refuse("Cannot delete a policy attached to entities.", "Iam", 409, "GeneralServiceException")
    engine_delete(physical_id, props)


RESOURCE = ResourceType(
    "AWS::IAM::ManagedPolicy",
    supported=anything_in("ManagedPolicyName Path Description PolicyDocument Roles"),
    permissions=permissions,
    checks=(document_is_valid, entities_exist),
    delete=delete,
)
