"""The actions of the CloudFormation API: add one, or wrap one.

An action gets the flat parameters of the query protocol, each with a list of values, on the event loop.
"""

import functools
import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

from ministack.core import iam_actions
from ministack.services.cloudformation import handlers, helpers

from mraa_local.engine.check import rebind
from mraa_local.engine.scope import Answer

Params = dict[str, list[str]]
PAGE_SIZE = int(helpers.PAGE_SIZE)


class PageTokenRefused(Exception):
    """The page token is not one of this action's; ``answer`` is AWS's refusal."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("page token")
        self.answer = answer


def register(action: str, handle: Callable[[Params], Answer]) -> None:
    """Add an action to the API."""
    handlers._ACTION_HANDLERS[action] = handle


def perform(action: str, params: Params) -> Answer:
    """Perform an action from inside, on the event loop, with all that is around it; nobody's right to it is checked."""
    answer: Answer = handlers._ACTION_HANDLERS[action](params)
    return answer


def around(action: str, around: Callable[[Params, Callable[[Params], Answer]], Answer]) -> None:
    """Have ``around`` answer the action; its second argument calls the engine's own."""
    original = handlers._ACTION_HANDLERS[action]
    handlers._ACTION_HANDLERS[action] = lambda params: around(params, original)


def around_delete_stack(around: Callable[[Params, Callable[[Params], Answer]], Answer]) -> None:
    """The same for DeleteStack, also if stack sets or the engine itself call it."""
    original = handlers._delete_stack

    def delete_stack(params: Params) -> Answer:
        return around(params, original)

    rebind(original, delete_stack)
    handlers._ACTION_HANDLERS["DeleteStack"] = delete_stack


def parameter(params: Params, name: str) -> str:
    """The parameter's value; empty if it is not given."""
    return str(helpers._p(params, name))


def success(action: str, content: str = "") -> Answer:
    """The answer of an action that succeeded, with this XML in it."""
    answer: Answer = helpers._xml(200, f"{action}Response", content)
    return answer


def refusal(code: str, message: str, status: int = 400) -> Answer:
    """The answer of an action that is refused."""
    answer: Answer = helpers._error(code, message, status)
    return answer


def page(items: list[Any], params: Params, action: str, size: int) -> tuple[list[Any], str]:
    """The page that is asked for, and the next token as XML; raises PageTokenRefused."""
    members, next_token, wrong_token = helpers._page(items, params, action, size)
    if wrong_token:
        raise PageTokenRefused(tuple(wrong_token))
    return list(members), str(next_token)


class Named(NamedTuple):
    """A request whose resource is asked for. ``params``: of the query protocols; ``body``: of all others."""

    params: Params
    body: bytes
    region: str
    account_id: str
    path: str = "/"


def name_resource(service: str, arn_of: Callable[[Named], str]) -> None:
    """Let policies name what a service's action is about; ``arn_of`` answers empty if it does not know."""
    original = iam_actions.extract_resource_arn
    signature = inspect.signature(original)

    @functools.wraps(original)  # whoever wraps it again finds the names of its arguments
    def extract_resource_arn(*args: Any, **kwargs: Any) -> str:
        given = signature.bind(*args, **kwargs).arguments
        arn = ""
        if given["service"] == service:
            arn = arn_of(
                Named(given["query_params"], given["body"], given["region"], given["account_id"], given["path"])
            )
        return arn or str(original(*args, **kwargs))

    iam_actions.extract_resource_arn = extract_resource_arn
