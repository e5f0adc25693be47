"""fence/README.md says what the libraries do and knows every reason that DynamoDB's model knows."""

import json
import re
from typing import Any

import boto3

from mraa_fence import Fence
from tests.checkout import CHECKOUT
from tests.functions.fakes import FakeClient, FakeTime
from tests.regions import PRIMARY

PAGE = (CHECKOUT / "fence" / "README.md").read_text(encoding="utf-8")


def blocks() -> list[Any]:
    """The indented blocks of JSON, each a document or members of one."""
    found = re.findall(r"(?:^    .*\n)+", PAGE, re.MULTILINE)
    texts = [text.strip() for text in found if text.strip()[0] in '{"']
    return [json.loads(text if text[0] == "{" else f"{{{text}}}") for text in texts]


def test_the_check_on_the_page_is_the_library_s() -> None:
    [check] = [block["ConditionCheck"] for block in blocks() if "ConditionCheck" in block]
    fence = Fence(FakeClient(), "<app-config>", "<AppId>", PRIMARY, 64, FakeTime().clock())
    made = json.dumps(fence.check()["ConditionCheck"]).replace(PRIMARY, "<the Region of this client>")
    assert json.loads(made.replace("#fence#20", "#fence#<a random one>")) == check


def test_the_states_on_the_page_lead_to_each_other() -> None:
    [states] = [block for block in blocks() if "Draw" in block]
    text = json.dumps(states)
    led_to = set(re.findall(r'"(?:Next|Default)": "(\w+)"', text))
    assert led_to == states.keys() | {"Done", "Refused", "NotMine"}


def test_the_page_knows_every_reason_and_every_error_of_a_transaction() -> None:
    model = boto3.client("dynamodb", region_name=PRIMARY).meta.service_model
    documented = model.shape_for("TransactionCanceledException").documentation
    codes = set(re.findall(r"Code: <code>(\w+)</code>", documented))
    assert {"ConditionalCheckFailed", "TransactionConflict"} < codes
    errors = {shape.name for shape in model.operation_model("TransactWriteItems").error_shapes}
    unanswered = {"InternalServerError"}  # HTTP 5xx on the page
    assert {name for name in (codes | errors) - unanswered if f"`{name}`" not in PAGE} == set()
