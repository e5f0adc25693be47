"""What Step Functions finds wrong in a definition before there is a state machine, in its words.

https://states-language.net/spec.html. What the local cloud would ignore is refused too.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from mraa_local.state_machines import integrations

_FAILED = "SCHEMA_VALIDATION_FAILED"
_TARGET = "MISSING_TRANSITION_TARGET"
_ENDS = ("Succeed", "Fail")
_GOES_ON = ("Pass", "Task", "Wait", "Parallel", "Map")
_TYPES = (*_GOES_ON, "Choice", *_ENDS)
_WAITS = ("Seconds", "SecondsPath", "Timestamp", "TimestampPath")


def problems(text: str) -> list[str]:
    """Everything that is wrong, with its place; none for a definition that can be run here."""
    try:
        definition = json.loads(text)
    except ValueError as error:
        return [f"INVALID_JSON_DESCRIPTION: {error}"]
    if not isinstance(definition, dict):
        return [f"{_FAILED}: The definition must be an object at /"]
    return list(_of_machine(definition, ""))


def _of_machine(machine: Mapping[str, Any], path: str) -> Iterator[str]:
    states = machine.get("States")
    if not isinstance(states, dict) or not states:
        yield f"{_FAILED}: The field 'States' is required at {path or '/'}"
        return
    start = machine.get("StartAt")
    if start not in states:
        yield f"{_TARGET}: Missing 'StartAt' target: {start} at {path}/StartAt"
        return
    goals: dict[str, set[str]] = {}
    for name, state in states.items():
        where = f"{path}/States/{name}"
        if not isinstance(state, dict) or state.get("Type") not in _TYPES:
            given = state.get("Type") if isinstance(state, dict) else state
            yield f"{_FAILED}: Value is not valid. Got: {given} at {where}/Type"
            continue
        transitions = list(_transitions(state, where))
        goals[name] = {target for target, _ in transitions}
        for target, field in transitions:
            if target not in states:
                yield f"{_TARGET}: Missing 'Next' target: {target} at {field}"
        yield from _of_state(state, where)
    yield from (
        f'{_TARGET}: State "{name}" is not reachable. at {path}/States/{name}'
        for name in states
        if name not in _reached(str(start), goals)
    )
    if not any(
        isinstance(state, dict) and (state.get("End") or state.get("Type") in _ENDS) for state in states.values()
    ):
        yield f"MISSING_END_STATE: Workflow has no terminal state at {path or 'null'}"


def _transitions(state: Mapping[str, Any], where: str) -> Iterator[tuple[str, str]]:
    """The states that follow a state, each with the place that names it."""
    for field in ("Next", "Default"):
        if field in state:
            yield str(state[field]), f"{where}/{field}"
    for field in ("Choices", "Catch"):
        for number, each in enumerate(_dicts(state.get(field))):
            if "Next" in each:
                yield str(each["Next"]), f"{where}/{field}[{number}]/Next"


def _reached(start: str, goals: Mapping[str, set[str]]) -> set[str]:
    found, waiting = set(), [start]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += goals.get(name, ())
    return found


def _of_state(state: Mapping[str, Any], where: str) -> Iterator[str]:
    kind = state["Type"]
    if kind in _GOES_ON and ("Next" in state) == bool(state.get("End")):
        yield f"{_FAILED}: One of the fields 'Next' and 'End' is required at {where}"
    for number, each in enumerate(_dicts(state.get("Retry")) if kind in _GOES_ON else ()):
        if not isinstance(each.get("ErrorEquals"), list) or not each["ErrorEquals"]:
            yield f"{_FAILED}: The field 'ErrorEquals' is required at {where}/Retry[{number}]"
    if kind == "Choice":
        choices = list(_dicts(state.get("Choices")))
        if not choices or any("Next" not in choice for choice in choices):
            yield f"{_FAILED}: The field 'Choices' needs rules with 'Next' at {where}/Choices"
    elif kind == "Wait" and sum(name in state for name in _WAITS) != 1:
        yield f"{_FAILED}: One of the fields {', '.join(_WAITS)} is required at {where}"
    elif kind == "Task":
        yield from _of_task(state, where)
    elif kind == "Parallel":
        branches = list(_dicts(state.get("Branches")))
        if not branches:
            yield f"{_FAILED}: The field 'Branches' is required at {where}"
        for number, branch in enumerate(branches):
            yield from _of_machine(branch, f"{where}/Branches[{number}]")
    elif kind == "Map":
        yield from _of_map(state, where)


def _of_task(state: Mapping[str, Any], where: str) -> Iterator[str]:
    resource = state.get("Resource")
    if not isinstance(resource, str):
        yield f"{_FAILED}: The field 'Resource' is required at {where}"
    elif not resource.startswith("arn:"):
        yield f"{_FAILED}: Value is not a valid resource ARN at {where}/Resource"
    elif integrations.parse(resource) is None:
        yield f"{_FAILED}: The local cloud does not support the resource {resource} at {where}/Resource"
    if "Credentials" in state:
        yield f"{_FAILED}: The local cloud does not support the field 'Credentials' at {where}"


def _of_map(state: Mapping[str, Any], where: str) -> Iterator[str]:
    field = "ItemProcessor" if "ItemProcessor" in state else "Iterator"
    processor = state.get(field)
    if not isinstance(processor, dict):
        yield f"{_FAILED}: The field 'ItemProcessor' is required at {where}"
        return
    config = processor.get("ProcessorConfig")
    if isinstance(config, dict) and config.get("Mode", "INLINE") != "INLINE":
        yield f"{_FAILED}: The local cloud supports the mode INLINE only at {where}/{field}/ProcessorConfig/Mode"
    yield from _of_machine(processor, f"{where}/{field}")


def _dicts(values: Any) -> Iterator[Mapping[str, Any]]:
    return (value for value in (values if isinstance(values, list) else ()) if isinstance(value, dict))
