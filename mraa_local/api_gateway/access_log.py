"""Access logs of a stage, written to the log group that the stage names."""

import json
import logging
import re
import time
from typing import Any

from ministack.core.arn import ArnParseError, parse_arn
from ministack.core.responses import request_scope
from ministack.services import cloudwatch_logs

from mraa_local.api_gateway.call import Answer, Call

HOOKED = (
    "ministack.core.arn.parse_arn",
    "ministack.services.cloudwatch_logs._create_log_stream",
    "ministack.services.cloudwatch_logs._log_groups",
    "ministack.services.cloudwatch_logs._put_log_events",
)

logger = logging.getLogger(__name__)
_VARIABLE = re.compile(r"\$context\.([A-Za-z][\w.]*\w|[A-Za-z])")


def write(call: Call, answer: Answer) -> None:
    """Log a finished request as the stage's format says; nothing where the stage has no access log."""
    settings = call.stage.get("accessLogSettings") or {}
    destination, line = settings.get("destinationArn", ""), settings.get("format", "")
    if not destination or not line:
        return
    try:
        parsed = parse_arn(destination)
    except ArnParseError:
        logger.warning("access log: %s is not the ARN of a log group", destination)
        return
    group = parsed.resource.removeprefix("log-group:").removesuffix(":*")
    with request_scope(call.account_id, parsed.region):
        if group not in cloudwatch_logs._log_groups:
            logger.warning("access log: no log group %s", group)
            return
        stream = f"{call.api_id}-{call.stage_name}"
        if stream not in cloudwatch_logs._log_groups[group]["streams"]:
            cloudwatch_logs._create_log_stream({"logGroupName": group, "logStreamName": stream})
        event = {"timestamp": int(time.time() * 1000), "message": _line(line, _variables(call, answer))}
        cloudwatch_logs._put_log_events({"logGroupName": group, "logStreamName": stream, "logEvents": [event]})


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
