"""Text of others on one line, without rich: an error's too, for which nothing is imported."""


def plain_line(text: str) -> str:
    """``text`` on one line, control characters replaced."""
    return "".join(character if character.isprintable() else " " for character in text)
