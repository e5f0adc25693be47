"""Which method of a deployed API a request reaches. Pure: works on a snapshot's resources."""

from collections.abc import Mapping
from typing import Any

_Resource = Mapping[str, Any]


def route(
    resources: Mapping[str, _Resource], http_method: str, path: str
) -> tuple[_Resource, dict[str, Any], dict[str, str]] | None:
    """The resource, its method and the path parameters; None where nothing serves the request.

    A literal segment wins over ``{name}``, which wins over ``{name+}``. A resource that matches but does not serve the
    HTTP method leaves the request to a greedy one only, as API Gateway does.
    """
    segments = [segment for segment in path.split("/") if segment]
    matches = [
        (rank, resource, params)
        for resource in resources.values()
        if (matched := _match(resource["path"], segments)) is not None
        for rank, params in [matched]
    ]
    for position, (_, resource, params) in enumerate(sorted(matches, key=lambda match: match[0])):
        methods = resource.get("resourceMethods", {})
        method = methods.get(http_method) or methods.get("ANY")
        if method and (position == 0 or resource["path"].endswith("+}")):
            return resource, method, params
    return None


def _match(template: str, segments: list[str]) -> tuple[tuple[int, ...], dict[str, str]] | None:
    """How exactly a resource's path matches (lower is better), and the parameters it takes out of the request."""
    parts = [part for part in template.split("/") if part]
    rank: list[int] = []
    params: dict[str, str] = {}
    for at, part in enumerate(parts):
        if at >= len(segments):
            return None
        if part.endswith("+}"):
            params[part[1:-2]] = "/".join(segments[at:])
            return (*rank, 2), params
        if part.startswith("{"):
            params[part[1:-1]] = segments[at]
        elif part != segments[at]:
            return None
        rank.append(1 if part.startswith("{") else 0)
    return (tuple(rank), params) if len(parts) == len(segments) else None
