"""The building blocks of IAM policies. An action that IAM does not have is an error at rendering."""

import importlib
from collections.abc import Sequence
from typing import Any

from awacs.aws import (
    Action,
    Allow,
    Bool,
    Condition,
    ConditionElement,
    Deny,
    PolicyDocument,
    Principal,
    Statement,
)
from troposphere import Sub, iam

# services whose awacs module has another name
_MODULES = {"lambda": "awslambda", "execute-api": "execute_api"}


def actions(action_names: str) -> list[Action]:
    """``"s3:GetObject s3:PutObject"`` as actions; ValueError for one that IAM does not have."""
    found = []
    for action in action_names.split():
        service, _, name = action.partition(":")
        known = getattr(importlib.import_module(f"awacs.{_MODULES.get(service, service)}"), name, None)
        if not isinstance(known, Action):
            raise ValueError(f"IAM has no action {action}")
        found.append(known)
    return found


def allow(
    action_names: str, resources: Sequence[Any], *conditions: ConditionElement, principal: Principal | None = None
) -> Statement:
    """Allow the actions in ``action_names`` on ``resources``, if all ``conditions`` hold."""
    extra: dict[str, Any] = {}
    if conditions:
        extra["Condition"] = Condition(list(conditions))
    if principal:
        extra["Principal"] = principal
    return Statement(Effect=Allow, Action=actions(action_names), Resource=list(resources), **extra)


def deny_plain_http(bucket: str) -> Statement:
    """Deny every request without TLS; ``bucket`` is a logical id."""
    return Statement(
        Sid="TlsOnly",
        Effect=Deny,
        Principal=Principal("*"),
        Action=[Action("s3", "*")],
        Resource=[Sub(f"${{{bucket}.Arn}}"), Sub(f"${{{bucket}.Arn}}/*")],
        Condition=Condition([Bool("aws:SecureTransport", "false")]),
    )


def trust(principal: Principal, *conditions: ConditionElement, action_names: str = "sts:AssumeRole") -> PolicyDocument:
    """A trust policy: ``principal`` may assume the role if all ``conditions`` hold."""
    extra = {"Condition": Condition(list(conditions))} if conditions else {}
    return document(Statement(Effect=Allow, Action=actions(action_names), Principal=principal, **extra))


def trust_service(service: str, *conditions: ConditionElement) -> PolicyDocument:
    """A trust policy for an AWS service, which has the same name in every partition."""
    return trust(Principal("Service", service), *conditions)


def document(*statements: Statement) -> PolicyDocument:
    """A policy document."""
    return PolicyDocument(Version="2012-10-17", Statement=list(statements))


def inline(name: str, *statements: Statement) -> iam.Policy:
    """An inline policy of a role."""
    return iam.Policy(PolicyName=name, PolicyDocument=document(*statements))
