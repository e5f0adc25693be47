"""Every verb is documented, and its help shows a command that can be typed."""

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from mraa.cli.main import VERBS, cli
from mraa.cli.start import COLUMNS, HELP
from tests.help_texts import by_click, leaves, written_by_click

COMMANDS = list(leaves())
MRAA = [sys.executable, "-c", "from mraa.cli.start import main; main()"]


@pytest.mark.parametrize(("words", "command"), COMMANDS, ids=[" ".join(words) for words, _ in COMMANDS])
def test_help_of_every_command_has_an_example_that_names_it(words: tuple[str, ...], command: click.Command) -> None:
    answer = CliRunner().invoke(cli, [*words, "--help"])
    assert answer.exit_code == 0
    assert "mraa " + " ".join(words) in answer.output.split("Usage:", 1)[1].split("\n", 1)[1]


@pytest.mark.parametrize("verb", VERBS)
def test_every_command_of_the_table_has_help(verb: str) -> None:
    command = cli.get_command(click.Context(cli), verb)
    assert command is not None
    assert command.help


def test_the_texts_that_are_shown_are_what_click_writes_now() -> None:
    assert Path(HELP).read_text(encoding="utf-8") == written_by_click(), "run `make docs`"


def shown(*words: str, **environment: str) -> str:
    answer = subprocess.run(
        [*MRAA, *words], capture_output=True, text=True, check=True, timeout=60, env={**os.environ, **environment}
    )
    return answer.stdout


@pytest.mark.parametrize("words", [(), ("status",), ("local", "start"), ("launch-url",)])
@pytest.mark.parametrize("columns", [40, *COLUMNS, 90, 400])
def test_help_is_what_click_writes_for_a_terminal_of_any_width(words: tuple[str, ...], columns: int) -> None:
    assert shown(*words, "-h", COLUMNS=str(columns)) == by_click(words, columns)


@pytest.mark.parametrize(
    "words", [("nonsense",), ("..", "x"), ("local start",), ("local-start",), ("",), ("local", "nonsense")]
)
def test_what_has_no_text_is_left_to_click(words: tuple[str, ...]) -> None:
    answer = subprocess.run([*MRAA, *words, "--help"], capture_output=True, text=True, check=False, timeout=60)
    unknown = words[-1] if words[0] == "local" else words[0]
    assert answer.returncode == 2
    assert answer.stderr.startswith(f"Error: No such command '{unknown}'")


def test_an_option_before_help_is_read_by_click() -> None:
    assert shown("status", "--json", "--help") == shown("status", "--help")


def test_help_whose_output_is_lost_ends_as_that_of_every_verb() -> None:
    with Path("/dev/full").open("w") as full:
        answer = subprocess.run(
            [*MRAA, "--help"], stdout=full, stderr=subprocess.PIPE, text=True, check=False, timeout=60
        )
    assert answer.returncode == 1
    assert answer.stderr.startswith("Error: Done, but not all of the output was written")


@pytest.mark.parametrize("words", [[], ["deploy"]])
def test_help_loads_nothing_but_its_text(words: list[str]) -> None:
    code = (
        f"import sys; from mraa.cli.start import main; sys.argv = ['mraa', *{words}, '--help']; main(); "
        "print([m for m in sys.modules if m.split('.')[0] in ('click', 'botocore', 'rich', 'troposphere', 'pathlib')])"
    )
    answer = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.append({str(Path(__file__).parents[2])!r}); {code}"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env={},
    )
    assert answer.stdout.splitlines()[-1] == "[]"


def test_an_unknown_verb_ends_in_one_line_and_exit_two() -> None:
    answer = subprocess.run(
        [sys.executable, "-c", "from mraa.cli.main import main; main(['nonsense'])"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert answer.returncode == 2
    assert "No such command 'nonsense'" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_misspelled_verb_is_answered_with_the_one_that_was_meant() -> None:
    answer = subprocess.run(
        [sys.executable, "-m", "mraa", "failovr"], capture_output=True, text=True, check=False, timeout=60
    )
    assert answer.returncode == 2
    assert "Did you mean 'failover'?" in answer.stderr


@pytest.mark.parametrize(("typed", "offered"), [("mraa dr", "drift"), ("mraa deploy --att", "--attach")])
def test_the_shell_completes_verbs_and_options(typed: str, offered: str) -> None:
    answer = subprocess.run(
        [sys.executable, "-c", "from mraa.cli.main import main; main()"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={
            **os.environ,
            "_MRAA_COMPLETE": "bash_complete",
            "COMP_WORDS": typed,
            "COMP_CWORD": str(typed.count(" ")),
        },
    )
    assert f"plain,{offered}" in answer.stdout.splitlines()
