"""Text for a terminal: what others wrote (a reason, a stack's status) must not control it."""

from rich.markup import escape

from mraa.cli.plain import plain_line


def one_line(text: str) -> str:
    """``text`` as markup for one line, control characters replaced."""
    return escape(plain_line(text))
