"""What the local cloud does not do with secrets is refused; the engine would replicate at once, or ignore it."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from mraa_local.engine import application
from mraa_local.engine.application import Request
from mraa_local.engine.scope import Answer

_OPERATIONS = ("ReplicateSecretToRegions", "RemoveRegionsFromReplication", "RotateSecret", "StopReplicationToReplica")
_PARAMETER = "AddReplicaRegions"


def install() -> None:
    """Check before the engine's dispatcher."""
    application.around_dispatch(_checked)


async def _checked(request: Request, proceed: Callable[[], Awaitable[Answer]]) -> Answer:
    operation = request.headers.get("x-amz-target", "").rpartition(".")[2]
    if request.service != "secretsmanager":
        return await proceed()
    unsupported = operation if operation in _OPERATIONS else _PARAMETER if _PARAMETER in _document(request) else ""
    if not unsupported:
        return await proceed()
    answer = {
        "__type": "InvalidRequestException",
        "message": f"The local cloud does not support {unsupported} of secrets.",
    }
    return 400, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(answer).encode()


def _document(request: Request) -> dict[str, Any]:
    try:
        document = json.loads(request.body or b"{}")
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}
