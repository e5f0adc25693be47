"""Releases of a web app for the console deployer: published, altered, hostile."""

import hashlib
import json
from typing import Any

from tests.regions import PRIMARY, SECONDARY

PREFIX = "multi-region-application-architecture/v1.0.0"
FILES = {
    "index.html": (b"<!doctype html>", "text/html", "no-cache"),
    "assets/index-1a2b3c4d.js": (b"let a", "text/javascript", "public, max-age=31536000, immutable"),
    "assets/deep/er/logo-1a2b3c4d.svg": (b"<svg/>", "image/svg+xml", "public, max-age=31536000, immutable"),
}


def config() -> dict[str, Any]:
    """The property as CloudFormation sends it."""
    sides = {
        name: {
            "region": region,
            "routingLayerApiId": f"r{name}",
            "photosApiId": f"p{name}",
            "objectStoreBucket": f"mraa-1-{region}-objects",
        }
        for name, region in (("primary", PRIMARY), ("secondary", SECONDARY))
    }
    return {
        "appId": "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9",
        "userPoolId": "us-east-1_Example01",
        "userPoolClientId": "1example23456789",
        "identityPoolId": "us-east-1:11111111-2222-3333-4444-555555555555",
        "uiRegion": PRIMARY,
        "urlSuffix": "amazonaws.com",
        **sides,
    }


def publish(s3: Any, files: dict[str, tuple[bytes, str, str]]) -> dict[str, Any]:
    """Put a release into the release bucket and return the custom resource's properties for it."""
    entries = []
    for path, (content, content_type, cache_control) in sorted(files.items()):
        s3.put_object(Bucket="release-us-east-1", Key=f"{PREFIX}/console/{path}", Body=content)
        digest = hashlib.sha256(content).hexdigest()
        entries.append(
            {
                "path": path,
                "sha256": digest,
                "bytes": len(content),
                "contentType": content_type,
                "cacheControl": cache_control,
            }
        )
    return with_manifest(s3, {"schemaVersion": 1, "files": entries})


def with_manifest(s3: Any, manifest: Any) -> dict[str, Any]:
    """Publish ``manifest`` as it is and return the properties that name it."""
    text = json.dumps(manifest).encode()
    s3.put_object(Bucket="release-us-east-1", Key=f"{PREFIX}/console-manifest.json", Body=text)
    return {
        "SourceBucket": "release-us-east-1",
        "SourcePrefix": PREFIX,
        "ManifestKey": f"{PREFIX}/console-manifest.json",
        "ManifestHash": hashlib.sha256(text).hexdigest()[:12],
        "DestinationBucket": "site",
        "SecondaryBucket": "site-2",
        "DistributionId": "E123EXAMPLE",
        "Config": config(),
    }


def entry(**change: Any) -> dict[str, Any]:
    return {
        "path": "index.html",
        "sha256": hashlib.sha256(b"x").hexdigest(),
        "bytes": 1,
        "contentType": "text/html",
        "cacheControl": "no-cache",
    } | change


HOSTILE_FILES: list[Any] = [
    *(
        entry(path=path)
        for path in (
            "../index.html", "a/../../b", "..", ".", "./a", "a/./b", "/etc/passwd", "a//b", "a/", "", "a\\..\\b",
            "a\nb", "a b", "%2e%2e/a", "uiConfig.json", ".hidden", "é", "a\x00", "index.html\n", "a" * 600, 5, None,
            ["a"],
        )
    ),
    *(entry(sha256=digest) for digest in ("", "x" * 64, "A" * 64, "0" * 63, None, 5)),
    *(entry(bytes=size) for size in (-1, 1.0, "1", True, None)),
    *(entry(contentType=kind) for kind in ("", "html", "text/html\r\nX: y", "text/html; x", None, "text/" + "x" * 600)),
    *(entry(cacheControl=control) for control in ("", "no-cache\r\nX: y", None, 0)),
    {}, [], "index.html", None, 5,
]  # fmt: skip
