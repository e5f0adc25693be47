"""``[application.NAME]`` in mraa.toml: what is read, what is refused, and that ``deploy`` never loses it."""

from pathlib import Path

import pytest

from mraa.application_settings import find_application, read_applications, require_stack_name
from mraa.errors import MraaError, UsageError
from mraa.settings import Settings, load, save
from mraa.settings_file import FILE_NAME, add_tables, read_document

ORDERS = '[application.orders]\nglobal = "global.yaml"\nregional = "regional.yaml"\n'


def write(folder: Path, text: str) -> None:
    (folder / FILE_NAME).write_text(text, encoding="utf-8")


def test_several_applications_stand_beside_the_deployment(tmp_path: Path) -> None:
    write(tmp_path, f'[deployment]\nstack_name = "shop"\n{ORDERS}[application.bills]\nregional = "b.json"\n')
    found = read_applications(tmp_path / FILE_NAME)
    assert list(found) == ["orders", "bills"]
    assert (found["orders"].global_, found["orders"].regional, found["orders"].folder) == (
        "global.yaml",
        "regional.yaml",
        tmp_path,
    )
    assert (found["bills"].global_, found["bills"].policy) == ("", "")
    assert load({}, tmp_path / FILE_NAME, {}).stack_name == "shop"


def test_a_drill_is_kept_as_it_is_written(tmp_path: Path) -> None:
    write(tmp_path, f'{ORDERS}[application.orders.drill]\nurl = "OrdersApiUrl"\nrefused = [409]\n')
    assert find_application(tmp_path / FILE_NAME, "orders").drill == {"url": "OrdersApiUrl", "refused": [409]}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("application = 3\n", "may contain only the tables"),
        ("[application]\norders = 3\n", "application.orders must be a table"),
        ("[application.Orders]\nregional = 'r'\n", "'Orders' is not a name"),
        ("[application.a]\nregional = 'r'\n", "'a' is not a name"),
        (f"[application.{'a' * 33}]\nregional = 'r'\n", "is not a name"),
        ("[application.web]\nregional = 'r'\n", "the name web is the sample web app's"),
        ("[application.orders]\nregional = 3\n", "regional must be the path of a file"),
        ("[application.orders]\nregional = ''\n", "regional must be the path of a file"),
        ("[application.orders]\nglobal = 'g'\n", r"\[application.orders\] has no regional template"),
        ("[application.orders]\nregional = 'r'\nregoinal = 'r'\n", "'regoinal' is not a setting"),
        ("[application.orders]\nregional = 'r'\ndrill = 3\n", "drill must be a table"),
    ],
)
def test_a_bad_table_is_refused_with_what_is_wrong_in_it(tmp_path: Path, text: str, words: str) -> None:
    write(tmp_path, text)
    with pytest.raises(UsageError, match=words) as refused:
        read_applications(tmp_path / FILE_NAME)
    assert refused.value.hint


def test_an_unknown_application_is_refused_with_those_that_exist(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no application 'orders'") as refused:
        find_application(tmp_path / FILE_NAME, "orders")
    assert "mraa app init orders" in refused.value.hint
    write(tmp_path, ORDERS)
    with pytest.raises(UsageError) as refused:
        find_application(tmp_path / FILE_NAME, "order")
    assert refused.value.hint == "Applications are: orders."


def test_a_stack_name_that_cloudformation_would_not_take_is_refused() -> None:
    require_stack_name("a" * 121, "orders")
    with pytest.raises(UsageError, match="more than 128 characters"):
        require_stack_name("a" * 122, "orders")


@pytest.mark.parametrize(
    "text",
    [
        f'# ours\n[deployment]\nstack_name = "old"\n\n# the shop\n{ORDERS}[application.orders.drill]\nrefused = [4]\n',
        f'{ORDERS}\n[deployment]\nstack_name = "old"\n',
        ORDERS,
    ],
)
def test_saving_the_settings_keeps_the_applications(tmp_path: Path, text: str) -> None:
    write(tmp_path, text)
    before = read_document(tmp_path / FILE_NAME)["application"]
    for _ in range(2):
        save(Settings(stack_name="new", secondary_region="eu-west-1", file=tmp_path / FILE_NAME))
    assert read_document(tmp_path / FILE_NAME)["application"] == before
    assert load({}, tmp_path / FILE_NAME, {}).stack_name == "new"
    assert ("# the shop" in text) == ("# the shop" in (tmp_path / FILE_NAME).read_text())


@pytest.mark.parametrize(
    "text",
    [
        f'deployment.stack_name = "old"\n{ORDERS}',
        f'deployment = {{ stack_name = "old" }}\n{ORDERS}',
    ],
)
def test_what_cannot_be_kept_is_not_overwritten(tmp_path: Path, text: str) -> None:
    write(tmp_path, text)
    with pytest.raises(MraaError, match="without losing other tables"):
        save(Settings(stack_name="new", file=tmp_path / FILE_NAME))
    assert (tmp_path / FILE_NAME).read_text() == text


def test_a_table_is_added_below_what_there_is(tmp_path: Path) -> None:
    add_tables(ORDERS, tmp_path / FILE_NAME)
    add_tables('[application.bills]\nregional = "b.yaml"\n', tmp_path / FILE_NAME)
    assert list(read_applications(tmp_path / FILE_NAME)) == ["orders", "bills"]
