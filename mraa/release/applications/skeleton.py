"""The smallest application that works: a global table, and in each Region a function that writes within the fence."""

from importlib import resources
from pathlib import Path

from mraa.application_settings import read_applications, require_name
from mraa.errors import MraaError, UsageError
from mraa.settings_file import add_tables

# what is written -> where it is in skeleton_files/: code of others is no module of this package
_FILES = {"global.yaml": "global.yaml", "regional.yaml": "regional.yaml", "src/app.py": "src/app.py.txt"}


def init(file: Path, name: str) -> list[str]:
    """Write the application's table into that ``mraa.toml``, and its files into the folder NAME beside it.

    Returns what was written, relative to the file's folder.

    UsageError, nothing written, where it exists already or a file would be overwritten.
    """
    require_name(name, "mraa app init")
    folder = file.parent
    if name in read_applications(file):
        raise UsageError(f"{file.name} has an application {name} already.", f"Check it: mraa app check {name}")
    for path in _FILES:
        if (folder / name / path).exists() or (folder / name / path).is_symlink():
            raise UsageError(f"{name}/{path} exists already.", "Move it away, or give another name.")
    written = []
    try:
        for path in _FILES:
            target = folder / name / path
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("x", encoding="utf-8") as opened:
                opened.write(_skeleton(path))
            written.append(f"{name}/{path}")
    except OSError as error:
        raise MraaError(
            f"{name}/{path} cannot be written: {error.strerror}.", "Fix the folder's permissions."
        ) from error
    table = f'[application.{name}]\nglobal = "{name}/global.yaml"\nregional = "{name}/regional.yaml"\n'
    add_tables(table, file)
    return [*written, file.name]


def _skeleton(path: str) -> str:
    return resources.files(__package__).joinpath("skeleton_files", _FILES[path]).read_text(encoding="utf-8")
