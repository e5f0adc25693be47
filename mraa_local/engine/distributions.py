"""CloudFront: distributions, what they refer to, and their reading from a bucket."""

import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qs

from ministack.services import cloudfront

from mraa_local.engine.check import rebind
from mraa_local.engine.scope import Answer

Distribution = dict[str, Any]  # Id, DomainName, enabled, config_xml


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


def refuse_origins(reason: Callable[[str], str]) -> None:
    """Take a bucket for unreachable while ``reason(bucket)`` gives one."""
    original = cloudfront._serve_s3_origin

    def serve(origin: dict[str, Any], *rest: Any, **named: Any) -> Any:
        refused = reason(origin["s3_bucket"])
        if refused:
            raise cloudfront.OriginUnreachable(refused)
        return original(origin, *rest, **named)

    cloudfront._serve_s3_origin = serve
