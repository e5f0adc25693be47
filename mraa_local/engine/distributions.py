"""CloudFront: distributions, what they refer to, and their reading from a bucket."""

import asyncio
import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qs

from ministack.services import cloudfront

from mraa_local.engine.check import rebind
from mraa_local.engine.scope import Answer

Distribution = dict[str, Any]  # Id, DomainName, enabled, config_xml

# CloudFront's defaults of ConnectionAttempts and ConnectionTimeout
_ATTEMPTS, _TIMEOUT_S = 3, 10
# what is added to the engine's origins
_CONNECT_S, _FAILOVER = "mraa_connect_s", "mraa_failover"


class Viewed(NamedTuple):
    """A viewer's request: its headers, with names in lower case, and whether the distribution compresses."""

    headers: Mapping[str, str]
    compresses: bool


def find(id_or_domain: str) -> Distribution | None:
    """The distribution of this id or domain name in the account of the request."""
    known = list(cloudfront._distributions.values())
    return next((found for found in known if id_or_domain in (found["Id"], found["DomainName"])), None)


def has_access_control(origin_access_control_id: str) -> bool:
    """Whether this origin access control exists."""
    return origin_access_control_id in cloudfront._oacs


def has_headers_policy(policy_id: str) -> bool:
    """Whether this response headers policy exists, AWS's own included."""
    managed = policy_id in cloudfront._MANAGED_RESPONSE_HEADERS_POLICIES
    return managed or policy_id in cloudfront._response_headers_policies


async def answer_viewer(
    distribution: Distribution, method: str, path: str, raw_path: str, query: str, headers: dict[str, str], ip: str
) -> Answer:
    """What the distribution answers to a viewer; ``raw_path`` is the path as it was sent."""
    parsed = parse_qs(query, keep_blank_values=True)
    answer: Answer = await cloudfront.handle_viewer_request(
        distribution, method, path, raw_path, query, headers, b"", parsed, ip
    )
    return answer


def around_viewer_answer(around: Callable[[Viewed, Answer], Answer]) -> None:
    """Have ``around`` change what any distribution answers to a viewer."""
    original = cloudfront.handle_viewer_request

    async def handle(distribution: Distribution, *rest: Any, **named: Any) -> Any:
        found: Answer = await original(distribution, *rest, **named)
        given = signature.bind(distribution, *rest, **named).arguments
        return around(Viewed(given["headers"], _compresses(distribution)), found)

    signature = inspect.signature(original)
    rebind(original, handle)


def _compresses(distribution: Distribution) -> bool:
    """Whether the default behavior compresses; the engine's own parser leaves that out."""
    found = re.search(r"<DefaultCacheBehavior>.*?</DefaultCacheBehavior>", distribution["config_xml"], re.DOTALL)
    return found is not None and "<Compress>true</Compress>" in found[0]


def refuse_origins(reason: Callable[[str], str], hangs: Callable[[str], bool]) -> None:
    """Take a bucket for unreachable while ``reason(bucket)`` gives one; at once, unless ``hangs(bucket)``.

    A request to an origin group goes to its second origin if the first is unreachable, or answers one of its status
    codes: only GET, HEAD and OPTIONS get that far.
    """
    parse, fetch = cloudfront.parse_distribution_dataplane_config, cloudfront._fetch_from_origin

    def parse_with_groups(distribution: Distribution) -> dict[str, Any]:
        found: dict[str, Any] = parse(distribution)
        config = cloudfront._dist_config_el(distribution)
        for element in config.iterfind("{*}Origins/{*}Items/{*}Origin"):
            found["origins"][element.findtext("{*}Id")][_CONNECT_S] = _connect_s(element)
        for element in config.iterfind("{*}OriginGroups/{*}Items/{*}OriginGroup"):
            first, second = (
                found["origins"][of.text] for of in element.iterfind("{*}Members/{*}Items/{*}*/{*}OriginId")
            )
            codes = {
                int(of.text) for of in element.iterfind("{*}FailoverCriteria/{*}StatusCodes/{*}Items/{*}StatusCode")
            }
            found["origins"][element.findtext("{*}Id")] = {**first, _FAILOVER: (second, codes)}
        return found

    async def fetch_one(origin: dict[str, Any], *request: Any) -> Any:
        if refused := origin["s3_bucket"] and reason(origin["s3_bucket"]):
            if hangs(origin["s3_bucket"]):
                await asyncio.sleep(origin[_CONNECT_S])
                raise cloudfront.OriginTimeout(refused)
            raise cloudfront.OriginUnreachable(refused)
        return await fetch(origin, *request)

    async def fetch_failing_over(origin: dict[str, Any], *request: Any) -> Any:
        second, codes = origin.get(_FAILOVER, (None, ()))
        try:
            found = await fetch_one(origin, *request)
            if found[0] not in codes:
                return found
        except (cloudfront.OriginUnreachable, cloudfront.OriginTimeout):
            if second is None:
                raise
        return await fetch_one(second, *request)

    cloudfront.parse_distribution_dataplane_config = parse_with_groups
    cloudfront._fetch_from_origin = fetch_failing_over


def _connect_s(origin: Any) -> int:
    """How long CloudFront tries to connect to an origin."""
    attempts, timeout = origin.findtext("{*}ConnectionAttempts"), origin.findtext("{*}ConnectionTimeout")
    return int(attempts or _ATTEMPTS) * int(timeout or _TIMEOUT_S)
