"""Access logs of a stage, written to the log group that the stage names."""

import json
import logging
import re
import time
from typing import Any

from mraa_local.api_gateway.call import Call
from mraa_local.engine import log_groups
from mraa_local.engine.scope import Answer, scope

logger = logging.getLogger(__name__)
_LOG_GROUP_ARN = re.compile(r"arn:[^:]+:logs:(?P<region>[^:]+):[^:]*:log-group:(?P<name>[^:]+)(?::\*)?")
_VARIABLE = re.compile(r"\$context\.([A-Za-z][\w.]*\w|[A-Za-z])")


def write(call: Call, answer: Answer) -> None:
    """Log a finished request in the stage's format; nothing if the stage has no access log."""
    settings = call.stage.get("accessLogSettings") or {}
    destination, line = settings.get("destinationArn", ""), settings.get("format", "")
    if not destination or not line:
        return
    found = _LOG_GROUP_ARN.fullmatch(destination)
    if not found:
        logger.warning("access log: %s is not the ARN of a log group", destination)
        return
    with scope(call.account_id, found["region"]):
        if log_groups.exists(found["name"]):
            stream = f"{call.api_id}-{call.stage_name}"
            log_groups.write(found["name"], stream, _line(line, _variables(call, answer)))
        else:
            logger.warning("access log: no log group %s", found["name"])


def _variables(call: Call, answer: Answer) -> dict[str, Any]:
    status, _, body = answer
    return {
        **call.context(),
        "status": status,
        "responseLength": len(body),
        "responseLatency": int((time.time() - call.started) * 1000),
        "integrationLatency": call.integration_ms,
        "integrationStatus": call.integration_status,
        "integration": {"latency": call.integration_ms, "status": call.integration_status},
        "error": {**call.error, "messageString": json.dumps(call.error["message"]) if call.error else ""},
    }


def _line(form: str, variables: dict[str, Any]) -> str:
    def value(found: re.Match[str]) -> str:
        at: Any = variables
        for name in found[1].split("."):
            at = at.get(name) if isinstance(at, dict) else None
        return "-" if at in (None, "") or isinstance(at, dict) else str(at)

    return _VARIABLE.sub(value, form)
