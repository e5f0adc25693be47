"""What each port to the engine's authentication and authorization promises; an upgrade has to keep this."""

import itertools
import json
from collections.abc import Iterator
from typing import Any

import ministack.app
import pytest
from ministack.core import iam_actions, iam_evaluator
from ministack.services import cognito, lambda_svc

from mraa_local.engine import authorization, credentials, functions, identity_pools, log_groups, roles, user_pools
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

    authorization.determine_actions_by(action_of, lambda action, call: [Check("iam:Also", "role")], refuse)
    assert dispatch("ssm", "DELETE", "/x")[2] == b"ssm /x because"
    assert dispatch("ssm", "POST", "/x", {"x-amz-target": "AmazonSSM.ListCommands"}, b"{}")[0] == 200
    assert [action for action, _, _ in enforced] == ["iam:Also", "ssm:Own"]
    assert iam_actions._safe_json_field(b"\xa1", "Name") == ""


def test_a_further_check_that_is_denied_ends_the_request() -> None:
    def enforce(_key: str, action: str, *_: Any, **__: Any) -> Any:
        return iam_evaluator.EvalResult("ImplicitDeny", principal_arn="someone") if action == "iam:PassRole" else None

    iam_evaluator.enforce = enforce
    passes = Check("iam:PassRole", "role")
    authorization.determine_actions_by(
        lambda call: "ssm:Own", lambda action, call: [passes], lambda error, call: (501, {}, b"")
    )
    status, _, body = dispatch("ssm", "POST", "/", {"x-amz-target": "AmazonSSM.ListCommands"}, b"{}")
    assert status == 400
    assert b"someone is not authorized to perform: iam:PassRole on resource: role" in body


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
    assert authorization.is_allowed(first, {}, {})
    body = b"<Delete><Object><Key>k</Key><VersionId>1</VersionId></Object></Delete>"
    assert authorization.deleted_objects("own-bucket", body) == [("arn:aws:s3:::own-bucket/k", "1")]


def test_trust_in_a_web_identity_is_evaluated_with_its_keys(own_account: str) -> None:
    condition = {"StringEquals": {"provider:aud": "pool"}}
    statement = {"Effect": "Allow", "Principal": {"Federated": "provider"}, "Action": "sts:AssumeRoleWithWebIdentity"}
    document = {"Version": "2012-10-17", "Statement": [{**statement, "Condition": condition}]}
    role = {"Arn": f"arn:aws:iam::{own_account}:role/r", "AssumeRolePolicyDocument": json.dumps(document)}
    assert roles.trusts_web_identity(role, "provider", own_account, {"provider:aud": "pool"})
    assert not roles.trusts_web_identity(role, "provider", own_account, {"provider:aud": "other"})
    assert not roles.trusts_web_identity(role, "other", own_account, {"provider:aud": "pool"})


def test_requests_of_identity_pools_can_be_answered_and_pools_be_found() -> None:
    ministack.app.AUTH = False
    pool_id = json.loads(run_async(cognito._dispatch_identity("CreateIdentityPool", {"IdentityPoolName": "i"}))[2])[
        "IdentityPoolId"
    ]
    identity = json.loads(run_async(cognito._dispatch_identity("GetId", {"IdentityPoolId": pool_id}))[2])["IdentityId"]
    pool = identity_pools.find(pool_id)
    assert pool is not None
    assert pool["AllowUnauthenticatedIdentities"] is False
    assert identity_pools.find_by_identity(identity) is pool
    assert identity_pools.find_by_identity("other") is None
    assert identity_pools.methods({})[0] == "unauthenticated"
    assert identity_pools.methods({"provider": "token"})[:2] == ["authenticated", "provider"]

    async def around(action: str, request: dict[str, Any], proceed: Any) -> Answer:
        return identity_pools.refusal("Own", "because") if action == "GetId" else await proceed()

    identity_pools.around_request(around)
    assert b"because" in run_async(cognito._dispatch_identity("GetId", {"IdentityPoolId": pool_id}))[2]
    assert run_async(cognito._dispatch_identity("DescribeIdentityPool", {"IdentityPoolId": pool_id}))[0] == 200


def test_sign_up_can_be_answered_and_pools_say_who_creates_users() -> None:
    config = {"AllowAdminCreateUserOnly": True}
    pool = json.loads(cognito._create_user_pool({"PoolName": "p", "AdminCreateUserConfig": config})[2])["UserPool"]
    client = json.loads(cognito._create_user_pool_client({"UserPoolId": pool["Id"], "ClientName": "c"})[2])
    client_id = client["UserPoolClient"]["ClientId"]
    assert user_pools.has_admin_created_users_only(client_id)
    assert not user_pools.has_admin_created_users_only("other")
    user_pools.around_sign_up(lambda request, proceed: user_pools.not_authorized("own"))
    assert b"own" in cognito._sign_up({"ClientId": client_id})[2]


def test_codes_of_user_pools_are_drawn() -> None:
    pool_id = json.loads(cognito._create_user_pool({"PoolName": "p"})[2])["UserPool"]["Id"]
    client = json.loads(cognito._create_user_pool_client({"UserPoolId": pool_id, "ClientName": "c"})[2])
    client_id = client["UserPoolClient"]["ClientId"]
    user_pools.draw_codes_by(lambda: "777777")
    pool = cognito._user_pools[pool_id]
    for name, attributes in (("with", [{"Name": "email", "Value": "a@example.com"}]), ("without", [])):
        request = {"ClientId": client_id, "Username": name, "Password": "Pass-w0rd!", "UserAttributes": attributes}
        assert cognito._sign_up(request)[0] == 200
        assert pool["_users"][name]["_confirmation_code"] == "777777"
    cognito._forgot_password({"ClientId": client_id, "Username": "with"})
    assert pool["_users"]["with"]["_reset_code"] == "777777"


def test_a_functions_log_can_be_withheld() -> None:
    asked: list[tuple[str, ...]] = []

    def may_log(*what: str) -> bool:
        asked.append(what)
        return what[2].endswith("loud")

    functions.log_if(may_log)
    for name in ("loud", "quiet"):
        config = {"FunctionName": name, "FunctionArn": f"arn:{name}", "Role": "role"}
        lambda_svc._emit_lambda_logs({"config": config}, "id", "text", False, 1)
    assert asked == [("arn:loud", "role", "/aws/lambda/loud"), ("arn:quiet", "role", "/aws/lambda/quiet")]
    assert log_groups.exists("/aws/lambda/loud")
    assert not log_groups.exists("/aws/lambda/quiet")


def test_the_access_key_that_a_request_names_is_known_or_not(own_account: str) -> None:
    credentials.create_user("own", {"Version": "2012-10-17", "Statement": []}, "AKIAOWN", "secret")
    header = "AWS4-HMAC-SHA256 Credential={}/20300101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"
    for key_id, is_known in (("AKIAOWN", True), ("AKIAOTHER", False)):
        assert credentials.is_known(own_account, {"authorization": header.format(key_id)}, {}) is is_known
        query = {"X-Amz-Credential": [f"{key_id}/20300101/us-east-1/s3/aws4_request"]}
        assert credentials.is_known(own_account, {}, query) is is_known
    assert not credentials.is_known(own_account, {}, {})
