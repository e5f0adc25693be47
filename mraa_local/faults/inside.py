"""A Region that is down serves nothing of its stores from inside either.

Functions, stack operations and CloudFront origins would reach it without a request to the endpoint. Replication asks
``regions.is_down`` by itself.
"""

from collections.abc import Callable
from typing import Any

from mraa_local import regions
from mraa_local.engine import distributions, functions, stacks
from mraa_local.engine.scope import region
from mraa_local.faults import requests


def install() -> None:
    """Refuse what would reach a Region that is down without a request to the endpoint."""
    functions.around_invocation(_invoked)
    distributions.refuse_origins(
        lambda bucket: _reason(requests.bucket_region(bucket)),
        lambda bucket: regions.hangs(requests.bucket_region(bucket)),
    )
    stacks.refuse_operations(lambda: _reason(region()))


def _invoked(arn: str, proceed: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    reason = _reason(arn.split(":")[3] if arn.count(":") >= 6 else "")
    if not reason:
        return proceed()
    return {"body": {"errorType": "ServiceUnavailable", "errorMessage": reason}, "error": True, "log": ""}


def _reason(name: str) -> str:
    return f"{name} is down." if regions.is_down(name) else ""
