"""The applications of one's own on a deployment, as their stacks describe them in each Region.

Each has an SSM parameter ``/mraa/<token>/application/<name>`` there. One that is broken, or somebody else's, must not
stop a failover: it is left out, and said.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from mraa.recovery.models import ApplicationInfo, RegionInfo

SCHEMA_VERSION = 1

_NAME = re.compile(r"/mraa/([0-9a-f]{32})/application/(.+)")
_APPLICATION = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")
_STORE = re.compile(r"[A-Za-z0-9_.-]{3,255}")  # a table's or a bucket's name


def json_object(text: str) -> dict[str, Any] | None:
    """A parameter's JSON object; None for anything else."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def read_applications(token: str, parameters: Mapping[str, str]) -> tuple[dict[str, ApplicationInfo], tuple[str, ...]]:
    """Those of the deployment by their name, in the order of names, and what is wrong with the parameters of others.

    ``parameters`` are SSM parameters of one Region: value by name.
    """
    found: dict[str, ApplicationInfo] = {}
    problems = []
    for parameter, text in sorted(parameters.items()):
        if not (match := _NAME.fullmatch(parameter)) or match[1] != token:
            continue
        try:
            found[match[2]] = _application(match[2], json_object(text))
        except ValueError as problem:
            problems.append(f"parameter {parameter} is unusable: {problem}")
    return found, tuple(problems)


def application_problems(infos: Sequence[RegionInfo]) -> list[tuple[str, str]]:
    """What is wrong with the applications' parameters, each with the Region it is about."""
    names = sorted({name for info in infos for name in info.applications})
    return [
        (info.region, problem)
        for info in infos
        for problem in (
            *info.application_problems,
            *(f"{name} has no usable parameter here" for name in names if name not in info.applications),
        )
    ]


def _application(name: str, document: Mapping[str, Any] | None) -> ApplicationInfo:
    """One application; ValueError says what is wrong."""
    if not _APPLICATION.fullmatch(name):
        raise ValueError(f"{name!r} is no application's name")
    if document is None:
        raise ValueError("it is no JSON object")
    if (version := document.get("schemaVersion", document.get("version"))) != SCHEMA_VERSION:
        raise ValueError(f"its schema version is {version!r}, not {SCHEMA_VERSION}")
    if document.get("name", name) != name:
        raise ValueError(f"its name is {document['name']!r}")
    outputs = document.get("outputs", {})
    if not isinstance(outputs, dict):
        raise ValueError("outputs is not an object")
    stack = document.get("stack", "")
    if not isinstance(stack, str):
        raise ValueError("stack is not a text")
    return ApplicationInfo(
        name,
        {key: value for key, value in outputs.items() if isinstance(value, str)},
        _stores(document, "tables"),
        _stores(document, "buckets"),
        stack,
    )


def _stores(document: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """Names, each once, in their order."""
    found = document.get(key, [])
    if not isinstance(found, list) or not all(isinstance(name, str) and _STORE.fullmatch(name) for name in found):
        raise ValueError(f"{key} is not a list of names")
    return tuple(dict.fromkeys(found))
