"""Text for a terminal: what others wrote (a reason, a stack's status) must not control it."""

from rich.markup import escape


def one_line(text: str) -> str:
    """``text`` as markup for one line, control characters replaced."""
    return escape(plain_line(text))


def plain_line(text: str) -> str:
    """``text`` on one line, control characters replaced."""
    return "".join(character if character.isprintable() else " " for character in text)
