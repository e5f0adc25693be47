"""Custom resources: the call of the function, and its answer on the way back."""

from collections.abc import Callable
from typing import Any

from ministack.services.cloudformation import custom_resource


def judge_answers(judge: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Take ``judge(answer)`` for the answer that a function sent."""
    original = custom_resource.deliver_response
    custom_resource.deliver_response = lambda token, answer: bool(original(token, judge(answer)))


def around_call(around: Callable[[str, str, str, Callable[[], Any]], Any]) -> None:
    """Have ``around(request type, logical id, stack name, go on)`` call the function.

    Going on raises RuntimeError with the reason of an answer that says FAILED, and TimeoutError if none comes.
    """
    original = custom_resource.invoke_custom_resource

    def invoke(
        request_type: str, logical_id: str, props: dict[str, Any], stack_name: str, *more: Any, **named: Any
    ) -> Any:
        return around(
            request_type,
            logical_id,
            stack_name,
            lambda: original(request_type, logical_id, props, stack_name, *more, **named),
        )

    custom_resource.invoke_custom_resource = invoke
