"""Settings: which source wins, what is refused and with which words, and that what is saved is read back."""

import errno
import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from mraa.errors import MraaError, UsageError
from mraa.settings import NAMES, Settings, flag, load, read_file, save, variable
from mraa.settings_file import FILE_NAME

NOTHING: dict[str, str] = {}


def given(settings: Settings) -> dict[str, str]:
    return {name: getattr(settings, name) for name in NAMES}


def write(folder: Path, text: str) -> None:
    (folder / FILE_NAME).write_text(text, encoding="utf-8")


def test_a_flag_wins_over_the_environment_over_the_file_over_the_default(tmp_path: Path) -> None:
    assert load({}, tmp_path / FILE_NAME, NOTHING).stack_name == "mraa"
    write(tmp_path, '[deployment]\nstack_name = "from-file"\n')
    assert load({}, tmp_path / FILE_NAME, NOTHING).stack_name == "from-file"
    environment = {"MRAA_STACK_NAME": "from-environment"}
    assert load({}, tmp_path / FILE_NAME, environment).stack_name == "from-environment"
    assert load({"stack_name": "from-flag"}, tmp_path / FILE_NAME, environment).stack_name == "from-flag"


def test_an_empty_variable_counts_as_none_and_an_empty_flag_is_refused(tmp_path: Path) -> None:
    assert load({}, tmp_path / FILE_NAME, {"MRAA_STACK_NAME": ""}).stack_name == "mraa"
    with pytest.raises(UsageError, match="--stack-name is empty"):
        load({"stack_name": ""}, tmp_path / FILE_NAME, NOTHING)


@pytest.mark.parametrize("name", [name for name in NAMES if getattr(Settings, name)])
def test_a_setting_that_has_a_default_is_never_empty(tmp_path: Path, name: str) -> None:
    write(tmp_path, f'[deployment]\n{name} = ""\n')
    with pytest.raises(UsageError, match=f"{name} '' in .*mraa.toml is not valid"):
        load({}, tmp_path / FILE_NAME, NOTHING)


def test_every_setting_can_be_given_by_flag_variable_and_file(tmp_path: Path) -> None:
    values = {
        "stack_name": "a",
        "primary_region": "eu-west-1",
        "secondary_region": "eu-central-1",
        "bucket_prefix": "abc",
        "solution_name": "solution",
        "solution_version": "v2",
        "profile": "p",
    }
    assert set(values) == set(NAMES)
    assert given(load(values, tmp_path / FILE_NAME, NOTHING)) == values
    assert given(load({}, tmp_path / FILE_NAME, {variable(name): value for name, value in values.items()})) == values
    write(tmp_path, "[deployment]\n" + "".join(f'{name} = "{value}"\n' for name, value in values.items()))
    assert given(load({}, tmp_path / FILE_NAME, NOTHING)) == values


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("primary_region", "us_east_1"),
        ("primary_region", "US-EAST-1"),
        ("secondary_region", "us-east-1; rm -rf"),
        ("bucket_prefix", "My-Bucket"),
        ("bucket_prefix", "my.bucket"),
        ("bucket_prefix", "ab"),
        ("bucket_prefix", "a" * 46),
        ("bucket_prefix", "-bucket"),
        ("solution_version", "v1/2"),
        ("solution_version", "../v1"),
        ("solution_name", "a/b"),
        ("stack_name", "1mraa"),
        ("stack_name", "mraa_1"),
        ("stack_name", "mraa\n"),
        ("profile", 'a"b'),
    ],
)
def test_a_bad_value_is_refused_naming_its_flag(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(UsageError, match=flag(name)) as refused:
        load({name: value}, tmp_path / FILE_NAME, NOTHING)
    assert refused.value.exit_code == 2
    assert refused.value.hint


def test_the_longest_prefix_makes_a_bucket_name_that_s3_takes() -> None:
    longest_region = "ap-southeast-1"
    assert len(f"{Settings(bucket_prefix='a' * 45).bucket_prefix}-{longest_region}") <= 63


def test_the_same_region_twice_is_refused() -> None:
    with pytest.raises(UsageError, match="the same: us-east-1"):
        Settings(primary_region="us-east-1", secondary_region="us-east-1")


def test_regions_need_the_secondary_one() -> None:
    with pytest.raises(UsageError, match="--secondary-region is not set") as missing:
        _ = Settings().regions
    assert "MRAA_SECONDARY_REGION" in missing.value.hint
    assert Settings(secondary_region="eu-west-1").regions == ("us-east-1", "eu-west-1")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[deployment\n", "not valid TOML"),
        ("stack_name = 'a'\n", "may contain only the tables"),
        ("[deployment]\n[other]\n", "may contain only the tables"),
        ("deployment = 3\n", "may contain only the tables"),
        ("[deployment]\nstak_name = 'a'\n", "'stak_name' is not a setting"),
        ("[deployment]\nstack_name = 3\n", "stack_name must be a string"),
        ("[deployment]\nstack_name = '1'\n", "stack_name '1' in .*mraa.toml is not valid"),
    ],
)
def test_a_bad_file_is_refused_with_what_is_wrong_in_it(tmp_path: Path, text: str, words: str) -> None:
    write(tmp_path, text)
    with pytest.raises(UsageError, match=words):
        load({}, tmp_path / FILE_NAME, NOTHING)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="cannot be read"):
        read_file(tmp_path / FILE_NAME)


@pytest.mark.parametrize(
    ("flags", "environment", "origin"),
    [
        ({"stack_name": "1"}, {}, "--stack-name '1'"),
        ({}, {"MRAA_STACK_NAME": "1"}, "MRAA_STACK_NAME '1'"),
        ({}, {}, "stack_name '1' in .*mraa.toml"),
    ],
)
def test_a_bad_value_is_blamed_on_where_it_comes_from(
    tmp_path: Path, flags: dict[str, str], environment: dict[str, str], origin: str
) -> None:
    write(tmp_path, '[deployment]\nstack_name = "1"\n')
    with pytest.raises(UsageError, match=f"^{origin} is not valid") as refused:
        load(flags, tmp_path / FILE_NAME, environment)
    assert refused.value.hint.startswith("Fix ")


def test_a_long_bad_value_does_not_fill_the_screen() -> None:
    with pytest.raises(UsageError) as refused:
        load({"stack_name": "1" * 10_000}, Path("/nowhere"), NOTHING)
    assert len(refused.value.message) < 250


def test_the_same_region_twice_names_both_sources(tmp_path: Path) -> None:
    write(tmp_path, '[deployment]\nsecondary_region = "eu-west-1"\n')
    with pytest.raises(UsageError, match=r"same: eu-west-1 \(from MRAA_PRIMARY_REGION, secondary_region in .*toml\)"):
        load({}, tmp_path / FILE_NAME, {"MRAA_PRIMARY_REGION": "eu-west-1"})


@pytest.mark.parametrize("kind", ["device", "pipe", "folder"])
def test_what_is_no_regular_file_is_refused_unopened(tmp_path: Path, kind: str) -> None:
    path = tmp_path / FILE_NAME
    match kind:
        case "device":
            path.symlink_to("/dev/zero")
        case "pipe":
            os.mkfifo(path)
        case _:
            path.mkdir()
    with pytest.raises(UsageError, match=r"mraa\.toml is not a regular file"):
        read_file(path)


def test_a_link_to_nothing_is_not_taken_for_no_file(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).symlink_to("gone.toml")
    with pytest.raises(UsageError, match=r"is a link to gone\.toml, which does not exist"):
        load({}, tmp_path / FILE_NAME, NOTHING)


def test_a_file_without_an_end_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "#" * 200_000)
    with pytest.raises(UsageError, match="larger than 20,000 bytes"):
        read_file(tmp_path / FILE_NAME)


def test_a_byte_order_mark_is_skipped(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b'\xef\xbb\xbf[deployment]\r\nstack_name = "x"\r\n')
    assert load({}, tmp_path / FILE_NAME, NOTHING).stack_name == "x"


def test_a_full_disk_leaves_no_draft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, text: str, encoding: str) -> int:
        path.touch()  # written in part
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(MraaError, match="cannot be written"):
        save(Settings(file=tmp_path / FILE_NAME))
    assert list(tmp_path.iterdir()) == []


def test_what_is_saved_is_read_back_and_no_other_file_is_left(tmp_path: Path) -> None:
    wanted = Settings(stack_name="x", secondary_region="eu-west-1", bucket_prefix="abc", profile="me@work")
    wanted = replace(wanted, file=tmp_path / FILE_NAME)
    save(wanted)
    save(wanted)
    assert load({}, tmp_path / FILE_NAME, NOTHING) == wanted
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


def test_a_colleague_can_read_the_file(tmp_path: Path) -> None:
    save(Settings(file=tmp_path / FILE_NAME))
    mode = stat.S_IMODE((tmp_path / FILE_NAME).stat().st_mode)
    assert mode & 0o444 == 0o444


def test_a_folder_that_cannot_be_written_to_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(MraaError, match="cannot be written"):
        save(Settings(file=tmp_path / "missing" / FILE_NAME))
