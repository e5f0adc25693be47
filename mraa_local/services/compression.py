"""CloudFront compresses what it serves, as a distribution's behavior says; the engine does not.

Which files, and what becomes of their headers:
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/ServingCompressedFiles.html CloudFront prefers Brotli
where a viewer takes both; browsers take it over HTTPS only, and here gzip is all there is.
"""

import gzip

from mraa_local.engine import distributions
from mraa_local.engine.distributions import Viewed
from mraa_local.engine.scope import Answer

_TYPES = {
    "application/javascript",
    "application/json",
    "application/manifest+json",
    "application/wasm",
    "application/xml",
    "image/svg+xml",
    "text/css",
    "text/html",
    "text/javascript",
    "text/plain",
    "text/xml",
}
_SIZES = range(1_000, 10_000_001)
_STATUSES = (200, 403, 404)


def install() -> None:
    """Compress the answers of distributions."""
    distributions.around_viewer_answer(_compressed)


def _compressed(request: Viewed, answer: Answer) -> Answer:
    status, headers, body = answer
    known = {name.lower(): name for name in headers}
    content = body if isinstance(body, bytes) else str(body).encode()
    media_type = str(headers.get(known.get("content-type", ""), "")).partition(";")[0].strip().lower()
    accepted = {
        part.partition(";")[0].strip() for part in request.headers.get("accept-encoding", "").lower().split(",")
    }
    if (
        not request.compresses
        or "gzip" not in accepted
        or status not in _STATUSES
        or "content-encoding" in known
        or media_type not in _TYPES
        or len(content) not in _SIZES
    ):
        return answer
    # its length is not known before it is compressed: CloudFront sends it in chunks
    kept = {name: value for name, value in headers.items() if name.lower() not in ("content-length", "vary", "etag")}
    etag = str(headers.get(known.get("etag", ""), ""))
    if etag:
        kept["ETag"] = etag if etag.startswith("W/") else f"W/{etag}"
    zipped = gzip.compress(content, mtime=0)
    return status, {**kept, "Content-Encoding": "gzip", "Vary": "Accept-Encoding"}, zipped
