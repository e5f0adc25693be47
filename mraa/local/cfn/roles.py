"""What CloudFormation may do under a role: trust policies, and the stack set's execution role at every resource.

The engine evaluates whoever calls its API, but runs the stacks themselves unchecked; a permission missing from the
execution role would show only on AWS.
"""

import contextvars
from dataclasses import dataclass
from types import TracebackType

HOOKED: tuple[str, ...] = ()

_acting: contextvars.ContextVar["Acting | None"] = contextvars.ContextVar("mraa_cfn_acting", default=None)


@dataclass
class Acting:
    """While entered, stack operations (and the tasks they start) are done under this role."""

    account: str
    role_name: str
    _token: "contextvars.Token[Acting | None] | None" = None

    def __enter__(self) -> "Acting":
        self._token = _acting.set(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._token is not None:
            _acting.reset(self._token)


def refusal(administration_role_arn: str, execution_role_name: str, account: str) -> str:
    """Why StackSets cannot act in the account under these roles, in AWS's words; empty when it can."""
    return ""


def install() -> None:
    """Nothing yet."""
