"""Every command that the README and the how-to pages show is run, on the local cloud."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from mraa_local import process
from mraa_local.process import LocalCloud
from tests.documentation.commands import Block, blocks, script, type_in
from tests.documentation.reader import LIMIT_S, PAGES, TUTORIALS, Reader, shell
from tests.local.deploying import CHECKOUT


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """A running local cloud."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MRAA_HOME", str(tmp_path_factory.mktemp("home")))
        running = process.start()
        yield running
        process.stop(running.port)


@pytest.fixture(scope="module")
def reader(cloud: LocalCloud, tmp_path_factory: pytest.TempPathFactory) -> Reader:
    """Somebody at the cloud, with nothing deployed."""
    return Reader(tmp_path_factory.mktemp("checkout"), shell(cloud.folder, **cloud.environment))


# the fixture "page" is the browser's
@pytest.mark.timeout(LIMIT_S * 2)
@pytest.mark.parametrize("name", PAGES)
def test_the_commands_of_a_page_end_as_it_says(reader: Reader, name: str) -> None:
    reader.follow(name)


def test_every_page_that_tells_what_to_type_is_followed() -> None:
    pages = [
        "README.md",
        *TUTORIALS,
        *(str(path.relative_to(CHECKOUT)) for path in (CHECKOUT / "docs/how-to").iterdir()),
    ]
    assert sorted(pages) == sorted([*PAGES, *TUTORIALS])


@pytest.mark.parametrize("name", [*PAGES, *TUTORIALS])
def test_no_command_of_a_page_is_outside_a_block_that_is_run_or_says_why_not(name: str) -> None:
    text = (CHECKOUT / name).read_text(encoding="utf-8")
    assert blocks(text)
    outside = re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
    indented = [line for line in outside.splitlines() if line.startswith("    ")]
    assert not indented, "show commands in a fenced block of the language sh"
    fences = {line.removeprefix("```") for line in text.splitlines() if line.startswith("```")}
    assert fences <= {"", "sh", "text", "python", "json", "toml"}


def test_a_mark_says_why_a_block_is_not_run_or_how_it_ends() -> None:
    page = "```sh\none\n```\n<!-- not run: it costs -->\n```sh\ntwo\n```\n<!-- exit code 3 -->\n```sh\nthree\n```\n"
    assert blocks(page) == [Block("one\n"), Block("two\n", why_not="it costs"), Block("three\n", exit_codes=(3,))]
    with pytest.raises(ValueError, match="'not run'"):
        blocks("<!-- not run -->\n```sh\none\n```\n")


@pytest.mark.parametrize(("commands", "code"), [("true", 0), ("false", 1), ("exit 3", 3)])
def test_a_page_ends_at_the_first_command_that_does_not_end_as_it_says(
    tmp_path: Path, commands: str, code: int
) -> None:
    page = f"```sh\n{commands}\n```\n\n```sh\necho later\n```\n"
    exit_code, shown = type_in(script(page), tmp_path, dict(os.environ), LIMIT_S)
    assert (exit_code, "later" in shown) == (code, code == 0)


def test_another_exit_code_than_the_page_says_ends_it(tmp_path: Path) -> None:
    page = "<!-- exit code 3 -->\n```sh\n(exit {})\n```\n\n```sh\necho later\n```\n"
    assert "later" in type_in(script(page.format(3)), tmp_path, dict(os.environ), LIMIT_S)[1]
    exit_code, shown = type_in(script(page.format(0)), tmp_path, dict(os.environ), LIMIT_S)
    assert (exit_code, "later" in shown) == (1, False)


def test_questions_are_answered_each_once(tmp_path: Path) -> None:
    asked = "for i in 1 2; do read -p 'Proceed? [y/N] ' answer; echo \"got $answer\"; done"
    assert type_in(asked, tmp_path, dict(os.environ), LIMIT_S)[1].count("got y") == 2
