"""Two sorted streams compared, and the external sort, against the obvious way with everything in memory."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mraa.recovery.reconcile.external_sort import ExternalSort
from mraa.recovery.reconcile.merge import Difference, Entry, Side, UnsortedError, differences, without_match

CONTENTS = st.dictionaries(
    st.tuples(st.text(max_size=3), st.text(max_size=3)), st.sampled_from(["a", "b"]), max_size=12
)


def entries(contents: dict[tuple[str, str], str]) -> list[Entry]:
    return [Entry(key, digest) for key, digest in sorted(contents.items())]


@given(CONTENTS, CONTENTS)
def test_every_key_that_is_not_the_same_on_both_sides_is_found_once(
    left: dict[tuple[str, str], str], right: dict[tuple[str, str], str]
) -> None:
    found = list(differences(entries(left), entries(right)))
    expected = [key for key in sorted({*left, *right}) if left.get(key) != right.get(key)]
    assert [difference.key for difference in found] == expected
    for difference in found:
        key = difference.key
        assert difference.left == (Entry(key, left[key]) if key in left else None)
        assert difference.right == (Entry(key, right[key]) if key in right else None)


def test_a_difference_names_the_side_that_lacks_it() -> None:
    entry = Entry(("a",), "1")
    assert Difference(None, entry).missing_on is Side.LEFT
    assert Difference(entry, None).missing_on is Side.RIGHT
    assert Difference(entry, Entry(("a",), "2")).missing_on is None


@pytest.mark.parametrize("keys", ["ba", "aa"])
def test_a_stream_out_of_order_is_refused_instead_of_compared_wrongly(keys: str) -> None:
    with pytest.raises(UnsortedError):
        list(differences((Entry((key,), "") for key in keys), []))


def test_neither_stream_is_read_further_ahead_than_one_entry() -> None:
    read = 0

    def endless() -> Iterator[Entry]:
        nonlocal read
        while True:
            read += 1
            yield Entry((f"{read:09}",), "")

    found = differences(endless(), iter([]))
    for _ in range(1000):
        next(found)
    assert read <= 1001


def test_what_has_no_match_is_found_regardless_of_its_content() -> None:
    photos = [Entry((key,), "x", "us-east-1") for key in "abc"]
    assert [entry.key for entry in without_match(photos, [("a",), ("b0",), ("c",)])] == [("b",)]


@given(st.dictionaries(st.tuples(st.text(max_size=4)), st.text(max_size=4), max_size=30), st.integers(1, 7))
def test_entries_are_read_sorted_and_complete_as_often_as_needed(
    contents: dict[tuple[str], str], run_length: int
) -> None:
    given_in = [Entry(key, digest, "us-east-1", "t") for key, digest in contents.items()]
    with ExternalSort(run_length=run_length) as spill:
        spill.fill(given_in)
        expected = sorted(given_in, key=lambda entry: entry.key)
        assert list(spill) == expected
        assert list(spill) == expected
        assert spill.count == len(expected)
