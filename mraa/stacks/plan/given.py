"""What is given for a stack beside its template: tags, a service role, a file of parameters.

The rules of tags are AWS's for all services
(https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html).
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mraa import names
from mraa.errors import UsageError
from mraa.stacks.plan.parameters import SECONDARY_REGION, require_topic

_TAGS_LIMIT = 50
_KEY = re.compile(r"[\w .:/=+@-]{1,128}")
_VALUE = re.compile(r"[\w .:/=+@-]{1,256}")
_ROLE = re.compile(r"arn:[a-z-]+:iam::\d{12}:role/[\w+=,.@/-]{1,576}", re.ASCII)
_SHOWN = 60


def read_tags(given: Iterable[str]) -> dict[str, str]:
    """Tags from texts ``KEY=VALUE``. UsageError for what AWS would not take."""
    tags: dict[str, str] = {}
    for text in given:
        key, equals, value = text.partition("=")
        if not equals:
            raise UsageError(f"--tags {_shown(text)} is no tag.", "Write it as KEY=VALUE.")
        if not (_KEY.fullmatch(key) and _VALUE.fullmatch(value)):
            raise UsageError(
                f"--tags {_shown(text)} is not valid: a key has 1 to 128 characters, a value 1 to 256, all of them "
                "letters, digits, spaces and _ . : / = + - @.",
                "Give another key or value.",
            )
        if key.lower().startswith("aws:"):
            raise UsageError(f"--tags {_shown(text)} is not valid: keys that begin with aws: are AWS's.", "Rename it.")
        if key in tags:
            raise UsageError(f"--tags gives {_shown(key)} twice.", "Give each key once.")
        tags[key] = value
    if len(tags) > _TAGS_LIMIT:
        raise UsageError(f"--tags gives {len(tags)} tags; a stack has {_TAGS_LIMIT} at most.", "Leave some out.")
    return tags


def require_role(arn: str) -> None:
    """UsageError unless it is a role's ARN."""
    if not _ROLE.fullmatch(arn):
        raise UsageError(
            f"--role-arn {_shown(arn)} is not the ARN of an IAM role.",
            "Write it as arn:aws:iam::123456789012:role/NAME.",
        )


def read_parameters(
    text: str, origin: str, regions: tuple[str, str], choices: Mapping[str, Sequence[str]]
) -> dict[str, str]:
    """The main stack's parameters from JSON: a list as the AWS CLI takes it, or an object of names and values.

    ``choices`` are the values of those that may be given, besides the secondary Region and the alarms' topics.
    UsageError, which begins with ``origin``, for what the stack does not have or does not take.
    """
    try:
        document = json.loads(text, object_pairs_hook=_without_duplicates)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{origin} is not valid JSON: {str(error)[:120]}.", "Fix the file.") from error
    match document:
        case dict():
            pairs = list(document.items())
        case list():
            pairs = [pair for entry in document for pair in _pair(entry, origin)]
        case _:
            raise UsageError(
                f"{origin} contains neither a list nor an object.",
                'Write [{"ParameterKey": "...", "ParameterValue": "..."}] or {"NAME": "VALUE"}.',
            )
    found: dict[str, str] = {}
    for name, value in pairs:
        if name in found:
            raise UsageError(f"{origin} gives {_shown(name)} twice.", "Give each parameter once.")
        found[name] = _checked(name, value, origin, regions, choices)
    # that is a setting, and given with every change
    found.pop(SECONDARY_REGION, None)
    return found


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names_given = [name for name, _ in pairs]
    if twice := sorted({name for name in names_given if names_given.count(name) > 1}):
        raise ValueError(f"{_shown(twice[0])} is given twice")
    return dict(pairs)


def _pair(entry: Any, origin: str) -> list[tuple[str, Any]]:
    """One entry of the AWS CLI's list; none for a previous value, which is kept anyway."""
    match entry:
        case {"ParameterKey": str(name), "ParameterValue": value, **more} if not more:
            return [(name, value)]
        case {"ParameterKey": str(), "UsePreviousValue": True, **more} if not more:
            return []
    raise UsageError(
        f"{origin}: {_shown(json.dumps(entry))} is no parameter.",
        'Write {"ParameterKey": "...", "ParameterValue": "..."}.',
    )


def _checked(name: str, value: Any, origin: str, regions: tuple[str, str], choices: Mapping[str, Sequence[str]]) -> str:
    known = [SECONDARY_REGION, *choices, *names.ALARM_TOPICS]
    if name not in known:
        raise UsageError(
            f"{origin}: {_shown(name)} is no parameter that can be given.", f"Parameters are: {', '.join(known)}."
        )
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise UsageError(f"{origin}: the value of {name} must be a text.", 'Write it as "...".')
    text = str(value)
    if name == SECONDARY_REGION:
        if text != regions[1]:
            raise UsageError(
                f"{origin}: {name} is {_shown(text)}, but the secondary Region is {regions[1]}.",
                "Leave it out there, or give another --secondary-region.",
            )
    elif name in names.ALARM_TOPICS:
        require_topic(text, regions[list(names.ALARM_TOPICS).index(name)], f"{origin}: {name}")
    elif text not in choices[name]:
        raise UsageError(f"{origin}: {name} cannot be {_shown(text)}.", f"Give one of {', '.join(choices[name])}.")
    return text


def _shown(text: str) -> str:
    return repr(text) if len(text) <= _SHOWN else f"{text[:_SHOWN]!r}..."
