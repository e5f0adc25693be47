"""Custom resources as CloudFormation treats them: its words, its limit for answers, and a Delete after a failed Create.

The engine runs the function and waits up to ``ServiceTimeout``; its answer is evaluated here.
"""

import json
from collections.abc import Callable
from typing import Any

from mraa_local.cfn.lifecycle import HalfCreated
from mraa_local.engine import custom_resources
from mraa_local.engine.scope import new_id

ANSWER_MAX_BYTES = 4096


class Reason(str):
    """The reason of a failure, with the physical id that came with it; the engine passes on the text only."""

    physical_id = ""


def failed(reason: str, physical_id: str) -> dict[str, str]:
    """An answer with the status FAILED."""
    text = Reason(reason)
    text.physical_id = physical_id
    return {"Status": "FAILED", "Reason": text, "PhysicalResourceId": physical_id}


def judged(response: dict[str, Any]) -> dict[str, Any]:
    """The answer as CloudFormation evaluates it."""
    physical_id = str(response.get("PhysicalResourceId") or "")
    request_id = response.get("RequestId", "")
    if len(json.dumps(response).encode()) > ANSWER_MAX_BYTES:
        return failed("Response object is too long.", physical_id)
    if response.get("Status") == "FAILED":
        said = response.get("Reason") or "no reason was given"
        return failed(
            f"Received response status [FAILED] from custom resource. Message returned: {said} "
            f"(RequestId: {request_id})",
            physical_id,
        )
    if response.get("Status") != "SUCCESS":
        return failed("Invalid response object: invalid value for parameter Status", physical_id)
    if not physical_id:
        return failed("Invalid PhysicalResourceId", "")
    return response


def _call(request_type: str, logical_id: str, stack_name: str, proceed: Callable[[], Any]) -> Any:
    try:
        return proceed()
    except RuntimeError as error:
        physical_id = getattr(error.args[0], "physical_id", "")
        if request_type == "Create" and physical_id:
            raise HalfCreated(physical_id, str(error)) from error
        raise ValueError(str(error)) from error
    except TimeoutError as error:
        reason = (
            "CloudFormation did not receive a response from your Custom Resource. "
            f"Please check your logs for requestId [{new_id()}]."
        )
        if request_type == "Create":
            raise HalfCreated(f"{stack_name}-{logical_id}-{new_id()[:8]}", reason) from error
        raise ValueError(reason) from error


def install() -> None:
    """Wrap the engine's call of the function and its receipt of the answer."""
    custom_resources.judge_answers(judged)
    custom_resources.around_call(_call)
