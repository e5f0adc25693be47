"""What a service may do under a role it was given: the role's trust in the service, then the role's policies.

The engine evaluates callers, functions and signed-in users by itself, but not the roles that API Gateway and S3 assume,
so a missing permission there would only show on AWS.
"""

import re
from collections.abc import Mapping
from typing import Any

from mraa_local.engine import application, roles
from mraa_local.engine.roles import Asked, Principal

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
        if not application.is_auth_on():
            return True
        role = roles.find_in(self._account, self._name)
        if role is None or role.get("Arn") != self._role_arn:
            return False
        keys = {"aws:SourceAccount": self._account, "aws:SourceArn": self._source_arn}
        service = Principal(self._service, "Service", self._account)
        asked = Asked("sts:AssumeRole", self._role_arn, keys=keys)
        return roles.service_is_allowed(roles.trust_policy(role), service, asked)

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
        if not application.is_auth_on():
            return True
        session_arn = f"arn:aws:sts::{self._account}:assumed-role/{self._name}/{self._service.partition('.')[0]}"
        session = Principal(session_arn, "AssumedRole", self._account)
        return roles.role_is_allowed(
            self._name, session, Asked(action, resource_arn, region, keys or {}), resource_policy
        )
