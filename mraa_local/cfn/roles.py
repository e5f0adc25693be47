"""What CloudFormation may do under a role: trust policies, and the stack set's execution role at every resource.

The engine evaluates whoever calls its API, but runs the stacks themselves unchecked; a permission missing from the
execution role would show only on AWS. What each resource needs is in ``permissions``.
"""

import contextvars
import json
from types import TracebackType

import ministack.app as engine
from ministack.core import iam_evaluator
from ministack.core.responses import get_region, new_uuid
from ministack.services import iam
from ministack.services.cloudformation import helpers

from mraa_local.cfn import changes, permissions
from mraa_local.cfn.permissions import Change
from mraa_local.cfn.reasons import handler_message
from mraa_local.service_roles import ServiceRole

HOOKED = (
    *permissions.HOOKED,
    "ministack.app.AUTH",
    "ministack.core.iam_evaluator.EvalContext",
    "ministack.core.iam_evaluator.evaluate_trust_policy",
    "ministack.services.iam._roles",
)

SERVICE = "cloudformation.amazonaws.com"


class Denied(Exception):
    """The role may not do that; the text is AWS's."""


class Acting:
    """While entered, stack operations (and the tasks they start) are done under this role."""

    def __init__(self, account: str, role_name: str, stack_set_arn: str) -> None:
        self._account = account
        self._role_name = role_name
        self._role = ServiceRole(_role_arn(account, role_name), SERVICE, source_arn=stack_set_arn)
        self._token: contextvars.Token[Acting | None] | None = None

    def __enter__(self) -> "Acting":
        self._token = _acting.set(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._token is not None:
            _acting.reset(self._token)

    def require(self, action: str, resource_arn: str, keys: dict[str, str] | None = None) -> None:
        """Raise Denied unless the role's policies allow it."""
        if not self._role.may(action, resource_arn, get_region(), keys=keys):
            session = f"arn:aws:sts::{self._account}:assumed-role/{self._role_name}/{new_uuid()}"
            raise Denied(
                f"User: {session} is not authorized to perform: {action} on resource: {resource_arn} "
                f"because no identity-based policy allows the {action} action"
            )


_acting: contextvars.ContextVar[Acting | None] = contextvars.ContextVar("mraa_cfn_acting", default=None)


def refusal(administration_role_arn: str, execution_role_name: str, account: str, stack_set_arn: str) -> str:
    """Why StackSets cannot act in the account under these roles, in AWS's words; empty when it can.

    StackSets makes the execution role's ARN from its name, so that a role below a path is not found.
    """
    if not engine.AUTH:
        return ""
    administration = ServiceRole(administration_role_arn, SERVICE, source_arn=stack_set_arn)
    execution_arn = _role_arn(account, execution_role_name)
    if (
        administration.can_be_assumed()
        and _trusts(execution_arn, execution_role_name, account, administration_role_arn)
        and administration.may("sts:AssumeRole", execution_arn, get_region())
    ):
        return ""
    return (
        f"Account {account} should have '{execution_role_name}' role with trust relationship to Role "
        f"'{administration_role_arn.rpartition('/')[2]}'."
    )


def _trusts(role_arn: str, role_name: str, account: str, caller_arn: str) -> bool:
    """Whether the role exists under that very ARN and its trust policy lets the caller in."""
    role = iam._roles.get_scoped(account, None, role_name)
    if role is None or role["Arn"] != role_arn:
        return False
    trust = role["AssumeRolePolicyDocument"]
    document = json.loads(trust) if isinstance(trust, str) else trust
    context = iam_evaluator.EvalContext(caller_arn, "AssumedRole", account, "sts:AssumeRole", role_arn, get_region())
    return bool(iam_evaluator.evaluate_trust_policy(document, caller_arn, context))


def _role_arn(account: str, role_name: str) -> str:
    return f"arn:aws:iam::{account}:role/{role_name}"


def _check(change: Change) -> None:
    """Raise ValueError, the resource's status reason, unless the acting role may make the change."""
    acting = _acting.get()
    if acting is None or not engine.AUTH:
        return
    try:
        everything = permissions.needed(change)
    except LookupError as error:
        raise ValueError(
            f"The local cloud does not know which permissions {change.resource_type} needs under a role."
        ) from error
    for needed in everything:
        try:
            acting.require(needed.action, needed.resource_arn, needed.keys)
        except Denied as denied:
            service = needed.action.partition(":")[0]
            raise ValueError(
                handler_message(helpers._sdk_error(str(denied), service.capitalize(), 403), "AccessDenied")
            ) from denied


def install() -> None:
    """Check before every change that a stack makes to a resource."""
    changes.before(_check)
