"""What holds for every answer of a custom resource, whatever was sent."""

import json
from collections.abc import Callable
from typing import Any

from shared.cloudformation import NotFromCloudFormation
from tests.functions.conftest import Context, event

# a reason that begins with one of these names no cause that a person could act on
_PYTHONS_OWN = (
    "KeyError",
    "TypeError",
    "AttributeError",
    "IndexError",
    "RecursionError",
    "NameError",
    "OverflowError",
    "ValueError",
)
_ANSWER_LIMIT_BYTES = 4096  # CloudFormation ignores a longer one


class Receiver:
    """Takes the answers in the place of ResponseURL."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    def put(self, url: str, body: bytes, context: Any) -> None:
        self.bodies.append(body)


def custom_resource(kind: str, properties: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An event as CloudFormation sends it."""
    made = event("cloudformation-create") | {"RequestType": kind, "ResourceProperties": properties, **more}
    return made if kind == "Create" else made | {"PhysicalResourceId": "mraa/it"}


def require_one_answer(receiver: Receiver, handle: Callable[[Any, Any], Any], sent: Any) -> dict[str, Any]:
    """The one answer, checked; empty if the event is not CloudFormation's and the function said so."""
    receiver.bodies.clear()
    try:
        assert handle(sent, Context()) is None
    except NotFromCloudFormation:
        assert not receiver.bodies
        return {}
    [body] = receiver.bodies
    answer: dict[str, Any] = json.loads(body)
    assert answer.keys() == {
        "StackId", "RequestId", "LogicalResourceId", "Status", "Reason", "PhysicalResourceId", "Data",
    }  # fmt: skip
    assert answer["Status"] in ("SUCCESS", "FAILED")
    assert answer["Reason"].isprintable()
    assert answer["Reason"].isascii()
    assert not answer["Reason"].startswith(_PYTHONS_OWN), answer["Reason"]
    assert all(isinstance(value, str) for value in answer["Data"].values())
    echoed = ("StackId", "RequestId", "LogicalResourceId", "PhysicalResourceId")
    if max(len(str(sent.get(name))) for name in echoed) < 300:
        assert len(body) <= _ANSWER_LIMIT_BYTES
    return answer
