"""The two documents with schemas in docs/schemas/: reads ``console-manifest.json``, creates ``uiConfig.json``.

Nothing in a manifest is trusted.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any

from shared.cloudformation import section, text

UI_CONFIG = "uiConfig.json"  # written by this function, so no release may contain one
FILES_LIMIT = 2000
STAGE = "prod"

PATTERNS = {
    # no segment starts with a dot, so none is . or ..; no backslash, no empty segment, no leading slash
    "path": r"[A-Za-z0-9_@][A-Za-z0-9._@+-]*(/[A-Za-z0-9_@][A-Za-z0-9._@+-]*)*",
    "sha256": r"[0-9a-f]{64}",
    "contentType": r"[a-z]+/[a-z0-9.+-]+",
    "cacheControl": r"[a-z0-9=, -]+",
}


class InvalidManifest(Exception):
    """The manifest is not this release's, or not valid."""


@dataclass(frozen=True)
class ManifestFile:
    """One file of the web app; ``path`` is relative to the site's root."""

    path: str
    sha256: str
    bytes: int
    content_type: str
    cache_control: str


def read_manifest(content: bytes, expected_hash: str) -> list[ManifestFile]:
    """The manifest's files. ``expected_hash`` is the beginning of its sha256, as the template gives it."""
    found = hashlib.sha256(content).hexdigest()
    if len(expected_hash) < 12 or not found.startswith(expected_hash):
        raise InvalidManifest(
            f"The manifest in the bucket has the hash {found[:12]}; the template expects {expected_hash}. "
            "Publish the release again."
        )
    try:
        document = json.loads(content)
        if document["schemaVersion"] != 1 or not 1 <= len(document["files"]) <= FILES_LIMIT:
            raise ValueError("schemaVersion or number of files")
        files = [_file(entry) for entry in document["files"]]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise InvalidManifest(f"The console manifest is not valid: {error!r:.300}") from error
    if len({file.path for file in files}) < len(files):
        raise InvalidManifest("The console manifest lists a file twice.")
    return files


def _file(entry: dict[str, Any]) -> ManifestFile:
    for name, pattern in PATTERNS.items():
        if not re.fullmatch(pattern, entry[name]) or len(entry[name]) > 512 or entry[name] == UI_CONFIG:
            raise ValueError(f"{name} {entry[name]!r:.200}")
    size_bytes = entry["bytes"]
    if type(size_bytes) is not int or size_bytes < 0:
        raise ValueError(f"bytes of {entry['path']}")
    return ManifestFile(entry["path"], entry["sha256"], size_bytes, entry["contentType"], entry["cacheControl"])


def ui_config(config: dict[str, Any], environment: dict[str, str]) -> dict[str, Any]:
    """What the web app must know about its back end.

    ``config`` is the custom resource's property, all of it strings; ``environment`` may override the hosts.

    ``MRAA_API_URL`` and ``MRAA_OBJECT_URL`` are templates with ``{id}`` and ``{region}``; ``AWS_ENDPOINT_URL`` is
    Cognito's endpoint, if not AWS's hosts.
    """
    suffix, ui_region = text(config, "urlSuffix"), text(config, "uiRegion")
    api_url = environment.get("MRAA_API_URL") or "https://{id}.execute-api.{region}.{suffix}"
    object_url = environment.get("MRAA_OBJECT_URL") or "https://{id}.s3.{region}.{suffix}"
    cognito_url = environment.get("AWS_ENDPOINT_URL") or "https://{id}.{region}.{suffix}"

    def url_of(template: str, of: str, region: str) -> str:
        values = {"{id}": of, "{region}": region, "{suffix}": suffix}
        # in one go: a value may look like the name of another one
        return re.sub(r"\{(id|region|suffix)\}", lambda found: values[found[0]], template).rstrip("/")

    def side(ids: dict[str, Any]) -> dict[str, str]:
        def url(template: str, name: str) -> str:
            return url_of(template, text(ids, name), text(ids, "region"))

        return {
            "region": text(ids, "region"),
            "routingLayerUrl": f"{url(api_url, 'routingLayerApiId')}/{STAGE}",
            "photosUrl": f"{url(api_url, 'photosApiId')}/{STAGE}",
            "objectStoreUrl": url(object_url, "objectStoreBucket"),
        }

    return {
        "schemaVersion": 1,
        **{name: text(config, name) for name in ("appId", "userPoolId", "userPoolClientId", "identityPoolId")},
        "uiRegion": ui_region,
        "userPoolEndpoint": url_of(cognito_url, "cognito-idp", ui_region) + "/",
        "identityPoolEndpoint": url_of(cognito_url, "cognito-identity", ui_region) + "/",
        "primary": side(section(config, "primary")),
        "secondary": side(section(config, "secondary")),
    }
