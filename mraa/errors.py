"""The tool's errors.

    MraaError                  failed (exit 1)
    ├── UsageError             invalid arguments or settings; no changes made (exit 2)
    │   └── CredentialsError   no credentials, or AWS rejects them
    ├── AwsError               AWS rejected a call; with AWS's own code and reason
    │   └── UnreachableError   no answer: the Region, the endpoint or the network is down
    ├── StackError             a stack or stack set operation failed, or cannot start
    ├── StateConflictError     the application state is not what the plan was made for
    ├── DeclinedError          the plan was not confirmed; no changes made
    ├── FailedDrillError       a drill did not confirm what is promised
    └── NotReadyError          not ready for failover, or drifted (exit 3)

A message has three parts: what failed and where, AWS's reason, and (``hint``) what to do next.
"""


class MraaError(Exception):
    """Base of all errors shown to a person: one line and a hint."""

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(MraaError):
    """Invalid arguments or settings: rejected before anything was changed."""

    exit_code = 2


class CredentialsError(UsageError):
    """No credentials, expired ones, or ones that AWS rejects."""


class AwsError(MraaError):
    """AWS rejected a call. ``code`` is AWS's error code, ``reason`` its message."""

    def __init__(self, message: str, hint: str = "", *, code: str = "", reason: str = "") -> None:
        super().__init__(message, hint)
        self.code = code
        self.reason = reason


class UnreachableError(AwsError):
    """No answer in time, or 5xx after all retries: the Region or the network is down."""


class StackError(MraaError):
    """A stack or stack set operation failed, with its first cause, or cannot start."""


class StateConflictError(MraaError):
    """The application state was changed in the meantime."""


class DeclinedError(MraaError):
    """The plan was not confirmed; no changes made."""


class FailedDrillError(MraaError):
    """A promise was violated, or the drill did not confirm it."""


class NotReadyError(MraaError):
    """Not ready for failover, or drifted."""

    exit_code = 3
