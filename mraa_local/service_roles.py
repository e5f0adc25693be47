"""What a service may do under a role it was given: the role's trust in the service, then the role's policies.

The engine evaluates callers, functions and signed-in users by itself, but not the roles that API Gateway and S3
assume on their own account, so a missing permission there would only show on AWS.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

import ministack.app as engine
from ministack.core import iam_evaluator
from ministack.services import iam

HOOKED = (
    "ministack.app.AUTH",
    "ministack.core.iam_evaluator.EvalContext",
    "ministack.core.iam_evaluator.combine_resource_policy",
    "ministack.core.iam_evaluator.evaluate",
    "ministack.core.iam_evaluator.evaluate_resource_policy",
    "ministack.core.iam_evaluator._gather_role_policies",
    "ministack.core.iam_evaluator._permissions_boundary",
    "ministack.services.iam._roles",
)

_ROLE_ARN = re.compile(r"arn:[a-z-]+:iam::(?P<account>\d{12}):role/(?:.+/)?(?P<name>[^/]+)")


class ServiceRole:
    """A role as one service sees it. Without authentication everything is allowed, as everywhere in the engine.

    ``source_arn`` is the resource on whose behalf the service acts; trust policies may ask for it.
    """

    def __init__(self, role_arn: str, service: str, *, source_arn: str) -> None:
        self._role_arn = role_arn
        self._service = service
        self._source_arn = source_arn
        matched = _ROLE_ARN.fullmatch(role_arn)
        self._account, self._name = (matched["account"], matched["name"]) if matched else ("", "")

    def can_be_assumed(self) -> bool:
        """Whether the role exists and its trust policy lets the service in."""
        if not engine.AUTH:
            return True
        role = iam._roles.get_scoped(self._account, None, self._name)
        if role is None or role.get("Arn") != self._role_arn:
            return False
        trust = role.get("AssumeRolePolicyDocument") or "{}"
        document = json.loads(trust) if isinstance(trust, str) else trust
        keys = {"aws:sourceaccount": self._account, "aws:sourcearn": self._source_arn}
        context = iam_evaluator.EvalContext(
            self._service, "Service", self._account, "sts:AssumeRole", self._role_arn, "", service_context=keys
        )
        return bool(
            iam_evaluator.evaluate_resource_policy(document, context, service=self._service).decision == "Allow"
        )

    def may(
        self,
        action: str,
        resource_arn: str,
        region: str,
        *,
        keys: Mapping[str, Any] | None = None,
        resource_policy: Any = None,
    ) -> bool:
        """Whether the role's policies allow ``action``, unless ``resource_policy`` of the same account denies it."""
        if not engine.AUTH:
            return True
        session_arn = f"arn:aws:sts::{self._account}:assumed-role/{self._name}/{self._service.partition('.')[0]}"
        context = iam_evaluator.EvalContext(
            session_arn,
            "AssumedRole",
            self._account,
            action,
            resource_arn,
            region,
            secure_transport=True,
            service_context={key.lower(): value for key, value in (keys or {}).items()},
        )
        decision = iam_evaluator.evaluate(
            context,
            iam_evaluator._gather_role_policies(self._name, self._account),
            *iam_evaluator._permissions_boundary(iam._roles, self._name, self._account),
        )
        if resource_policy:
            decision = iam_evaluator.combine_resource_policy(decision, context, resource_policy, self._account)
        return bool(decision.decision == "Allow")
