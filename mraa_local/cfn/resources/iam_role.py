"""``AWS::IAM::Role``: its policies are valid, and it is deleted only without policies that are not the template's."""

from collections.abc import Callable, Iterator
from typing import Any

from mraa_local.cfn.reasons import refuse
from mraa_local.cfn.resources.model import Permission, ResourceType, anything_in
from mraa_local.engine import resource_types, roles
from mraa_local.engine.resources import Change
from mraa_local.engine.scope import account_id

NAME_MAX_LENGTH = 64


def permissions(change: Change) -> Iterator[Permission]:
    arn = _arn(change)
    if change.is_create:
        yield Permission("iam:CreateRole", arn)
    elif not change.is_delete and change.touches("AssumeRolePolicyDocument"):
        yield Permission("iam:UpdateAssumeRolePolicy", arn)
    before = {policy["PolicyName"]: policy for policy in change.old.get("Policies") or []}
    after = {policy["PolicyName"]: policy for policy in change.new.get("Policies") or []}
    if any(before.get(name) != policy for name, policy in after.items()):
        yield Permission("iam:PutRolePolicy", arn)
    if before.keys() - after.keys():
        yield Permission("iam:DeleteRolePolicy", arn)
    attached, wanted = set(change.old.get("ManagedPolicyArns") or []), set(change.new.get("ManagedPolicyArns") or [])
    for policy_arn in sorted(wanted - attached):
        yield Permission("iam:AttachRolePolicy", arn, {"iam:PolicyARN": policy_arn})
    for policy_arn in sorted(attached - wanted):
        yield Permission("iam:DetachRolePolicy", arn, {"iam:PolicyARN": policy_arn})
    if change.is_delete:
        yield Permission("iam:DeleteRole", arn)


def _arn(change: Change) -> str:
    record = roles.find(change.physical_id) if change.physical_id else None
    if record:
        return str(record["Arn"])
    name = change.new.get("RoleName") or resource_types.generated_name(
        change.stack_name, change.logical_id, NAME_MAX_LENGTH
    )
    return f"arn:aws:iam::{account_id()}:role{change.new.get('Path', '/')}{name}"


def policies_are_valid(props: dict[str, Any]) -> None:
    """The engine would keep a document that IAM does not understand."""
    for policy in props.get("Policies") or []:
        problem = roles.document_problem(policy["PolicyDocument"])
        if problem:
            refuse(problem, "Iam", 400, "InvalidRequest")


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
        "RoleName Path Description AssumeRolePolicyDocument ManagedPolicyArns Policies MaxSessionDuration Tags"
    ),
    permissions=permissions,
    checks=(policies_are_valid,),
    delete=delete,
)
