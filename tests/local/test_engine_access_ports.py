"""What each port to the engine's authentication and authorization promises; an upgrade has to keep this."""

import itertools
from collections.abc import Iterator
from typing import Any

import ministack.app
import pytest
from ministack.core import iam_actions, iam_evaluator

from mraa_local.engine import authorization
from mraa_local.engine.authorization import Call, Check, UndeterminedError
from mraa_local.engine.scope import Answer, scope
from tests.local import engine
from tests.local.engine import run_async
from tests.regions import PRIMARY

_ACCOUNTS = itertools.count(500000000000)


@pytest.fixture(autouse=True)
def own_account() -> Iterator[str]:
    """An account of the test's own, and the engine as it was."""
    account = str(next(_ACCOUNTS))
    with engine.restored(), scope(account, PRIMARY):
        ministack.app.AUTH = True
        yield account


@pytest.fixture
def enforced(own_account: str) -> list[tuple[str, str, Any]]:
    """What has been evaluated: action, resource, condition keys. Everything is allowed."""
    seen: list[tuple[str, str, Any]] = []

    def enforce(
        _key: str, action: str, _service: str, _region: str, resource_arn: str = "*", service_context: Any = None
    ) -> None:
        seen.append((action, resource_arn, service_context))

    iam_evaluator.enforce = enforce
    return seen


def dispatch(service: str, method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b"") -> Answer:
    credential = f"test/20300101/{PRIMARY}/{service}/aws4_request"
    signature = f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0"
    all_headers = {"host": "127.0.0.1:4566", "authorization": signature, **(headers or {})}
    answer: Answer = run_async(ministack.app._dispatch_service_request(method, path, all_headers, body, {}, "id"))
    return answer


def test_the_action_of_a_request_can_be_determined_in_the_engines_place(enforced: list[Any]) -> None:
    def action_of(call: Call) -> str:
        if call.method == "DELETE":
            raise UndeterminedError(call.service, "because")
        return "ssm:Own"

    def refuse(error: UndeterminedError, call: Call) -> Answer:
        return 501, {}, f"{error.service} {call.path} {error.reason}".encode()

    authorization.determine_actions_by(action_of, refuse)
    assert dispatch("ssm", "DELETE", "/x")[2] == b"ssm /x because"
    assert dispatch("ssm", "POST", "/x", {"x-amz-target": "AmazonSSM.ListCommands"}, b"{}")[0] == 200
    assert [action for action, _, _ in enforced] == ["ssm:Own"]
    assert iam_actions._safe_json_field(b"\xa1", "Name") == ""


def test_checks_of_objects_and_items_carry_their_condition_keys(enforced: list[Any], own_account: str) -> None:
    first, second = (
        Check("s3:PutObject", "arn:aws:s3:::own-bucket/k", {"own": "1"}),
        Check("s3:Own", "arn:aws:s3:::own-bucket/k"),
    )
    authorization.check_objects_by(lambda call: "s3:PutObject", lambda call: [first, second])
    authorization.check_items_by(
        lambda operation, body, region, account: [Check("dynamodb:Own" if operation else "", "table", {"key": "2"})]
    )
    bucket = ministack.app.SERVICE_HANDLERS["s3"]
    assert run_async(bucket("PUT", "/own-bucket", {}, b"", {}))[0] == 200
    dispatch("s3", "PUT", "/own-bucket/k")
    assert [(action, arn, keys.get("own")) for action, arn, keys in enforced] == [
        (*first[:2], "1"),
        (*second[:2], None),
    ]
    enforced.clear()
    for operation in ("GetItem", "TransactGetItems"):
        dispatch("dynamodb", "POST", "/", {"x-amz-target": f"DynamoDB_20120810.{operation}"}, b"{}")
    assert [(action, arn, keys["key"]) for action, arn, keys in enforced] == [
        ("dynamodb:GetItem", "table", "2"),
        ("dynamodb:Own", "table", "2"),
    ]
    assert authorization.is_allowed(first, {}, {}, PRIMARY)
    body = b"<Delete><Object><Key>k</Key><VersionId>1</VersionId></Object></Delete>"
    assert authorization.deleted_objects("own-bucket", body) == [("arn:aws:s3:::own-bucket/k", "1")]
