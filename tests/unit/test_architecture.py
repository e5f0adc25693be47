"""Who may import whom: the tree of folders is the architecture, and this holds it."""

import ast
import io
import re
import tokenize
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = (ROOT / "mraa", ROOT / "mraa_local")

# package or module -> what of mraa it may import besides itself
GROUND = {"mraa.names", "mraa.events", "mraa.errors", "mraa.interrupts", "mraa.statuses", "mraa.documents"}
AWS = {
    "mraa.answers",
    "mraa.aws",
    "mraa.aws_errors",
    "mraa.connections",
    "mraa.credentials",
    "mraa.objects",
    "mraa.partitions",
    "mraa.application_settings",
    "mraa.service_models",
    "mraa.settings",
    "mraa.settings_file",
}
ALLOWED: dict[str, set[str]] = {
    **{module: set() for module in GROUND},
    "mraa.settings_file": {"mraa.errors"},
    "mraa.settings": {"mraa.errors", "mraa.names", "mraa.settings_file"},
    "mraa.application_settings": {"mraa.errors", "mraa.settings_file"},
    "mraa.partitions": {"mraa.errors", "mraa.service_models"},
    "mraa.service_models": set(),
    "mraa.aws_errors": {"mraa.errors"},
    "mraa.connections": set(),
    "mraa.answers": {"mraa.errors"},
    "mraa.credentials": {"mraa.errors", "mraa.aws_errors"},
    "mraa.aws": {
        "mraa.errors",
        "mraa.names",
        "mraa.partitions",
        "mraa.service_models",
        "mraa.answers",
        "mraa.aws_errors",
        "mraa.connections",
        "mraa.credentials",
    },
    "mraa.objects": {"mraa.aws", "mraa.errors", "mraa.partitions"},
    "mraa.__main__": {"mraa.cli"},
    "mraa.templates": {"mraa.names", "mraa.errors"},
    "mraa.release": {*GROUND, *AWS, "mraa.templates"},
    "mraa.stacks": {*GROUND, *AWS},
    "mraa.recovery": {*GROUND, *AWS},
    "mraa.sample": {*GROUND, *AWS, "mraa.recovery"},
    "mraa.applications": {*GROUND, *AWS, "mraa.application_settings", "mraa.recovery"},
    "mraa_local": set(),
}
# pure planners: no call to AWS can hide behind an import
PURE = ("mraa.stacks.plan", "mraa.recovery.runbook.plan", "mraa.recovery.drill.verdict")
FACES = {"click", "rich"}
# from Python 3.12 on the texts of f-strings are tokens of their own
FSTRING = getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING)


def module_name(path: Path, root: Path) -> str:
    parts = list(path.relative_to(root).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def imports(path: Path) -> tuple[str, ...]:
    """Every module a file imports, at any depth; ``from a import b`` gives ``a.b`` too, as b may be a module."""
    found: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += (f"{node.module}.{alias.name}" for alias in node.names)
    return tuple(found)


def is_under(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


MODULES = [(module_name(path, ROOT), path) for package in PACKAGES for path in sorted(package.rglob("*.py"))]
FUNCTION_FILES = sorted((ROOT / "functions").rglob("*.py"))
FENCE_FILES = sorted((ROOT / "fence" / "python" / "mraa_fence").rglob("*.py"))


@pytest.mark.parametrize(("name", "path"), MODULES, ids=[name for name, _ in MODULES])
def test_a_module_imports_only_what_its_place_allows(name: str, path: Path) -> None:
    if is_under(name, "mraa.cli") or name == "mraa":
        return
    home = next((home for home in ALLOWED if is_under(name, home)), "")
    assert home, f"ALLOWED does not say what {name} may import"
    pure = next((planner for planner in PURE if is_under(name, planner)), "")
    allowed = {*GROUND, pure, f"{home}.models", f"{name.rpartition('.')[0]}.models"} if pure else {*ALLOWED[home], home}
    strangers = {
        found
        for found in imports(path)
        if is_under(found, "mraa") and not any(is_under(found, place) for place in (*allowed, name))
    }
    assert not strangers


@pytest.mark.parametrize(("name", "path"), MODULES, ids=[name for name, _ in MODULES])
def test_only_the_command_line_imports_click_and_rich(name: str, path: Path) -> None:
    if not is_under(name, "mraa.cli"):
        assert not {found for found in imports(path) if found.split(".")[0] in FACES}


@pytest.mark.parametrize(("name", "path"), MODULES, ids=[name for name, _ in MODULES])
def test_nobody_uses_boto3_but_the_processes_of_functions(name: str, path: Path) -> None:
    """The tool's clients are botocore's, made in ``mraa.aws``."""
    if name != "mraa_local.forking":
        assert "boto3" not in {found.split(".")[0] for found in imports(path)}


# the rooms of a package from the top floor down: each imports only rooms of the floors below
FLOORS: dict[str, list[set[str]]] = {
    "mraa.recovery": [
        {"drill"},
        {"runbook", "status"},
        {"reconcile"},
        {"regions"},
        {"application"},
        {"models", "retries", "pages"},
    ],
    "mraa.stacks": [
        {"deployer"},
        {"destroy"},
        {"drift"},
        {"preflight"},
        {"instances"},
        {"applications", "leftovers", "logging_role"},
        {"watch"},
        {"execute"},
        {"conversation"},
        {"describe"},
        {"describe_changes"},
        {"urls"},
        {"plan"},
        {"models", "polling"},
    ],
}


@pytest.mark.parametrize("package", FLOORS)
def test_the_rooms_of_a_package_import_downwards(package: str) -> None:
    floor_of = {f"{package}.{room}": number for number, floor in enumerate(FLOORS[package]) for room in floor}

    def room_of(name: str) -> str:
        return ".".join(name.split(".")[:3])

    modules = [(name, path) for name, path in MODULES if is_under(name, package) and name != package]
    assert {room_of(name) for name, _ in modules} == set(floor_of)
    upwards = {
        f"{name} -> {found}"
        for name, path in modules
        for found in imports(path)
        if room_of(found) in floor_of
        and room_of(found) != room_of(name)
        and floor_of[room_of(found)] <= floor_of[room_of(name)]
    }
    assert not upwards


def test_no_import_goes_in_a_circle() -> None:
    names = {name for name, _ in MODULES}
    TopologicalSorter({name: names & set(imports(path)) - {name} for name, path in MODULES}).prepare()


@pytest.mark.parametrize(("name", "path"), MODULES, ids=[name for name, _ in MODULES])
def test_only_the_engine_folder_imports_ministack(name: str, path: Path) -> None:
    if not is_under(name, "mraa_local.engine"):
        assert "ministack" not in {found.split(".")[0] for found in imports(path)}


@pytest.mark.parametrize("package", ["mraa.sample", "mraa.applications"])
def test_the_applications_are_known_to_the_composition_root_alone(package: str) -> None:
    users = {name for name, path in MODULES for found in imports(path) if is_under(found, package)}
    assert all(is_under(name, "mraa.cli") or is_under(name, package) for name in users)


def test_the_local_cloud_is_known_to_its_own_verbs_alone() -> None:
    users = {name for name, path in MODULES for found in imports(path) if is_under(found, "mraa_local")}
    verbs = {name for name in users if not is_under(name, "mraa_local")}
    assert verbs <= {
        f"mraa.cli.{verb}" for verb in ("demo", "drill", "fault", "local", "local_errors", "running_cloud")
    }


@pytest.mark.parametrize("package", ["recovery", "stacks"])
def test_nothing_below_the_seam_knows_the_sample_application(package: str) -> None:
    """Python's own comments may say what they like, names and texts may not."""
    forbidden = re.compile(r"photo|thumb|(?<![a-z])comments?(?![a-z])", re.IGNORECASE)
    found = [
        f"{path.relative_to(ROOT)}:{token.start[0]} {token.string}"
        for path in (ROOT / "mraa" / package).rglob("*.py")
        for token in tokenize.tokenize(io.BytesIO(path.read_bytes()).readline)
        if token.type in (tokenize.NAME, tokenize.STRING, FSTRING) and forbidden.search(token.string)
    ]
    found += [str(path) for path in (ROOT / "mraa" / package).rglob("*.j2") if forbidden.search(path.read_text())]
    assert not found


def test_planners_and_executors_do_not_import_each_other() -> None:
    for package in ("mraa.stacks", "mraa.recovery.runbook"):
        found = {name: set(imports(path)) for name, path in MODULES if is_under(name, package)}
        planned = {i for name in found if is_under(name, f"{package}.plan") for i in found[name]}
        assert not {i for i in found[f"{package}.execute"] if is_under(i, f"{package}.plan")}
        assert not {i for i in planned if is_under(i, f"{package}.execute")}


@pytest.mark.parametrize("path", FUNCTION_FILES, ids=[str(p.relative_to(ROOT)) for p in FUNCTION_FILES])
def test_functions_import_only_the_standard_library_and_what_boto3_includes(path: Path) -> None:
    import sys

    own = {"mraa_fence", *(folder.name for folder in (ROOT / "functions").iterdir() if folder.is_dir())}
    known = {*sys.stdlib_module_names, "boto3", "botocore", "urllib3", *own}
    assert not {found for found in imports(path) if found.split(".")[0] not in known}


@pytest.mark.parametrize("path", FENCE_FILES, ids=[str(p.relative_to(ROOT)) for p in FENCE_FILES])
def test_the_fence_library_imports_only_the_standard_library_and_boto3(path: Path) -> None:
    import sys

    known = {*sys.stdlib_module_names, "boto3", "botocore", "mraa_fence"}
    assert not {found for found in imports(path) if found.split(".")[0] not in known}


@pytest.mark.parametrize(("name", "path"), MODULES, ids=[name for name, _ in MODULES])
def test_the_tool_and_the_local_cloud_do_not_import_the_fence_library(name: str, path: Path) -> None:
    assert not {found for found in imports(path) if is_under(found, "mraa_fence")}


def test_every_file_stays_below_four_hundred_lines() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for folder in ("mraa", "mraa_local", "fence", "functions", "tests")
        for path in (ROOT / folder).rglob("*.py")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert not long


def test_the_project_speaks_of_no_workplace() -> None:
    """No path of a developer's machine in anything that is published."""
    suspects = ["/work/" + "main", "/work/" + "shared", "/root/" + "."]
    tracked = [
        path
        for pattern in ("*.py", "*.md", "*.cfg", "*.toml", "*.sh", "*.template", "*.js", "*.html", "Makefile")
        for path in ROOT.rglob(pattern)
        if not {".venv", ".venv-audit", "build", "node_modules", ".git"} & set(path.relative_to(ROOT).parts)
    ]
    assert tracked
    assert not [str(p) for p in tracked if any(s in p.read_text(encoding="utf-8") for s in suspects)]
