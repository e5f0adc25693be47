"""``[application.NAME.drill]``: what is read of it, and that everything odd is refused in one line."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from mraa.applications.described import read_apis
from mraa.applications.description import ApiRequest, DrillDescription, read_description
from mraa.cli.applications import choose_workloads
from mraa.errors import UsageError
from mraa.settings_file import FILE_NAME

ORDERS = """
url     = "OrdersApiUrl"
write   = { method = "PUT", path = "/orders/{id}", body = { note = "drill {id}", lines = [1, "x"] } }
read    = { method = "GET", path = "/orders/{id}?consistent=yes" }
remove  = { method = "DELETE", path = "/orders/{id}" }
refused = [409]
"""


def read(text: str, **environment: str) -> DrillDescription:
    return read_description("orders", tomllib.loads(text), environment)


def with_line(name: str, value: str) -> str:
    lines = [line for line in ORDERS.splitlines() if not line.startswith(name)]
    return "\n".join([*lines, *([f"{name} = {value}"] if value else [])])


def test_a_description_is_signed_unless_it_has_headers() -> None:
    assert read(ORDERS) == DrillDescription(
        url="OrdersApiUrl",
        write=ApiRequest("PUT", "/orders/{id}", {"note": "drill {id}", "lines": [1, "x"]}),
        read=ApiRequest("GET", "/orders/{id}?consistent=yes"),
        remove=ApiRequest("DELETE", "/orders/{id}"),
        refused=frozenset({409}),
        is_signed=True,
        headers={},
    )
    token = read(with_line("headers", '{ Authorization = "env:ORDERS_TOKEN" }'), ORDERS_TOKEN="Bearer x")
    assert (token.is_signed, token.headers) == (False, {"Authorization": "Bearer x"})
    both = read(with_line("headers", '{ x-api-key = "env:KEY" }\nauth = "sigv4"'), KEY="k")
    assert (both.is_signed, both.headers) == (True, {"x-api-key": "k"})
    assert not read(with_line("auth", '"none"')).is_signed


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("url", "", "url must be the name of an output"),
        ("url", '"https://orders.example"', "url must be the name of an output"),
        ("url", "3", "url must be the name of an output"),
        ("write", "", "write must be a table with method and path"),
        ("write", '{ method = "GET", path = "/orders/{id}" }', "write: method must be PUT or POST or PATCH"),
        ("write", '{ path = "/orders/{id}" }', "write: method must be"),
        ("write", '{ method = "PUT" }', "write: path must be a path such as /orders/{id}"),
        ("write", '{ method = "PUT", path = "/orders" }', "path must contain {id}"),
        ("write", '{ method = "PUT", path = "/orders/{id}/{run}" }', "path must contain {id}, and nothing else"),
        ("write", '{ method = "PUT", path = "orders/{id}" }', "path must be a path"),
        ("write", '{ method = "PUT", path = "//evil.example/{id}" }', "path must be a path"),
        ("write", '{ method = "PUT", path = "/a/../{id}" }', "path must be a path"),
        ("write", '{ method = "PUT", path = "/a b/{id}" }', "path must be a path"),
        ("write", '{ method = "PUT", path = "/orders/{id}#x" }', "path must be a path"),
        ("write", '{ method = "PUT", path = "/o/{id}", bdoy = {} }', "'bdoy' is not a setting"),
        ("write", '{ method = "PUT", path = "/o/{id}", body = { at = 2026-11-30 } }', "body is not JSON"),
        ("write", '{ method = "PUT", path = "/o/{id}", body = { at = nan } }', "body is not JSON"),
        ("read", '{ method = "POST", path = "/orders/{id}" }', "read: method must be GET"),
        ("read", '{ method = "GET", path = "/orders/{id}", body = {} }', "read has a body"),
        ("remove", '{ method = "GET", path = "/orders/{id}" }', "remove: method must be DELETE"),
        ("refused", "", "refused must list the statuses"),
        ("refused", "[]", "refused must list the statuses"),
        ("refused", "[200]", "refused must list the statuses"),
        ("refused", "[true]", "refused must list the statuses"),
        ("refused", "409", "refused must list the statuses"),
        ("auth", '"basic"', 'auth must be "sigv4" or "none"'),
        ("headers", '"x"', "headers must be a table"),
        ("headers", '{ Authorization = "Bearer secret" }', "must come from the environment, not from a file"),
        ("headers", '{ Authorization = "env:MISSING" }', "MISSING is not set"),
        ("headers", '{ Authorization = "env:BROKEN" }', "BROKEN is not a header's value"),
        ("headers", '{ Host = "env:TOKEN" }', "'Host' is no header that can be set"),
        ("headers", '{ "a b" = "env:TOKEN" }', "'a b' is no header that can be set"),
        ("headers", "{ Authorization = 3 }", "must come from the environment"),
        ("verify", '"x"', "'verify' is not a setting"),
    ],
)
def test_a_bad_description_is_refused_with_what_is_wrong_in_it(name: str, value: str, words: str) -> None:
    with pytest.raises(UsageError) as refused:
        read(with_line(name, value), BROKEN="a\nb", TOKEN="t")
    assert words in refused.value.message
    assert refused.value.message.startswith("[application.orders.drill]")
    assert refused.value.hint
    assert "\n" not in refused.value.message


def applications(folder: Path, *names: str, **more: Any) -> None:
    texts = [f'[application.{name}]\nregional = "r.yaml"\n[application.{name}.drill]\n{ORDERS}' for name in names]
    (folder / "mraa.toml").write_text("\n".join([*texts, *more.values()]))


def test_an_application_without_a_description_is_neither_an_api_nor_a_problem(tmp_path: Path) -> None:
    applications(
        tmp_path,
        "orders",
        more='[application.bills]\nregional = "r.yaml"\n[application.broken]\nregional = "r"\ndrill = { url = 3 }',
    )
    apis, problems = read_apis(tmp_path / FILE_NAME, {})
    assert (list(apis), list(problems)) == (["orders"], ["broken"])


def test_a_drill_is_of_the_sample_and_of_all_that_are_described(tmp_path: Path) -> None:
    assert [chosen.name for chosen in choose_workloads((), tmp_path / FILE_NAME)] == ["photos"]
    applications(tmp_path, "orders", "bills")
    assert [chosen.name for chosen in choose_workloads((), tmp_path / FILE_NAME)] == ["photos", "bills", "orders"]
    assert [chosen.name for chosen in choose_workloads(["orders", "orders"], tmp_path / FILE_NAME)] == ["orders"]
    assert [chosen.name for chosen in choose_workloads(["photos", "bills"], tmp_path / FILE_NAME)] == [
        "photos",
        "bills",
    ]


def test_a_drill_of_an_application_that_is_not_described_names_those_that_are(tmp_path: Path) -> None:
    applications(tmp_path, "orders")
    with pytest.raises(UsageError, match="does not describe how to drill 'bills'") as refused:
        choose_workloads(["bills"], tmp_path / FILE_NAME)
    assert "photos, orders" in refused.value.hint


def test_a_broken_description_stops_the_drills_that_it_is_part_of(tmp_path: Path) -> None:
    applications(tmp_path, "orders", more='[application.broken]\nregional = "r.yaml"\ndrill = { url = 3 }')
    for chosen in ((), ("broken",)):
        with pytest.raises(UsageError, match=r"\[application.broken.drill\]: url must be"):
            choose_workloads(chosen, tmp_path / FILE_NAME)
    assert [workload.name for workload in choose_workloads(["orders"], tmp_path / FILE_NAME)] == ["orders"]


def test_an_application_cannot_be_called_as_the_sample(tmp_path: Path) -> None:
    applications(tmp_path, "photos")
    with pytest.raises(UsageError, match="The name photos is the sample's"):
        choose_workloads((), tmp_path / FILE_NAME)
