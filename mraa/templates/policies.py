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
from troposphere import iam

# services whose awacs module has another name
_MODULES = {"lambda": "awslambda", "execute-api": "execute_api"}
_WHY = "why"

# why a statement has wildcards
OURS = "Whatever matches has the deployment's token in its name: it is the deployment's own."
NO_RESOURCES = "The action supports no resource-level permissions."
GENERATED_API_IDS = "API Gateway generates the ids of APIs, so no pattern distinguishes those of the deployment."
GENERATED_SOURCE_IDS = "Lambda generates the ids of event sources, so no pattern distinguishes those of the deployment."
OF_OWN_FUNCTIONS = f"{GENERATED_SOURCE_IDS} A condition says whose function it must be."
BOTH_REGIONS = "One policy for both Regions of the deployment."


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
    action_names: str,
    resources: Sequence[Any],
    *conditions: ConditionElement,
    principal: Principal | None = None,
    why: str = "",
) -> Statement:
    """Allow the actions in ``action_names`` on ``resources``, if all ``conditions`` hold.

    ``why``: what makes the wildcards in ``resources`` necessary and harmless; it goes into the resource's metadata.
    """
    extra: dict[str, Any] = {}
    if conditions:
        extra["Condition"] = Condition(list(conditions))
    if principal:
        extra["Principal"] = principal
    statement = Statement(Effect=Allow, Action=actions(action_names), Resource=list(resources), **extra)
    statement.__dict__[_WHY] = why  # not a property: no part of the policy
    return statement


def reason_of(statement: Statement) -> str:
    """Why the statement has wildcards, as given to ``allow``."""
    return str(statement.__dict__.get(_WHY, ""))


def deny_plain_http(service: str, *resources: Any) -> Statement:
    """Deny every request to ``resources`` of a service without TLS."""
    return Statement(
        Sid="TlsOnly",
        Effect=Deny,
        Principal=Principal("*"),
        Action=[Action(service, "*")],
        Resource=list(resources),
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
