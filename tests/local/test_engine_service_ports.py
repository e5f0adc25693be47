"""What each port to the engine's services promises; an upgrade of the engine has to keep this."""

import base64
import itertools
import json
import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest
from ministack.core import lambda_runtime
from ministack.services import cloudfront, cloudwatch, cloudwatch_logs, cognito, iam, lambda_svc, sts

from mraa_local.engine import (
    credentials,
    distributions,
    function_workers,
    functions,
    log_groups,
    metrics,
    roles,
    user_pools,
    velocity,
)  # fmt: skip
from mraa_local.engine.roles import Asked, Principal
from mraa_local.engine.scope import account_id, client_ip, new_id, now, region, scope, set_client_ip
from tests.local import engine
from tests.local.deploying import unique
from tests.local.engine import run_async
from tests.regions import PRIMARY, SECONDARY

_ACCOUNTS = itertools.count(200000000000)
ZIP = base64.b64encode(b"PK\x05\x06" + bytes(18)).decode()  # an empty one
VERSIONED = b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"


@pytest.fixture(autouse=True)
def own_account() -> Iterator[str]:
    """An account of the test's own, and the engine as it was."""
    account = str(next(_ACCOUNTS))
    with engine.restored(), scope(account, PRIMARY):
        yield account


def test_the_scope_is_the_requests_account_and_region(own_account: str) -> None:
    assert (account_id(), region()) == (own_account, PRIMARY)
    with scope("123456789012", SECONDARY):
        assert (account_id(), region()) == ("123456789012", SECONDARY)
    assert region() == PRIMARY
    set_client_ip("127.0.0.9")
    assert client_ip() == "127.0.0.9"
    assert new_id() != new_id()
    assert now().endswith("Z")


@pytest.fixture
def function(own_account: str) -> str:
    """The ARN of a function that was never invoked."""
    name = unique("function")
    request = {
        "FunctionName": name, "Runtime": "python3.13", "Role": f"arn:aws:iam::{own_account}:role/r",
        "Handler": "index.handle", "Code": {"ZipFile": ZIP},
    }  # fmt: skip
    answer = lambda_svc._create_function(request)
    assert answer[0] == 201, answer
    return f"arn:aws:lambda:{PRIMARY}:{own_account}:function:{name}"


def test_a_function_is_known_and_its_invocation_can_be_wrapped(function: str, own_account: str) -> None:
    name = function.rpartition(":")[2]
    assert functions.exists(name)
    assert functions.is_known(function)
    assert not functions.exists("no-such")
    assert not functions.is_known("no-such")
    assert functions.policy(function, own_account, PRIMARY) is not None
    assert functions.policy(function + "x", own_account, PRIMARY) is None
    functions.stop_workers(name)

    functions.around_invocation(lambda arn, proceed: {"body": {"arn": arn}, "log": ""})
    outcome = run_async(functions.invoke(function, {}, own_account, PRIMARY))
    assert outcome.result["body"] == {"arn": function}
    assert outcome.problem == ""


def test_results_of_workers_are_amended() -> None:
    lambda_svc._execute_function_warm = lambda function, event, request_id: {"body": "raw"}

    def amend(result: dict[str, Any]) -> None:
        result["body"] = "amended"

    function_workers.amend_results(amend)
    assert lambda_svc._execute_function_warm({}, {}, "id") == {"body": "amended"}


def test_what_a_function_has_logged_is_read_whoever_reads_first() -> None:
    function_workers.read_logs_to_their_end()
    ours, theirs = os.pipe()
    worker = lambda_runtime.Worker("f", {}, b"")
    with os.fdopen(ours) as pipe, os.fdopen(theirs, "w") as process:
        worker._proc = SimpleNamespace(stderr=pipe)
        process.write("before the thread reads\nall of it\n")
        process.flush()
        assert worker._drain_stderr_bounded() == "before the thread reads\nall of it"
        assert worker._drain_stderr() == ""
        thread = threading.Thread(target=worker._read_stderr)
        thread.start()
        process.write("at the end")
        process.close()
        thread.join()
        worker._proc = None
        assert worker._drain_stderr_bounded() == "at the end"


def test_an_invocation_waits_for_one_of_a_functions_workers() -> None:
    class Worker:
        in_use = False

        def __init__(self, *_: Any) -> None:
            pass

    lambda_runtime._worker_class_for = lambda config: Worker
    name, config = unique("f"), {"FunctionArn": f"arn:aws:lambda:{PRIMARY}:{account_id()}:function:f"}
    function_workers.limit(1, 0.01)
    worker, _ = lambda_runtime.acquire_worker(name, config, b"")
    assert lambda_runtime.acquire_worker(name, config, b"") == (None, "func_cap")
    lambda_runtime.release_worker(worker)
    assert lambda_runtime.acquire_worker(name, config, b"")[0] is worker
    function_workers.limit(1, 60)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(lambda_runtime.acquire_worker, name, config, b"")
        lambda_runtime.release_worker(worker)
        assert waiting.result()[0] is worker
    lambda_runtime._workers.clear()


def test_roles_are_found_and_evaluated(own_account: str) -> None:
    trust = {
        "Version": "2012-10-17",
        "Statement": [statement("sts:AssumeRole", Principal={"Service": "s3.amazonaws.com"})],
    }
    iam._create_role({"RoleName": ["r"], "AssumeRolePolicyDocument": [json.dumps(trust)]})
    reading = policy(statement("s3:GetObject", Resource="arn:aws:s3:::b/*"))
    iam._put_role_policy({"RoleName": ["r"], "PolicyName": ["p"], "PolicyDocument": [json.dumps(reading)]})

    role = roles.find("r")
    assert role is not None
    assert roles.find_in(own_account, "r") is role
    assert roles.find_in("1", "r") is None
    assert roles.trust_policy(role) == trust
    session = Principal(f"arn:aws:sts::{own_account}:assumed-role/r/s", "AssumedRole", own_account)
    read_it = Asked("s3:GetObject", "arn:aws:s3:::b/k", PRIMARY)
    assert roles.role_is_allowed("r", session, read_it)
    assert not roles.role_is_allowed("r", session, read_it._replace(action="s3:PutObject"))
    denying = {
        "Version": "2012-10-17",
        "Statement": [{**statement("s3:*", Resource="*", Principal="*"), "Effect": "Deny"}],
    }
    assert not roles.role_is_allowed("r", session, read_it, denying)
    assume = Asked("sts:AssumeRole", role["Arn"])
    for service, is_allowed in (("s3.amazonaws.com", True), ("lambda.amazonaws.com", False)):
        assert roles.service_is_allowed(trust, Principal(service, "Service", own_account), assume) is is_allowed
    assert not roles.trusts(role, f"arn:aws:iam::{own_account}:role/other", own_account, PRIMARY)
    assert roles.document_problem(reading) == ""
    assert roles.document_problem({"Statement": "nonsense"})


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def statement(action: str, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, **more}


def test_no_key_is_root_and_an_operator_has_one_key(own_account: str) -> None:
    assert sts.is_root_access_key("test")
    credentials.have_no_root_key()
    assert not sts.is_root_access_key("test")
    for key in ("AKIAOLD", "AKIANEW"):
        credentials.create_user("op", {"Version": "2012-10-17", "Statement": []}, key, "secret")
    assert [key for key, of in iam._access_keys.items() if of["UserName"] == "op"] == ["AKIANEW"]


def test_unsigned_requests_are_checked() -> None:
    from ministack.core import iam_evaluator

    asked: list[tuple[str, bool]] = []

    def check(service: str, is_served_unsigned: bool) -> credentials.AuthFailure | None:
        asked.append((service, is_served_unsigned))
        return None if is_served_unsigned else credentials.AuthFailure("Own", "why")

    credentials.check_unsigned(check)
    token = iam_evaluator._anonymous.set(True)
    try:
        refused = iam_evaluator.enforce("", "dynamodb:GetItem", "dynamodb", PRIMARY)
        assert iam_evaluator.enforce("", "cognito-idp:InitiateAuth", "cognito-idp", PRIMARY) is None
    finally:
        iam_evaluator._anonymous.reset(token)
    assert (refused.code, refused.message) == ("Own", "why")
    assert asked == [("dynamodb", False), ("cognito-idp", True)]


def test_a_functions_secrets_are_drawn_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    from ministack.core import lambda_runtime

    monkeypatch.setattr("ministack.app.AUTH", True)
    credentials.draw_function_secrets_by(lambda value: f"own {value}")
    drawn = lambda_runtime.execution_credentials(
        {"FunctionArn": "arn:aws:lambda:us-east-1:123456789012:function:f", "Role": "arn:aws:iam::1:role/r"}
    )
    assert drawn["AWS_SECRET_ACCESS_KEY"].startswith("own ")
    assert sts._sessions[drawn["AWS_ACCESS_KEY_ID"]]["SecretAccessKey"] == drawn["AWS_SECRET_ACCESS_KEY"]


def test_users_of_a_pool_are_created_and_deleted() -> None:
    pool = json.loads(cognito._create_user_pool({"PoolName": "p"})[2])["UserPool"]["Id"]
    assert user_pools.create_user({"UserPoolId": pool, "Username": "u"})[0] == 200
    assert user_pools.user_exists(pool, "u")
    assert not user_pools.user_exists(pool, "v")
    assert not user_pools.user_exists("us-east-1_none", "u")
    assert user_pools.password_problem(pool, "short") is not None
    assert user_pools.password_problem(pool, "Long-enough-1") is None
    client = json.loads(cognito._create_user_pool_client({"UserPoolId": pool, "ClientName": "c"})[2])
    assert user_pools.region_of_client(client["UserPoolClient"]["ClientId"]) == PRIMARY
    assert user_pools.region_of_client("none") == ""
    assert user_pools.delete_user(pool, "u")[0] == 200
    assert user_pools.not_authorized("who?")[0] == 400

    user_pools.around_challenge_response(lambda request, proceed: (200, {}, request["ChallengeName"]))
    assert cognito._respond_to_auth_challenge({"ChallengeName": "OWN"})[2] == "OWN"
    signed_in: list[Any] = []
    cognito._password_auth_result = lambda *_: (200, {}, b"{}")
    user_pools.watch_password_sign_ins(lambda *seen: signed_in.append(seen))
    cognito._password_auth_result({}, pool, "client", {"Username": "u"})
    assert signed_in == [(pool, "u", (200, {}, b"{}"))]


def test_what_a_distribution_answers_can_be_changed_by_its_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    async def answer(dist: Any, method: str, path: str, raw_uri: str, raw_query_string: str, headers: Any) -> Any:
        return 200, {}, b"page"

    monkeypatch.setattr(cloudfront, "handle_viewer_request", answer)
    seen = []

    def around(request: distributions.Viewed, answer: Any) -> Any:
        seen.append(request)
        return answer[0], answer[1], answer[2] + b"!"

    distributions.around_viewer_answer(around)
    for compress in ("true", "false"):
        behavior = f"<DefaultCacheBehavior><Compress>{compress}</Compress></DefaultCacheBehavior>"
        request = cloudfront.handle_viewer_request({"config_xml": behavior}, "GET", "/", "/", "", {"a": "b"})
        assert run_async(request) == (200, {}, b"page!")
    assert seen == [({"a": "b"}, True), ({"a": "b"}, False)]


def test_a_managed_policy_in_use_and_a_boundary_of_a_role_are_known(
    own_account: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ministack.app.AUTH", True)
    iam._create_role({"RoleName": ["r"], "AssumeRolePolicyDocument": ['{"Version": "2012-10-17", "Statement": []}']})
    role = roles.find("r")
    assert role is not None
    assert roles.arn("r") == role["Arn"]
    assert roles.arn("none") == f"arn:aws:iam::{own_account}:role/none"
    policy = f"arn:aws:iam::{own_account}:policy/p"
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    iam.store_policy(policy, "p", "/", document)
    assert not roles.policy_is_used(policy)
    roles.attach(policy, [role])
    assert roles.policy_is_used(policy)
    roles.detach(policy, [role])
    refused = roles.set_boundary(role, f"arn:aws:iam::{own_account}:policy/none")
    assert refused is not None and refused[0] == 404
    assert roles.set_boundary(role, policy) is None
    assert roles.policy_is_used(policy)
    assert roles.set_boundary(role, "") is None
    assert not roles.policy_is_used(policy)


def test_distributions_know_what_they_refer_to() -> None:
    assert distributions.find("no-such") is None
    assert not distributions.has_access_control("none")
    assert not distributions.has_headers_policy("none")
    assert distributions.has_headers_policy("67f7725c-6f97-4210-82d7-5512b31e9d03")  # AWS's SecurityHeadersPolicy


ORIGIN = (
    "<Origin><Id>{0}</Id><DomainName>{0}.s3.us-east-1.amazonaws.com</DomainName><S3OriginConfig/>"
    "<ConnectionAttempts>2</ConnectionAttempts><ConnectionTimeout>3</ConnectionTimeout></Origin>"
)
GROUPED = (
    "<DistributionConfig><Origins><Items>" + ORIGIN.format("one") + ORIGIN.format("two") + "</Items></Origins>"
    "<OriginGroups><Items><OriginGroup><Id>both</Id>"
    "<FailoverCriteria><StatusCodes><Items><StatusCode>503</StatusCode></Items></StatusCodes></FailoverCriteria>"
    "<Members><Items><OriginGroupMember><OriginId>one</OriginId></OriginGroupMember>"
    "<OriginGroupMember><OriginId>two</OriginId></OriginGroupMember></Items></Members>"
    "</OriginGroup></Items></OriginGroups></DistributionConfig>"
)


def test_an_origin_group_asks_its_second_origin_where_the_first_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    statuses = {"one": 200, "two": 200}
    away: set[str] = set()

    async def fetch(origin: Any, method: str) -> Any:
        return statuses[origin["s3_bucket"]], origin["s3_bucket"]

    monkeypatch.setattr(cloudfront, "_fetch_from_origin", fetch)
    monkeypatch.setattr(
        cloudfront, "parse_distribution_dataplane_config", cloudfront.parse_distribution_dataplane_config
    )
    distributions.refuse_origins(lambda name: f"{name} is away" if name in away else "", lambda name: False)
    origins = cloudfront.parse_distribution_dataplane_config({"config_xml": GROUPED})["origins"]

    def get(name: str) -> Any:
        return run_async(cloudfront._fetch_from_origin(origins[name], "GET"))

    assert get("both") == (200, "one")
    statuses["one"] = 404
    assert get("both") == (404, "one")
    statuses["one"] = 503
    assert get("both") == (200, "two")
    away.add("one")
    assert get("both") == (200, "two")
    with pytest.raises(cloudfront.OriginUnreachable, match="one is away"):
        get("one")
    away.add("two")
    with pytest.raises(cloudfront.OriginUnreachable, match="two is away"):
        get("both")


def test_metrics_are_put_and_published_before_they_are_read() -> None:
    published: list[str] = []
    cloudwatch._get_metric_data = cloudwatch._get_metric_statistics = lambda *of: published.append("read")
    metrics.before_reading(lambda: published.append("published"))
    cloudwatch._get_metric_data({})
    cloudwatch._get_metric_statistics({})
    assert published == ["published", "read"] * 2
    import time

    at = time.time()
    metrics.put("Own", "Value", {"D": "1"}, at, "Count", 3)
    figures = {"SampleCount": 2.0, "Sum": 3.0, "Minimum": 1.0, "Maximum": 2.0}
    metrics.put("Own", "Statistics", {"D": "1"}, at, "Count", figures)
    metrics.evaluate_alarms()
    stored = {key[1]: list(points) for key, points in cloudwatch._metrics.items() if key[0] == "Own"}
    assert stored.keys() == {"Value", "Statistics"}


def test_a_log_group_takes_a_line() -> None:
    assert not log_groups.exists("g")
    cloudwatch_logs._create_log_group({"logGroupName": "g"})
    assert log_groups.exists("g")
    log_groups.write("g", "s", "one")
    log_groups.write("g", "s", "two")
    answer = cloudwatch_logs._get_log_events({"logGroupName": "g", "logStreamName": "s"})
    assert [event["message"] for event in json.loads(answer[2])["events"]] == ["one", "two"]


def test_templates_of_velocity_are_rendered_with_taught_methods_alone() -> None:
    class Util:
        def fail(self) -> str:
            raise velocity.TemplateFailedError("own")

    assert velocity.render("#set($a = 'x')${a}-$b", {"b": 1}) == "x-1"
    velocity.check("$fine")
    with pytest.raises(velocity.TemplateFailedError):
        velocity.check("#foreach($a in")
    with pytest.raises(velocity.TemplateFailedError, match="own"):
        velocity.render("$util.fail()", {"util": Util()})
    with pytest.raises(velocity.TemplateFailedError, match=r"does not support nonsense\(\) of"):
        # taught by the mapping templates' own module
        import mraa_local.api_gateway.vtl  # noqa: F401

        velocity.render("$text.nonsense()", {"text": "x"})
