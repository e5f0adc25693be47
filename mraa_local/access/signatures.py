"""What a signature says that it is for: its credential scope.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-signing-elements.html
"""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

_SCOPE = re.compile(r"(?P<key>[^/,=\s]+)/\d{8}/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request")


class Scope(NamedTuple):
    """The Region and the service that a request was signed for, and whose key signed it; empty if it is not signed."""

    region: str
    service: str
    access_key_id: str


def scope_of(headers: Mapping[str, str], query: Mapping[str, Sequence[str]]) -> Scope:
    """The scope of a signature in the header, or else in the query string."""
    credential = headers.get("authorization") or [*query.get("X-Amz-Credential", ()), ""][0]
    found = _SCOPE.search(credential)
    return Scope(found["region"], found["service"], found["key"]) if found else Scope("", "", "")


def problem(signed: Scope, region: str, service: str) -> str:
    """What AWS objects to in a scope, in its words; empty if it is for this Region and this service."""
    wrong_region = f"Credential should be scoped to a valid region, not '{signed.region}'. "
    wrong_service = f"Credential should be scoped to correct service: '{service}'. "
    return (wrong_region if signed.region != region else "") + (wrong_service if signed.service != service else "")
