"""Every verb is documented, and its help shows a command that can be typed."""

import os
import subprocess
import sys
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from mraa.cli.main import VERBS, cli


def leaves(command: click.Command, words: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            assert child is not None
            yield from leaves(child, (*words, name))
    else:
        yield words, command


COMMANDS = list(leaves(cli, ()))


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


def test_help_loads_neither_boto3_nor_rich_nor_a_verb() -> None:
    code = (
        "import sys; from mraa.cli.main import cli; cli.main(['--help'], standalone_mode=False); "
        "print([m for m in sys.modules if m.split('.')[0] in ('boto3', 'botocore', 'rich', 'troposphere')])"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
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
