"""Whatever stands in an application's parameter or in the description of its drill is read, or refused in a line."""

import json
from typing import Any

from hypothesis import given

from mraa.applications.description import read_description
from mraa.errors import UsageError
from mraa.recovery.regions.applications import read_applications
from tests.fuzz.profile import fuzzed
from tests.fuzz.strategies import TEXTS, altered

TOKEN = "0" * 32
NAME = f"/mraa/{TOKEN}/application/orders"
FACTS = {"version": 1, "name": "orders", "outputs": {"Url": "https://x"}, "tables": ["orders"], "buckets": ["own"]}
DRILL = {
    "url": "Url",
    "write": {"method": "PUT", "path": "/orders/{id}", "body": {"note": "drill {id}", "lines": [1]}},
    "read": {"method": "GET", "path": "/orders/{id}"},
    "remove": {"method": "DELETE", "path": "/orders/{id}"},
    "refused": [409],
    "auth": "none",
    "headers": {"Authorization": "env:TOKEN"},
}
SECRETS = {"TOKEN": "Bearer x"}


def read_or_said(parameters: dict[str, str]) -> None:
    found, problems = read_applications(TOKEN, parameters)
    assert len(found) + len(problems) == len(parameters)
    for application in found.values():
        assert all(isinstance(name, str) for name in (*application.tables, *application.buckets))


@fuzzed
@given(altered(FACTS, ["orders", 1, ["x" * 255]]))
def test_any_document_is_an_application_or_a_problem(document: Any) -> None:
    read_or_said({NAME: json.dumps(document)})


@fuzzed
@given(TEXTS)
def test_any_text_is_an_application_or_a_problem(text: str) -> None:
    read_or_said({NAME: text})


@fuzzed
@given(altered(DRILL, ["/{id}", "{id}", "POST", 500, {"id": "{id}"}]))
def test_any_table_is_a_description_or_refused_in_one_line(table: Any) -> None:
    if not isinstance(table, dict):
        return  # mraa.toml is read as tables
    try:
        found = read_description("orders", table, SECRETS)
    except UsageError as error:
        assert "[application.orders.drill]" in error.message
        assert len(error.message) < 1000
        assert error.hint
    else:
        assert all("{id}" in of.path for of in (found.write, found.read, found.remove))
        assert set(found.headers.values()) <= set(SECRETS.values())
