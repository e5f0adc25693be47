"""Where the command `mraa` begins. `--help` of every command is answered from a text that click wrote before.

Loading click, and all that a verb's options need, takes most of the time of a help page. The texts are in
``help.txt``; `make docs` writes it, a test holds it equal to what click writes. Whatever is in doubt is left to click.
"""

import os
import sys

# the widths that click writes for: no terminal, or one of 80 columns; one of 100 or more
COLUMNS = (80, 100)

HELP = f"{os.path.dirname(__file__)}/help.txt"  # noqa: PTH120 - pathlib is slow to load

_ASKED = {"--help", "-h"}


def main() -> object:
    """The console script's entry."""
    if sys.argv[-1] in _ASKED and _is_shown(sys.argv[1:-1]):
        return None
    from mraa.cli.main import main as run

    return run()


def heading(words: tuple[str, ...], columns: int) -> str:
    """The line above the help of ``mraa WORDS`` for a terminal of so many columns."""
    return f"\n=== {' '.join(('mraa', *words))} --help, {columns} columns ===\n"


def _is_shown(words: list[str]) -> bool:
    """Show the help of a command; False if that is left to click."""
    columns = min(_terminal_columns(), COLUMNS[-1])
    are_names = all(word.replace("-", "").isalpha() for word in words)
    if columns not in COLUMNS or "_MRAA_COMPLETE" in os.environ or not are_names:
        return False
    try:
        with open(HELP, "rb") as file:  # noqa: PTH123
            _, is_there, after = file.read().partition(heading((*words,), columns).encode())
        left = after.partition(b"\n=== ")[0]
        while left:
            left = left[os.write(1, left) :]
    except OSError:  # nobody reads, the disk is full: click's way says so
        return False
    return bool(is_there)


def _terminal_columns() -> int:
    """As ``shutil.get_terminal_size`` finds them."""
    try:
        columns = int(os.environ.get("COLUMNS", ""))
    except ValueError:
        columns = 0
    if columns <= 0:
        try:
            columns = os.get_terminal_size(1).columns
        except OSError:
            columns = 0
    return columns or COLUMNS[0]
