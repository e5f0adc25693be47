"""A function's processes are few, and its error reaches the caller as Lambda returns it."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from mraa_local.process import LocalCloud
from mraa_local.services.workers import WORKERS_PER_FUNCTION
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


def test_invocations_at_once_wait_for_one_of_a_few_processes(client: Callable[..., Any]) -> None:
    create_function(client, PRIMARY, "crowded", "import os\ndef handle(event, context): return os.getpid()")
    functions = client("lambda", PRIMARY)
    with ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(lambda _: functions.invoke(FunctionName="crowded"), range(80)))
    assert {answer["StatusCode"] for answer in answers} == {200}
    assert len({json.load(answer["Payload"]) for answer in answers}) <= WORKERS_PER_FUNCTION
