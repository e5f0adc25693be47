"""A small checkout, and templates that name a release's files, as the real ones do."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from mraa.events import Event
from mraa.release import build
from mraa.release.manifest import BuiltRelease
from mraa.templates.release import Release

MAIN = "application.template"
REGIONAL = "application-instance.template"
FILES = {
    "functions/__init__.py": "",
    "functions/shared/__init__.py": "",
    "functions/shared/log.py": "LEVEL = 'info'\n",
    "functions/state_keeper/__init__.py": "",
    "functions/state_keeper/handler.py": "def handle(event, context): ...\n",
    "functions/photo_book/handler.py": "from shared import log\n",
    "webapp/index.html": "<!doctype html>\n",
    "webapp/style.css": "body {}\n",
    "webapp/assets/index-D4f8aB_d.js": "export {};\n",
}


def make_checkout(folder: Path, files: Mapping[str, str] = FILES) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def render(release: Release) -> dict[str, str]:
    regional = json.dumps({"Code": dict(release.functions), "Prefix": release.bucket_prefix})
    addressed = f"application-instance-{hashlib.sha256(regional.encode()).hexdigest()[:12]}.template"
    main = json.dumps({"TemplateURL": addressed, "Console": release.console_hash, "Version": release.version})
    return {MAIN: main, REGIONAL: regional, addressed: regional}


def build_checkout(source: Path, target: Path, *, version: str = "v1.0.0") -> BuiltRelease:
    def ignore(event: Event) -> None: ...

    return build.build(
        source, target, bucket_prefix="code", solution_name="app", version=version, render=render, on_event=ignore
    )


def tree(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
