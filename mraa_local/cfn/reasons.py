"""The words in which CloudFormation's resource handlers pass a service's refusal on."""

import html
import json
import re
from typing import NoReturn

from mraa_local.engine.scope import Answer, new_id


def message_of(answer: Answer) -> str:
    """The message in an error document of the engine, XML or JSON."""
    body = answer[2].decode() if isinstance(answer[2], bytes) else str(answer[2])
    if body.lstrip().startswith("{"):
        parsed = json.loads(body)
        return str(parsed.get("message") or parsed.get("Message") or body)
    found = re.search(r"<Message>(.*?)</Message>", body, re.DOTALL)
    return html.unescape(found[1]) if found else body


def handler_message(message: str, code: str = "InvalidRequest") -> str:
    """A resource's status reason, with one of the handlers' error codes."""
    return f'Resource handler returned message: "{message}" (RequestToken: {new_id()}, HandlerErrorCode: {code})'


def no_previous_value(key: str) -> str:
    """A parameter that is to keep its value has none."""
    return (
        f"Invalid input for parameter key {key}. Cannot specify usePreviousValue as true for a parameter key not in "
        "the previous template"
    )


def refuse(message: str, service: str, status: int, code: str) -> NoReturn:
    """Raise ValueError, the resource's status reason, with what the service's SDK adds to the message."""
    detail = f"(Service: {service}, Status Code: {status}, Request ID: {new_id()}) (SDK Attempt Count: 1)"
    raise ValueError(handler_message(f"{message} {detail}", code))


def checked(answer: Answer, service: str, code: str = "InvalidRequest") -> Answer:
    """The answer of a service's own function; raises ValueError, the resource's status reason, for a refusal."""
    if answer[0] >= 400:
        refuse(message_of(answer), service, answer[0], code)
    return answer
