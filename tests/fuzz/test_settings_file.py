"""Any bytes and any tables in mraa.toml are settings, or a usage error that says what is wrong in one line."""

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mraa.errors import UsageError
from mraa.settings import NAMES, Settings, load, read_file, save
from mraa.settings_file import FILE_NAME
from tests.fuzz.profile import fuzzed
from tests.fuzz.strategies import TEXTS

VALID = {
    "stack_name": st.from_regex(r"[A-Za-z][A-Za-z0-9-]{0,20}", fullmatch=True),
    "secondary_region": st.sampled_from(["ap-northeast-1", "us-gov-west-1", "cn-north-1"]),
    "bucket_prefix": st.from_regex(r"[a-z0-9][a-z0-9-]{1,20}[a-z0-9]", fullmatch=True),
    "solution_version": st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,20}", fullmatch=True),
    "profile": TEXTS,
}
TOML_VALUES = st.recursive(
    st.one_of(st.booleans(), st.integers(), st.floats(), TEXTS, st.dates(), st.datetimes()).map(str)
    | TEXTS.map(lambda text: json.dumps(text, ensure_ascii=False))
    | TEXTS.map(lambda text: f"'''{text}'''"),
    lambda inner: st.lists(inner, max_size=3).map(lambda values: f"[{', '.join(values)}]"),
    max_leaves=4,
)
KEYS = st.sampled_from([*NAMES, "deployment", "application.orders", '"quoted key"', "a.b.c"]) | TEXTS
LINES = st.one_of(
    st.builds("{} = {}".format, KEYS, TOML_VALUES),
    st.builds("[{}]".format, st.sampled_from(["deployment", "deployment.more", "[deployment]"]) | TEXTS),
    TEXTS,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def read_or_refused(folder: Path, content: bytes) -> dict[str, str] | None:
    """The file's settings, None if it is refused as promised."""
    path = folder / FILE_NAME
    path.write_bytes(content)
    try:
        found = read_file(path)
    except UsageError as error:
        assert str(path) in error.message
        assert error.hint
        assert len(error.message) < 1000
        return None
    assert found.keys() <= set(NAMES)
    assert all(isinstance(value, str) for value in found.values())
    with contextlib.suppress(UsageError):
        load({}, folder / FILE_NAME, {})
    return found


@fuzzed
@given(st.binary(max_size=300))
@example(b"[deployment]\nx = " + b"[" * 18_000)
@example(b"[deployment]\nx = " + b"{a=" * 6_000)
@example(b"a." * 4_000 + b"b = 1")
@example(b"x = " + b"9" * 5_000)
@example(b"x = 2026-13-45T99:99:99Z")
def test_any_bytes_are_settings_or_a_usage_error(folder: Path, content: bytes) -> None:
    read_or_refused(folder, content)


@fuzzed
@given(st.lists(LINES, max_size=6))
def test_any_lines_are_settings_or_a_usage_error(folder: Path, lines: list[str]) -> None:
    read_or_refused(folder, "\n".join(["[deployment]", *lines]).encode("utf-8", "surrogatepass"))


@fuzzed
@given(st.dictionaries(st.sampled_from(NAMES), TEXTS, max_size=4))
def test_any_text_as_a_setting_is_read_as_written_and_then_judged(folder: Path, values: dict[str, str]) -> None:
    lines = [f"{name} = {json.dumps(value)}" for name, value in values.items()]
    found = read_or_refused(folder, "\n".join(["[deployment]", *lines]).encode())
    if found is not None:
        assert found == values


@fuzzed
@given(st.fixed_dictionaries({}, optional=VALID))
def test_settings_that_are_valid_are_saved_and_read_back_the_same(folder: Path, values: dict[str, Any]) -> None:
    try:
        settings = Settings(**values, file=folder / FILE_NAME)
    except UsageError as error:
        assert error.hint
        return
    save(settings)
    assert load({}, folder / FILE_NAME, {}) == settings


@fuzzed
@given(TEXTS)
def test_any_text_of_a_flag_or_a_variable_is_taken_or_refused(folder: Path, value: str) -> None:
    for name in NAMES:
        for flags, environment in (({name: value}, {}), ({}, {f"MRAA_{name.upper()}": value})):
            try:
                assert getattr(load(flags, folder / FILE_NAME, environment), name) in (value, getattr(Settings, name))
            except UsageError as error:
                assert error.hint
                assert "\n" not in error.message
