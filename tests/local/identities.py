"""IAM users with a few rights, and what a refusal says."""

from typing import Any

import pytest
from botocore.exceptions import ClientError


def allow(*actions: str, on: str | list[str] = "*", **condition: dict[str, Any]) -> dict[str, Any]:
    """A statement."""
    return {"Effect": "Allow", "Action": list(actions), "Resource": on} | (
        {"Condition": {name.replace("_", ":"): value for name, value in condition.items()}} if condition else {}
    )


def code_of(refused: pytest.ExceptionInfo[ClientError]) -> str:
    return str(refused.value.response["Error"]["Code"])
