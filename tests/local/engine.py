"""The engine in this process, restored after each test: for the tests of the ports, without a server."""

import asyncio
import copy
import importlib
import json
import pkgutil
import sys
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from typing import Any, TypeVar

from ministack.services.cloudformation import drift, handlers, provisioners

from mraa_local import engine as ports
from mraa_local.engine import stacks
from mraa_local.engine.scope import Answer
from mraa_local.engine.stacks import Stack

for _port in pkgutil.iter_modules(ports.__path__):
    importlib.import_module(f"{ports.__name__}.{_port.name}")

T = TypeVar("T")
_TABLES = (
    drift._DRIFT_READERS,
    handlers._ACTION_HANDLERS,
    provisioners._RESOURCE_HANDLERS,
    provisioners._REPLACING_PROPERTIES,
)


@contextmanager
def restored() -> Iterator[None]:
    """Undo, at the end, everything that ports replace in the engine."""
    modules = {name: module for name, module in sys.modules.items() if name.split(".")[0] == "ministack"}
    before = {name: dict(vars(module)) for name, module in modules.items()}
    tables = [copy.deepcopy(table) for table in _TABLES]
    try:
        yield
    finally:
        for name, module in modules.items():
            vars(module).update(before[name])
        for table, was in zip(_TABLES, tables, strict=True):
            table.clear()
            table.update(was)


def run_async(coroutine: Coroutine[Any, Any, T]) -> T:
    """Its result, from an event loop in a thread: browser tests leave one running in the main thread."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(copy_context().run, asyncio.run, coroutine).result()


async def operate(action: str, name: str, template: dict[str, Any] | None = None) -> Stack:
    """The stack once the operation has ended."""
    params = {"StackName": [name]}
    if template is not None:
        params["TemplateBody"] = [json.dumps(template)]
    status, _, body = stacks.operate(action, params)
    assert status == 200, body
    await asyncio.sleep(0)
    while True:
        stack = stacks.find(name)
        assert stack is not None
        if not stack["StackStatus"].endswith("_IN_PROGRESS"):
            return stack
        await asyncio.sleep(0.01)


def ask(action: str, params: dict[str, str]) -> Answer:
    """What the CloudFormation API answers to an action."""
    answer: Answer = handlers._ACTION_HANDLERS[action]({name: [value] for name, value in params.items()})
    return answer
