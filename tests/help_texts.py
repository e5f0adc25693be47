"""mraa/cli/help.txt: the help of every command as click writes it; `make docs`."""

import io
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from unittest import mock

import click

from mraa.cli.main import cli
from mraa.cli.start import COLUMNS, HELP, heading


def commands(
    command: click.Command = cli, words: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every group and command with its words, the tool itself first."""
    yield words, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            assert child is not None
            yield from commands(child, (*words, name))


def leaves() -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """The commands that are no groups."""
    return ((words, command) for words, command in commands() if not isinstance(command, click.Group))


def by_click(words: Sequence[str], columns: int) -> str:
    """The help of ``mraa WORDS`` for a terminal of so many columns. click's test runner knows one width only."""
    with mock.patch.dict("os.environ", COLUMNS=str(columns)), redirect_stdout(io.StringIO()) as output:
        cli.main([*words, "--help"], prog_name="mraa", standalone_mode=False)
    return output.getvalue()


def written_by_click() -> str:
    """All of ``help.txt``."""
    texts = (heading(words, columns) + by_click(words, columns) for words, _ in commands() for columns in COLUMNS)
    return f"Written by `make docs`.\n{''.join(texts)}"


if __name__ == "__main__":
    Path(HELP).write_text(written_by_click(), encoding="utf-8")
