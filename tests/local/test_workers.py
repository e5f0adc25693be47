"""A function's error reaches the caller as Lambda returns it: the exception's class and message."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from mraa_local.process import LocalCloud
from tests.local.requests import create_function
from tests.regions import PRIMARY

SOURCE = """
class StateConflict(Exception):
    pass

def handle(event, context):
    raise {"conflict": StateConflict, "value": ValueError}[event["kind"]](event["text"])
"""


@pytest.mark.parametrize(
    ("kind", "text", "error_type"),
    [
        ("conflict", "changed in between", "StateConflict"),
        ("value", "two\nlines (with) [signs]", "ValueError"),
        ("value", "", "ValueError"),
    ],
)
def test_an_error_has_the_class_of_its_exception(
    cloud: LocalCloud, client: Callable[..., Any], kind: str, text: str, error_type: str
) -> None:
    name = f"raises-{kind}-{len(text)}"
    create_function(client, PRIMARY, name, SOURCE)
    payload = json.dumps({"kind": kind, "text": text}).encode()
    answer = client("lambda", PRIMARY).invoke(FunctionName=name, Payload=payload)
    assert answer["FunctionError"] == "Unhandled"
    document = json.load(answer["Payload"])
    assert (document["errorType"], document["errorMessage"]) == (error_type, text)
