"""Everything the tool says when it cannot go on.

    MraaError                  failed (exit 1)
    ├── UsageError             the words or the settings are off; nothing was touched (exit 2)
    │   └── CredentialsError   AWS does not know who is asking
    ├── AwsError               AWS refused a call; carries AWS's own code and reason
    │   └── UnreachableError   no answer: the Region, the endpoint or the network is down
    ├── StackError             a stack or stack set ended where it should not have
    ├── StateConflictError     the application state is not what the plan saw
    ├── DeclinedError          the person said no; nothing was touched
    ├── FailedDrillError       a drill did not show what was promised
    └── NotReadyError          the answer is "not ready" or "drifted" (exit 3)

A message has three parts: what failed and where, AWS's reason, and (``hint``) what to do next.
"""


class MraaError(Exception):
    """Base of all errors shown to a person: one line, and a hint."""

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(MraaError):
    """Bad words, bad settings: refused before anything was touched."""

    exit_code = 2


class CredentialsError(UsageError):
    """No credentials, expired ones, or ones AWS does not know."""


class AwsError(MraaError):
    """AWS refused a call. ``code`` is AWS's error code, ``reason`` its words."""

    def __init__(self, message: str, hint: str = "", *, code: str = "", reason: str = "") -> None:
        super().__init__(message, hint)
        self.code = code
        self.reason = reason


class UnreachableError(AwsError):
    """No answer in time, or a 5xx that went on: the Region or the network is down."""


class StackError(MraaError):
    """A stack or stack set operation failed; the message names the first cause."""


class StateConflictError(MraaError):
    """Somebody else changed the application state in between."""


class DeclinedError(MraaError):
    """The person declined; nothing was touched."""


class FailedDrillError(MraaError):
    """A promise did not hold, or the drill did not show that it does."""


class NotReadyError(MraaError):
    """Not ready to fail over, or drifted."""

    exit_code = 3
