"""The routing layer's mapping templates: no id becomes another query, no item another answer."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mraa.templates import placeholder_release, render
from mraa_local.api_gateway import vtl
from mraa_local.engine.velocity import TemplateFailedError
from tests.fuzz.profile import fuzzed
from tests.fuzz.strategies import TEXTS, altered

TABLE = "mraa-1-app-config"
ITEM = {
    "Item": {
        "appId": {"S": "a"}, "state": {"S": "active"}, "writableRegion": {"S": "us-east-1"}, "epoch": {"N": "8"},
        "updatedAt": {"S": "2026-11-23T08:00:00.000Z"}, "reason": {"S": "secret"},
    }
}  # fmt: skip


@pytest.fixture(scope="module")
def integration() -> dict[str, Any]:
    """The integration of GET /state/{appId} as it is rendered."""
    template = json.loads(
        render(placeholder_release())["multi-region-application-architecture-stackset-instance.template"]
    )
    body = template["Resources"]["RoutingLayerApi"]["Properties"]["Body"]
    found: dict[str, Any] = body["paths"]["/state/{appId}"]["get"]["x-amazon-apigateway-integration"]
    return found


def rendered(template: Any, body: str, **path: str) -> Any:
    """The template's text as JSON; whatever was put in, it must still be JSON."""
    text = template["Fn::Sub"] if isinstance(template, dict) else template
    text = (text[0] if isinstance(text, list) else text).replace("${AppConfigTableName}", TABLE)
    source = vtl.Input(body, {"path": path, "querystring": {}, "header": {}})
    return json.loads(vtl.render(text, source, {"responseOverride": {"header": {}}}, {}))


@fuzzed
@given(TEXTS.filter(bool) | st.from_regex(r"[A-Za-z0-9-]{1,70}", fullmatch=True))  # no route has an empty part
def test_any_id_reads_one_item_of_the_state_table_consistently(integration: dict[str, Any], app_id: str) -> None:
    asked = rendered(integration["requestTemplates"]["application/json"], "", appId=app_id)
    expected = app_id if re.fullmatch(r"[A-Za-z0-9-]{1,64}", app_id) else "-"
    assert asked == {"TableName": TABLE, "ConsistentRead": True, "Key": {"appId": {"S": expected}}}


@fuzzed
@given(TEXTS, TEXTS, TEXTS, st.integers(min_value=0, max_value=2**53))
def test_a_record_s_texts_are_answered_exactly(
    integration: dict[str, Any], state: str, region: str, updated_at: str, epoch: int
) -> None:
    texts = {"state": state, "writableRegion": region, "updatedAt": updated_at}
    item = {"epoch": {"N": str(epoch)}, **{name: {"S": value} for name, value in texts.items()}}
    answer = rendered(_answer_template(integration), json.dumps({"Item": ITEM["Item"] | item}))
    assert answer == {**texts, "epoch": epoch}


@fuzzed
@given(altered(ITEM, words=["8", {"S": "x"}, {"N": "1"}], most=1))
def test_whatever_dynamodb_answers_no_more_than_the_four_fields_are_told(
    integration: dict[str, Any], answer: Any
) -> None:
    try:
        told = rendered(_answer_template(integration), json.dumps(answer))
    except (TemplateFailedError, ValueError):
        return  # API Gateway answers 500, or text that no client takes for a state
    assert told == {} or told.keys() <= {"state", "writableRegion", "epoch", "updatedAt"}


def _answer_template(integration: dict[str, Any]) -> Any:
    return integration["responses"]["200"]["responseTemplates"]["application/json"]
