"""The local cloud's errors: an exception tree of its own, because it imports nothing of the tool.

    LocalCloudError         failed (exit 1)
    ├── RefusedError        invalid options or fault; no changes made (exit 2)
    ├── UnreachableError    no local cloud answers
    └── EngineError         the engine is missing, or is not the version that the ports were written for

A message says what failed; ``hint`` says what to do next.
"""

# by an address: the name alone is anybody's on the public package index
GET_IT = "Install it from where mraa came from: pip install 'mraa[local] @ ADDRESS', a file:// or git+https:// one."


class LocalCloudError(Exception):
    """Base of all errors shown to a person: one line, and a hint."""

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class RefusedError(LocalCloudError):
    """Invalid options, or an invalid fault: no changes made."""

    exit_code = 2


class UnreachableError(LocalCloudError):
    """No local cloud answers at this address."""


class EngineError(LocalCloudError):
    """The engine is missing, or is not the version that the ports were written for."""
