"""A function's processes are few, and its error reaches the caller as Lambda returns it."""

import json
import sys
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


def returned(client: Callable[..., Any], name: str) -> Any:
    return json.load(client("lambda", PRIMARY).invoke(FunctionName=name)["Payload"])


@pytest.mark.skipif(sys.platform != "linux", reason="each has a process of its own there")
def test_all_processes_are_forked_from_one_and_draw_different_numbers(
    cloud: LocalCloud, client: Callable[..., Any]
) -> None:
    source = "import os, random\ndef handle(event, context): return [os.getppid(), os.getpid(), random.random()]"
    for name in ("forked", "also-forked"):
        create_function(client, PRIMARY, name, source)
    one, other = returned(client, "forked"), returned(client, "also-forked")
    assert one[0] == other[0] != cloud.pid
    assert one[1] != other[1]
    assert one[2] != other[2]


def test_a_function_finds_its_own_folder_arguments_and_environment_and_nothing_of_the_cloud(
    client: Callable[..., Any],
) -> None:
    source = """
import os, sys
def handle(event, context):
    return [os.getcwd(), sys.argv, sys.path[:2], os.environ["AWS_LAMBDA_FUNCTION_NAME"], sys.stdin.isatty()]
"""
    create_function(client, PRIMARY, "looks-around", source)
    folder, words, found, name, is_terminal = returned(client, "looks-around")
    assert folder.endswith("/code")
    assert words == [f"{folder.removesuffix('code')}_worker.py"]
    assert found == [folder, folder.removesuffix("/code")]
    assert (name, is_terminal) == ("looks-around", False)


def test_a_function_that_brings_its_own_version_of_the_sdk_gets_that(client: Callable[..., Any]) -> None:
    source = "import jmespath\ndef handle(event, context): return jmespath.__version__"
    create_function(client, PRIMARY, "brings-its-own", source, jmespath="__version__ = 'its own'")
    assert returned(client, "brings-its-own") == "its own"


def test_a_function_may_have_processes_of_its_own(client: Callable[..., Any]) -> None:
    source = """
import multiprocessing
def handle(event, context):
    receiver, sender = multiprocessing.Pipe()
    child = multiprocessing.get_context("fork").Process(target=sender.send, args=("done",))
    child.start()
    child.join()
    return receiver.recv()
"""
    create_function(client, PRIMARY, "has-children", source)
    assert returned(client, "has-children") == "done"
