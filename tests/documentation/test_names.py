"""What the pages name exists: flags, and names of parameters, outputs, resources and classes."""

import re
import subprocess
from collections.abc import Iterator

from mraa.settings import NAMES, flag
from tests.documentation.links import ROOT_PAGES
from tests.help_texts import leaves
from tests.local.deploying import CHECKOUT

PAGES = [CHECKOUT / path for path in ROOT_PAGES if path != "CHANGELOG.md"]
PAGES += [page for folder in ("docs", "examples") for page in sorted((CHECKOUT / folder).rglob("*.md"))]
SOURCES = ("mraa", "mraa_local", "functions", "fence", "webapp/src", "examples", "templates", "tests/unit")

# of the AWS CLI, git, pip, npm, sha256sum, uv, and of the chaos drills
OTHER_PROGRAMS = re.findall(
    r"\S+",
    """
    --capabilities --cli-binary-format --function-name --ignore-missing --key --name --omit-lockfile-registry-resolved
    --parameters --patch-operations --path --payload --recursive --region-name --retain-resources --show --sign --status
    --table-name --template-stage --template-url --transact-items --upgrade --use-previous-template --user-attributes
    --user-pool-id --username --version
    """,
)
# what AWS has and the sources do not name
OF_AWS = {
    "IdempotentParameterMismatchException",
    "IssuerConfiguration",
    "KeyConfiguration",
    "ListEventSourceMappings",
    "ListTables",
    "ReadOnlyAccess",
    "ServiceRestart",
    "TimeoutSeconds",
}
FLAG = re.compile(r"(?<![\w-])--[a-z][a-z0-9-]+")
NAME = re.compile(r"(?<!::)\b[A-Z][A-Za-z0-9]*[a-z][A-Za-z0-9]*[A-Z][A-Za-z0-9]*\b")


def named(pattern: re.Pattern[str], *, only_in_code: bool) -> Iterator[tuple[str, str]]:
    """Each name, and the page that has it."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for part in re.findall(r"`([^`\n]+)`", text) if only_in_code else [text]:
            yield from ((name, str(page.relative_to(CHECKOUT))) for name in pattern.findall(part))


def test_every_flag_that_a_page_names_exists() -> None:
    ours = {option for _, command in leaves() for parameter in command.params for option in parameter.opts}
    known = {*ours, *map(flag, NAMES), *OTHER_PROGRAMS, "--help"}
    assert {(name, page) for name, page in named(FLAG, only_in_code=False) if name not in known} == set()


def test_every_name_in_code_type_occurs_in_the_sources() -> None:
    tracked = subprocess.run(["git", "ls-files", "-z", *SOURCES], cwd=CHECKOUT, capture_output=True, check=True)
    paths = [path for path in tracked.stdout.decode().split("\0") if path and not path.endswith((".md", ".jpg"))]
    known = {name for path in paths for name in NAME.findall((CHECKOUT / path).read_text(encoding="utf-8"))}
    missing = {(name, page) for name, page in named(NAME, only_in_code=True) if name not in known | OF_AWS}
    assert missing == set()
