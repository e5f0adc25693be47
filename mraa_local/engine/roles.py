"""IAM roles as stacks and services need them: the record, and whether policies allow something to a principal."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ministack.core import iam_evaluator
from ministack.services import iam

from mraa_local.engine.scope import Answer, account_id

Role = dict[str, Any]  # Arn, AssumeRolePolicyDocument, InlinePolicies, AttachedPolicies


class Principal(NamedTuple):
    """Who asks: an ARN, or the name of a service (kind ``Service``)."""

    arn: str
    kind: str
    account_id: str


class Asked(NamedTuple):
    """What is asked for, with the condition keys of the request."""

    action: str
    resource_arn: str
    region: str = ""
    keys: Mapping[str, Any] = {}


def find(name: str) -> Role | None:
    """The role of this name in the account of the request."""
    role: Role | None = iam._roles.get(name)
    return role


def find_in(account_id: str, name: str) -> Role | None:
    """The role of this name in an account; may be asked outside a request."""
    role: Role | None = iam._roles.get_scoped(account_id, None, name)
    return role


def arn(name: str) -> str:
    """The ARN of the role of this name in the account of the request; as IAM would name it if there is none."""
    role = find(name)
    return str(role["Arn"]) if role else f"arn:aws:iam::{account_id()}:role/{name}"


def attach(policy_arn: str, entities: Iterable[Role]) -> None:
    """Give the roles the managed policy."""
    for entity in entities:
        iam.attach_managed_policy(entity, policy_arn)


def detach(policy_arn: str, entities: Iterable[Role]) -> None:
    """Take the managed policy from the roles."""
    for entity in entities:
        iam.detach_managed_policy(entity, policy_arn)


def policy_is_used(arn: str) -> bool:
    """Whether a role, user or group has the managed policy, or a role or user has it as its boundary."""
    policy = iam._policies.get(arn) or {}
    return bool(policy.get("AttachmentCount") or iam._boundary_usage_counts().get(arn))


def set_boundary(role: Role, arn: str) -> Answer | None:
    """Set the role's permissions boundary, or none for ``""``; IAM's refusal if there is no such policy."""
    refusal: Answer | None = iam._boundary_policy_error(arn) if arn else None
    if refusal is None:
        role["PermissionsBoundary"] = arn
    return refusal


def trust_policy(role: Role) -> dict[str, Any]:
    """The role's trust policy."""
    trust = role.get("AssumeRolePolicyDocument") or "{}"
    document: dict[str, Any] = json.loads(trust) if isinstance(trust, str) else trust
    return document


def document_problem(document: Any) -> str:
    """What IAM objects to in a policy document; empty if nothing."""
    return str(iam_evaluator.validate_policy_document(document) or "")


def trusts(role: Role, caller_arn: str, account_id: str, region: str) -> bool:
    """Whether the role's trust policy lets another role in."""
    context = iam_evaluator.EvalContext(caller_arn, "AssumedRole", account_id, "sts:AssumeRole", role["Arn"], region)
    return bool(iam_evaluator.evaluate_trust_policy(trust_policy(role), caller_arn, context))


def trusts_web_identity(role: Role, provider: str, account_id: str, keys: Mapping[str, Any]) -> bool:
    """Whether the role's trust policy lets who the provider vouches for in, with the condition keys of its token."""
    web_identity = Principal(provider, "WebIdentityUser", account_id)
    context = _context(web_identity, Asked("sts:AssumeRoleWithWebIdentity", role["Arn"], keys=keys))
    return bool(iam_evaluator.evaluate_trust_policy(trust_policy(role), provider, context))


def service_is_allowed(policy: Any, service: Principal, asked: Asked) -> bool:
    """Whether a resource's policy (of a function, or a role's trust) allows it to a service."""
    decision = iam_evaluator.evaluate_resource_policy(policy, _context(service, asked), service=service.arn)
    return bool(decision.decision == "Allow")


def role_is_allowed(role_name: str, session: Principal, asked: Asked, resource_policy: Any = None) -> bool:
    """Whether the role's policies and boundary allow it, and no ``resource_policy`` of the same account denies it."""
    context = _context(session, asked)
    decision = iam_evaluator.evaluate(
        context,
        iam_evaluator._gather_role_policies(role_name, session.account_id),
        *iam_evaluator._permissions_boundary(iam._roles, role_name, session.account_id),
    )
    if resource_policy:
        decision = iam_evaluator.combine_resource_policy(decision, context, resource_policy, session.account_id)
    return bool(decision.decision == "Allow")


def _context(who: Principal, asked: Asked) -> Any:
    keys = {name.lower(): value for name, value in asked.keys.items()}
    return iam_evaluator.EvalContext(*who, *asked[:3], secure_transport=True, service_context=keys)
