"""A project folder with the orders of ``tests/resources``, to change and to check."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mraa.application_settings import read_applications
from mraa.release.applications.package import Checked, check, package
from mraa.release.applications.template_file import parse
from mraa.settings_file import FILE_NAME
from mraa.templates.release import Release

RESOURCES = Path(__file__).parents[1] / "resources"
ORDERS = '[application.orders]\nglobal = "global.yaml"\nregional = "regional.yaml"\n'
RELEASE = Release("code", "solution", "v1", {}, "")


def make_project(folder: Path, table: str = ORDERS) -> Path:
    """A copy of the orders, with a ``mraa.toml`` that names them."""
    shutil.copytree(RESOURCES / "orders", folder, dirs_exist_ok=True)
    (folder / "mraa.toml").write_text(table)
    return folder


def template(folder: Path, name: str) -> dict[str, Any]:
    """A template of the project as what JSON has."""
    return dict(parse((folder / name).read_text()))


def rewrite(folder: Path, name: str, document: Any) -> None:
    """Replace a template of the project; JSON is YAML too."""
    (folder / name).write_text(json.dumps(document))


def checked(folder: Path, name: str = "orders") -> Checked:
    """The application as it is checked."""
    return check(read_applications(folder / FILE_NAME), name)


def packaged(folder: Path, name: str = "orders") -> Mapping[str, bytes]:
    """The application's files."""
    return package(checked(folder, name), RELEASE)


def nested(files: Mapping[str, bytes], part: str) -> dict[str, Any]:
    """One of the packaged templates."""
    (found,) = [content for name, content in files.items() if f"-{part}-" in name]
    return dict(json.loads(found))
