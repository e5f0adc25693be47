"""What a sender who means no good, or a broken one, may send: texts, JSON, and good documents with something wrong."""

import copy
from collections.abc import Iterator, Sequence
from typing import Any

from hypothesis import strategies as st

# what ends a text, a line, a tag or a template in some language on the way
NASTY = [
    "", " ", "'", '"', "\\", "\\'", '\\"', "\n", "\r\n", "\0", "\x1b[2J", "\x7f", "\u2028", "\ufeff", "\ufffd",
    "\ud800", "\u202e", "😀", "[bold]x[/]", "[/]", "]]>", "<script>alert(1)</script>", "&amp;", "--", "#",
    "${AWS::Region}", "$input.body", "$x", "#set($a=1)", "#end", "'}#end{'a':'", "{{1}}", "{0}", "%s", "../..", "/",
    '","state":"active', "app-1#fence#00", "none", "null", "NaN", "1e999", "-1", "²", "٣", "9" * 5000, "a" * 5000,
    "arn:aws:s3:::x", "active", "fenced",
]  # fmt: skip

TEXTS = st.one_of(st.sampled_from(NASTY), st.text(max_size=40), st.text(alphabet=st.characters(), max_size=10))

SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.sampled_from([0, 1, -1, 2**53, 2**63, 10**40]), st.floats(), TEXTS
)

JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)

_KINDS = ["remove", "nothing", "odd", "odd", "text", "twice", "none of it"]


@st.composite
def altered(draw: st.DrawFn, whole: Any, words: Sequence[Any] = (), most: int = 3) -> Any:
    """``whole`` with up to ``most`` of its parts removed, emptied or replaced; ``words`` are right ones elsewhere."""
    wanted = draw(st.integers(0, most))
    if not wanted:
        return whole
    # under a name, so that the whole itself can be replaced
    changed = {"": copy.deepcopy(whole)}
    for _ in range(wanted):
        places = list(_places(changed))
        container, key = places[draw(st.integers(0, len(places) - 1))]
        kind = draw(st.sampled_from(_KINDS))
        if kind == "remove" and container is not changed:
            del container[key]
        elif kind == "twice" and isinstance(container, list):
            container.append(container[key])
        elif kind == "none of it" and isinstance(container[key], dict | list):
            container[key] = type(container[key])()
        elif kind == "nothing":
            container[key] = None
        elif kind == "text" and words:
            container[key] = copy.deepcopy(draw(st.sampled_from(words)))
        else:
            container[key] = draw(JSON if kind == "odd" else TEXTS)
    return changed[""]


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every part of a document, as its container and its key there."""
    items: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    for key, inner in items:
        yield value, key
        yield from _places(inner)
