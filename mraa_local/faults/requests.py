"""Which service and which Region a request is for, from the request itself, as AWS's endpoints do.

Signed requests say both. Unsigned ones (Cognito's sign-in calls) name a pool, an identity or a client; requests to a
bucket or an API are for the Region of that, whatever Region they were signed for.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote

from mraa_local import environment, regions
from mraa_local.access import signatures
from mraa_local.engine import apis, buckets, requests, user_pools

_COGNITO_TARGETS = {"AWSCognitoIdentityProviderService": "cognito-idp", "AWSCognitoIdentityService": "cognito-identity"}
_POOL_KEY_PATH = re.compile(r"/(?P<pool>[a-z0-9-]+_[A-Za-z0-9]+)/\.well-known/")


@dataclass(frozen=True)
class Target:
    """``service`` in the words of request signatures (``execute-api``, ``s3``); empty if unknown."""

    service: str
    regions: frozenset[str]
    """More than one if an object is copied between Regions; empty for what belongs to no Region."""


def needs_body(headers: Mapping[str, str]) -> bool:
    """Whether the Region is in the body: Cognito's unsigned calls."""
    return headers.get("x-amz-target", "").split(".")[0] in _COGNITO_TARGETS


def read(path: str, query: str, headers: Mapping[str, str], body: bytes) -> Target:
    """Service and Regions of a request; header names in lower case."""
    host = headers.get("host", "")
    if api_id := requests.api_id(host, path):
        return _target("execute-api", apis.region_of(api_id))
    if requests.is_for_distribution(host):
        return _target("cloudfront")
    signed = signatures.scope_of(headers, parse_qs(query))
    if cognito_service := _COGNITO_TARGETS.get(headers.get("x-amz-target", "").split(".")[0]):
        return _target(cognito_service, signed.region or _cognito_region(body))
    if pool := _POOL_KEY_PATH.match(path):
        return _target("cognito-idp", _prefix(pool["pool"], "_"))
    if signed.service in {"", "s3"} and (named := requests.bucket_and_key(host, path)):
        return _target("s3", bucket_region(named[0]), _copy_region(headers))
    return _target(signed.service, signed.region)


def _target(service: str, *names: str) -> Target:
    return Target(service, frozenset(filter(None, names)))


def bucket_region(name: str) -> str:
    """The Region of a bucket, empty if it does not exist."""
    return buckets.region_in(environment.ACCOUNT_ID, name, environment.DEFAULT_REGION)


def _copy_region(headers: Mapping[str, str]) -> str:
    source = unquote(headers.get("x-amz-copy-source", "")).lstrip("/")
    return bucket_region(source.split("/")[0]) if source else ""


def _cognito_region(body: bytes) -> str:
    try:
        values = json.loads(body or b"{}")
    except ValueError:
        return ""
    if not isinstance(values, dict):
        return ""
    for name, separator in (("UserPoolId", "_"), ("IdentityPoolId", ":"), ("IdentityId", ":")):
        if region := _prefix(values.get(name), separator):
            return region
    return user_pools.region_of_client(values.get("ClientId")) or _token_region(values.get("AccessToken"))


def _token_region(token: Any) -> str:
    """Of an access token: its issuer ends in the pool's id. It is the engine's task to verify it."""
    if not isinstance(token, str) or token.count(".") != 2:
        return ""
    payload = token.split(".")[1]
    try:
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (ValueError, binascii.Error):
        return ""
    issuer = claims.get("iss", "") if isinstance(claims, dict) else ""
    return _prefix(str(issuer).rsplit("/", 1)[-1], "_")


def _prefix(value: Any, separator: str) -> str:
    region = str(value).split(separator)[0] if isinstance(value, str) else ""
    return region if regions.NAME.fullmatch(region) else ""
