"""Custom resources as CloudFormation treats them: its words, its limit for answers, and a Delete after a failed Create.

The engine runs the function and waits up to ``ServiceTimeout``; what it does with the answer is put right here.
"""

import json
from typing import Any

from ministack.core.responses import new_uuid
from ministack.services.cloudformation import custom_resource

from mraa_local.cfn.lifecycle import HalfCreated

HOOKED = (
    "ministack.services.cloudformation.custom_resource.deliver_response",
    "ministack.services.cloudformation.custom_resource.invoke_custom_resource",
)

ANSWER_MAX_BYTES = 4096


class Reason(str):
    """The reason of a failure, with the physical id that came with it; the engine passes on the text alone."""

    physical_id = ""


def failed(reason: str, physical_id: str) -> dict[str, str]:
    """An answer that says FAILED."""
    text = Reason(reason)
    text.physical_id = physical_id
    return {"Status": "FAILED", "Reason": text, "PhysicalResourceId": physical_id}


def judged(response: dict[str, Any]) -> dict[str, Any]:
    """The answer as CloudFormation takes it."""
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


def install() -> None:
    """Wrap the engine's call of the function and its receipt of the answer."""
    original_deliver, original_invoke = custom_resource.deliver_response, custom_resource.invoke_custom_resource

    def deliver_response(token: str, response: dict[str, Any]) -> bool:
        return bool(original_deliver(token, judged(response)))

    def invoke_custom_resource(
        request_type: str, logical_id: str, props: dict[str, Any], stack_name: str, *more: Any, **named: Any
    ) -> Any:
        try:
            return original_invoke(request_type, logical_id, props, stack_name, *more, **named)
        except RuntimeError as error:
            physical_id = getattr(error.args[0], "physical_id", "")
            if request_type == "Create" and physical_id:
                raise HalfCreated(physical_id, str(error)) from error
            raise ValueError(str(error)) from error
        except TimeoutError as error:
            reason = (
                "CloudFormation did not receive a response from your Custom Resource. "
                f"Please check your logs for requestId [{new_uuid()}]."
            )
            if request_type == "Create":
                raise HalfCreated(f"{stack_name}-{logical_id}-{new_uuid()[:8]}", reason) from error
            raise ValueError(reason) from error

    custom_resource.deliver_response = deliver_response
    custom_resource.invoke_custom_resource = invoke_custom_resource
