"""Which API, distribution or bucket a request is for, read from its host and path."""

import ministack.app as engine


def api_id(host: str, path: str) -> str:
    """The id of the API that is called; empty for anything else."""
    parsed = engine._parse_execute_api_url(host, path)
    return str(parsed[0]) if parsed else ""


def is_for_distribution(host: str) -> bool:
    """Whether the host name is that of a CloudFront distribution."""
    return bool(engine._parse_cloudfront_dataplane_host(host))


def bucket_and_key(host: str, path: str) -> tuple[str, str] | None:
    """The bucket and the key of an S3 request; None if it names no bucket."""
    target = engine._s3_cors_target(host, path)
    return (str(target[0]), str(target[1])) if target else None
