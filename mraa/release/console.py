"""The web app's files and their manifest, from which the console deployer copies them.

The deployer cannot list a release's files without more rights than it should have, and has to know each file's type:
both are in the manifest, and a changed manifest hash causes CloudFormation to run the deployer again.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path

from mraa.errors import UsageError

MANIFEST_SCHEMA_VERSION = 1
HASH_LENGTH = 12

NO_CACHE = "no-cache"
IMMUTABLE = "public, max-age=31536000, immutable"

# written by the console deployer beside these files; a developer's own file must not be released
_DEPLOYED = "uiConfig.json"

# the bundler's names: assets/<name>-<eight characters of hash>.<suffix>
_HASHED = re.compile(r"^assets/.+-[A-Za-z0-9_-]{8}\.[a-z0-9]+$")

# not the mimetypes module: it reads the machine's tables, so manifests would differ between machines
_CONTENT_TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".ico": "image/vnd.microsoft.icon",
    ".jpg": "image/jpeg",
    ".js": "text/javascript",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}


@dataclass(frozen=True)
class ConsoleFile:
    """One file of the web app; ``path`` is relative to the site's root, with slashes."""

    path: str
    content: bytes
    content_type: str
    cache_control: str


def read(webapp: Path) -> list[ConsoleFile]:
    """The web app's files, sorted by path. UsageError for a missing page or a file of unknown type."""
    files = []
    for source in webapp.rglob("*"):
        path = source.relative_to(webapp).as_posix()
        if not source.is_file() or path == _DEPLOYED or any(part.startswith(".") for part in path.split("/")):
            continue
        content_type = _CONTENT_TYPES.get(source.suffix)
        if content_type is None:
            raise UsageError(
                f"{source}: unknown content type of {source.suffix or 'a file without a suffix'}.",
                "Move the file out of the web app's folder, or add its type to mraa/release/console.py.",
            )
        cache_control = IMMUTABLE if _HASHED.match(path) else NO_CACHE
        files.append(ConsoleFile(path, source.read_bytes(), content_type, cache_control))
    if not any(file.path == "index.html" for file in files):
        raise UsageError(f"{webapp} contains no index.html.", "Run it in a complete checkout.")
    return sorted(files, key=lambda file: file.path)


def manifest(files: list[ConsoleFile]) -> str:
    """``console-manifest.json``; its schema is docs/schemas/console-manifest.schema.json."""
    entries = [
        {
            "path": file.path,
            "sha256": hashlib.sha256(file.content).hexdigest(),
            "bytes": len(file.content),
            "contentType": file.content_type,
            "cacheControl": file.cache_control,
        }
        for file in files
    ]
    return json.dumps({"schemaVersion": MANIFEST_SCHEMA_VERSION, "files": entries}, indent=2) + "\n"


def console_hash(manifest_text: str) -> str:
    """sha256[:12] of the manifest: changes with any file of the web app, and with nothing else."""
    return hashlib.sha256(manifest_text.encode()).hexdigest()[:HASH_LENGTH]
