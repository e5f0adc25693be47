"""TemplateURL as AWS accepts it: the bucket in the host or in the path, AWS's hosts or this cloud's own.

The engine knows one form, a bucket in the path.
"""

import re
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from mraa_local import environment
from mraa_local.access import lockdown
from mraa_local.cfn import callers
from mraa_local.cfn.roles import Denied
from mraa_local.engine import application, buckets, objects, templates

_AWS_HOST = re.compile(
    r"(?:(?P<bucket>[a-z0-9][a-z0-9.-]*)\.)?s3(?:[.-](?:dualstack\.)?(?P<region>[a-z]{2}(?:-[a-z]+)+-\d+))?"
    r"\.amazonaws\.com(?:\.cn)?"
)
_LOOPBACK_BUCKET_HOST = re.compile(r"(?P<bucket>[a-z0-9][a-z0-9.-]*?)(?:\.s3(?:\.[a-z0-9-]+)?)?\.localhost")


class Location(NamedTuple):
    """An object in a bucket, and the Region that the URL claims it is in (empty where it claims none)."""

    bucket: str
    key: str
    region: str = ""


def parse(url: str, port: int) -> Location | None:
    """Where ``url`` points, or None if CloudFormation would not take it."""
    parts = urlsplit(url)
    path = unquote(parts.path.lstrip("/"))
    host = (parts.hostname or "").lower()
    bucket = region = ""
    if parts.scheme == "https" and (matched := _AWS_HOST.fullmatch(host)):
        bucket, region = matched["bucket"] or "", matched["region"] or ""
    elif parts.scheme == "http" and lockdown.is_own_host(parts.netloc, port):
        matched = _LOOPBACK_BUCKET_HOST.fullmatch(host)
        bucket = matched["bucket"] if matched else ""
    else:
        return None
    if not bucket:
        bucket, _, path = path.partition("/")
    return Location(bucket, path, region) if bucket and path else None


def install() -> None:
    """Read documents by their URL."""
    templates.fetch_documents_by(_fetch)


def _require_reader(location: Location) -> None:
    """CloudFormation reads a template as whoever asks for the operation."""
    reader = callers.caller()
    if reader is None or not application.is_auth_on():
        return
    try:
        reader.require("s3:GetObject", f"arn:aws:s3:::{location.bucket}/{location.key}")
    except Denied as denied:
        raise ValueError("S3 error: Access Denied") from denied


def _fetch(url: str, url_key: str, is_template: bool) -> str:
    location = parse(url, environment.current().port)
    if location is None:
        raise ValueError(f"{url_key} must be a supported URL.")
    bucket = buckets.find(location.bucket)
    if bucket is None:
        raise ValueError(f"S3 error: The specified bucket does not exist: {location.bucket}")
    home = bucket.get("region") or environment.DEFAULT_REGION
    if location.region and location.region != home:
        raise ValueError(f"S3 error: The bucket is in this region: {home}. Please use this region to retry the request")
    _require_reader(location)
    data = objects.content(location.bucket, location.key)
    if data is None:
        raise ValueError(f"S3 error: The specified key does not exist: {location.key}")
    if is_template and len(data) > templates.URL_MAX_BYTES:
        raise ValueError(f"Template may not exceed {templates.URL_MAX_BYTES} bytes in size.")
    try:
        return str(data.decode())
    except UnicodeDecodeError as error:
        raise ValueError(f"The document at {url} is not UTF-8.") from error
