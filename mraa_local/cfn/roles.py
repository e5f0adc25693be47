"""The roles that CloudFormation acts under: whether StackSets may assume them, and which one is acting at present."""

import contextvars
from collections.abc import Mapping
from types import TracebackType

from mraa_local import regions
from mraa_local.access.service_roles import ServiceRole
from mraa_local.engine import application
from mraa_local.engine import roles as iam
from mraa_local.engine.scope import new_id, region

SERVICE = "cloudformation.amazonaws.com"


class Denied(Exception):
    """Whoever acts may not do that; the text is AWS's."""

    def __init__(self, who: str, action: str, resource_arn: str) -> None:
        super().__init__(
            f"User: {who} is not authorized to perform: {action} on resource: {resource_arn} "
            f"because no identity-based policy allows the {action} action"
        )


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

    def require(self, action: str, resource_arn: str, keys: Mapping[str, str] | None = None) -> None:
        """Raise Denied unless the role's policies allow it."""
        if not self._role.may(action, resource_arn, region(), keys=keys):
            session = f"arn:aws:sts::{self._account}:assumed-role/{self._role_name}/{new_id()}"
            raise Denied(session, action, resource_arn)


_acting: contextvars.ContextVar[Acting | None] = contextvars.ContextVar("mraa_cfn_acting", default=None)


def acting() -> Acting | None:
    """The role that stack operations are done under here, if any."""
    return _acting.get()


def refusal(
    administration_role_arn: str, execution_role_name: str, account: str, stack_set_arn: str, target: str
) -> str:
    """Why StackSets cannot act in the account's Region ``target`` under these roles; empty when it can.

    In a Region that is disabled by default, the administration role must trust that Region's own principal as well:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-opt-in-regions.html

    StackSets makes the execution role's ARN from its name, so that a role below a path is not found.
    """
    if not application.is_auth_on():
        return ""
    if not regions.is_enabled(target):
        # in our words: AWS's are not documented
        return f"Region {target} is not enabled for account {account}."
    services = [SERVICE]
    if target in regions.opt_in():
        services.append(SERVICE.replace(".", f".{target}.", 1))
    administration = [ServiceRole(administration_role_arn, of, source_arn=stack_set_arn) for of in services]
    execution_arn = _role_arn(account, execution_role_name)
    if (
        all(role.can_be_assumed() for role in administration)
        and _trusts(execution_arn, execution_role_name, account, administration_role_arn)
        and administration[0].may("sts:AssumeRole", execution_arn, region())
    ):
        return ""
    return (
        f"Account {account} should have '{execution_role_name}' role with trust relationship to Role "
        f"'{administration_role_arn.rpartition('/')[2]}'."
    )


def _trusts(role_arn: str, role_name: str, account: str, caller_arn: str) -> bool:
    """Whether the role exists under that very ARN and its trust policy lets the caller in."""
    role = iam.find_in(account, role_name)
    return role is not None and role["Arn"] == role_arn and iam.trusts(role, caller_arn, account, region())


def _role_arn(account: str, role_name: str) -> str:
    return f"arn:aws:iam::{account}:role/{role_name}"
