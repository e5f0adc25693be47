"""Text of others (a reason, a status) on one line: it must not control the terminal."""


def plain_line(text: str) -> str:
    """``text`` on one line, control characters replaced."""
    return "".join(character if character.isprintable() else " " for character in text)
