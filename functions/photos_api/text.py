"""What people read in a text: two that look the same are one name, and one that shows nothing is none."""

import unicodedata

# beside white space: fillers, which NFKC leaves or makes of others
_BLANK = str.maketrans("\u115f\u1160\u2800", "   ")
# beside format and control characters: joiners and selectors
_INVISIBLE = {
    *"\u034f\u17b4\u17b5",
    *map(chr, range(0x180B, 0x1810)),
    *map(chr, range(0xFE00, 0xFE10)),
    *map(chr, range(0xE0100, 0xE01F0)),
}


def compared(text: str) -> str:
    """The text as it is compared with others: without what cannot be seen, of one case, form and kind of space.

    After NFKC_Casefold (https://www.unicode.org/reports/tr31/#NFKC_Modifications). Letters of different scripts that
    look alike stay different. Empty if nothing can be seen.
    """
    if text.isascii() and text.isprintable():  # most are: no form to normalize, nothing unseen
        return " ".join(text.lower().split())
    while (folded := _folded(text)) != text:  # what is removed may have kept parts of a letter apart
        text = folded
    return text


def _folded(text: str) -> str:
    same = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return " ".join("".join(filter(_is_seen, same.translate(_BLANK))).split())


def _is_seen(character: str) -> bool:
    is_format = unicodedata.category(character) in ("Cc", "Cf") and not character.isspace()
    return not is_format and character not in _INVISIBLE
