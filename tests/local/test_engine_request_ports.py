"""What each port to the engine's application and its API Gateway promises; an upgrade has to keep this."""

import asyncio
import itertools
import json
import pkgutil
import re
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import ministack.app
import pytest
from ministack.services import apigateway_v1, s3

from mraa_local import engine as ports_folder
from mraa_local.engine import apis, application, check, deployments, requests, stages, stores
from mraa_local.engine.application import Request
from mraa_local.engine.scope import Answer, scope
from mraa_local.engine.stages import Arrival, Deployed, Rejection
from tests.local import engine
from tests.local.deploying import unique
from tests.local.engine import run_async
from tests.regions import PRIMARY

_ACCOUNTS = itertools.count(300000000000)


@pytest.fixture(autouse=True)
def own_account() -> Iterator[str]:
    """An account of the test's own, and the engine as it was."""
    account = str(next(_ACCOUNTS))
    with engine.restored(), scope(account, PRIMARY):
        yield account


def test_every_name_that_a_port_uses_is_looked_up() -> None:
    used = check.used_names()
    assert "ministack.services.s3._buckets" in used  # read
    assert "ministack.services.s3._maybe_replicate" in used  # replaced
    assert "ministack.core.lambda_runtime.Worker._drain_stderr_bounded" in used  # of a class
    assert "airspeed.operators.NameOrCall.calculate" in used
    assert check.missing(used) == []
    source = "import ministack.app as engine\nfrom ministack.services import s3\ns3._gone\nengine._lost = 1"
    assert check.missing(check.names_in(source)) == ["ministack.services.s3._gone", "ministack.app._lost"]


def test_every_port_has_a_test_of_its_contract() -> None:
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob("test_engine_*_ports.py"))
    ports = {module.name for module in pkgutil.iter_modules(ports_folder.__path__)}
    assert ports
    assert {name for name in ports if not re.search(rf"\b{name}\.|engine\.{name}\b", tests)} == set()


def test_a_replaced_function_is_replaced_wherever_it_was_imported() -> None:
    from ministack.core import responses
    from ministack.services import dynamodb

    old = responses.get_region
    check.rebind(old, lambda: "own")
    assert responses.get_region() == "own"
    assert dynamodb.get_region() == "own"


def test_the_dispatcher_can_be_wrapped_and_gives_the_service() -> None:
    seen: list[Request] = []

    async def around(request: Request, proceed: Callable[[], Awaitable[Answer]]) -> Answer:
        seen.append(request)
        return await proceed() if request.method == "GET" else (418, {}, b"")

    application.around_dispatch(around)
    headers = {"host": "127.0.0.1:4566", "authorization": signature("s3")}
    dispatch = ministack.app._dispatch_service_request
    assert run_async(dispatch("PUT", "/no-such-bucket/k", headers, b"", {}, "id"))[0] == 418
    status, _, body = run_async(dispatch("GET", "/no-such-bucket/k", headers, b"", {}, "id"))
    assert status == 404
    assert b"NoSuchBucket" in body
    assert [(of.service, of.path, of.request_id) for of in seen] == [("s3", "/no-such-bucket/k", "id")] * 2
    assert application.has_service("s3")
    assert not application.has_service("no-such-service")


def signature(service: str) -> str:
    key = f"test/20300101/{PRIMARY}/{service}/aws4_request"
    return f"AWS4-HMAC-SHA256 Credential={key}, SignedHeaders=host, Signature=0"


def test_preflights_can_be_wrapped() -> None:
    application.around_preflight(lambda request, proceed: (204, {"service": request.service}, b""))
    preflight = ministack.app._handle_options_request
    assert preflight("GET", "/", {}, {}, "id") is None
    assert preflight("OPTIONS", "/", {"host": "127.0.0.1"}, {}, "id")[0] == 204


def test_every_request_counts_as_secure() -> None:
    from ministack.core import iam_evaluator

    application.count_as_secure_transport()
    ministack.app.pin_request_origin("127.0.0.9", False)
    assert iam_evaluator._request_origin.get() == ("127.0.0.9", True)
    application.set_secure_origin("127.0.0.8")
    assert iam_evaluator._request_origin.get() == ("127.0.0.8", True)
    assert application.is_auth_on() is False


def test_work_gets_onto_the_event_loop_from_anywhere(own_account: str) -> None:
    done: list[str] = []

    async def work() -> str:
        from mraa_local.engine.scope import account_id

        return account_id()

    async def main() -> None:
        ministack.app._MAIN_LOOP = asyncio.get_running_loop()
        application.run_on_loop(done.append, "at once")
        assert done == ["at once"]
        assert await asyncio.to_thread(application.wait_on_loop, work()) == own_account
        await asyncio.to_thread(application.run_on_loop, done.append, "from a thread")
        await asyncio.sleep(0)

    run_async(main())
    assert done == ["at once", "from a thread"]


def test_an_answer_is_sent() -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    run_async(application.send_answer(send, (200, {"X-Own": "1"}, b"body"), is_head=False))
    assert sent[0]["status"] == 200
    assert (b"X-Own", b"1") in [(bytes(name), bytes(value)) for name, value in sent[0]["headers"]]
    assert b"".join(message.get("body", b"") for message in sent) == b"body"
    assert callable(application.load())


def test_requests_say_which_api_bucket_or_distribution_they_are_for() -> None:
    host = "127.0.0.1:4566"
    assert requests.api_id(host, "/_aws/execute-api/abc123/prod/x") == "abc123"
    assert requests.api_id(host, "/bucket/key") == ""
    assert requests.is_for_distribution("d111.cloudfront.localhost:4566")
    assert not requests.is_for_distribution(host)
    name = unique("bucket")
    s3._create_bucket(name, b"")
    assert requests.bucket_and_key(host, f"/{name}/a/b") == (name, "a/b")
    assert requests.bucket_and_key(host, "/no-such-bucket/a") is None


def new_api() -> str:
    """An API with a mock method at /things, whose validator wants a body."""
    api_id = apis.create({"name": "own", "version": "1"})
    apis.add_model(api_id, "Thing", json.dumps({"type": "object", "required": ["name"]}))
    validator = apis.add_validator(api_id, "body", {"validateRequestBody": True, "validateRequestParameters": True})
    apis.put_gateway_response(api_id, "ACCESS_DENIED", {"statusCode": "499", "responseTemplates": {}})
    resource = apis.add_resource(api_id, apis.resource_ids(api_id)["/"], "things")
    method = {
        "authorizationType": "NONE",
        "requestParameters": {"method.request.querystring.q": True},
        "requestModels": {"application/json": "Thing"},
        "requestValidatorId": validator,
    }
    integration = {"type": "MOCK", "requestTemplates": {}, "integrationResponses": {"200": {"statusCode": "200"}}}
    apis.put_method(api_id, resource, "POST", method, {"200": {"statusCode": "200"}}, integration)
    return api_id


def test_an_api_is_made_of_parts_and_cleared() -> None:
    api_id = new_api()
    assert apis.find(api_id)["name"] == "own"
    assert apis.region_of(api_id) == PRIMARY
    assert apis.region_of("no-such") == ""
    parts = deployments.parts(api_id)
    assert set(parts) == {"resources", "models", "validators", "binaryMediaTypes"}
    [things] = [of for of in parts["resources"].values() if of["path"] == "/things"]
    assert things["resourceMethods"]["POST"]["methodIntegration"]["integrationResponses"]["200"]["statusCode"] == "200"
    with pytest.raises(apis.InvalidPartError):
        apis.add_resource(api_id, "no-such-parent", "x")
    apis.clear(api_id)
    assert apis.resource_ids(api_id).keys() == {"/"}
    assert deployments.parts(api_id)["models"] == {}
    assert apis.logging_role() == ""
    apis.import_bodies_by(lambda document, properties: f"{document['id']}")
    assert apigateway_v1._import_rest_api({"id": "own"}) == "own"


def test_requests_to_the_control_plane_can_be_refused() -> None:
    apis.refuse_requests_by(lambda method, path, query: "not here" if "mode" in query else "")

    def asked(query: dict[str, Any]) -> Answer:
        answer: Answer = run_async(apigateway_v1.handle_request("GET", "/restapis", {}, b"", query))
        return answer

    status, _, body = asked({"mode": ["import"]})
    assert (status, "not here" in str(body)) == (501, True)
    assert asked({})[0] == 200


def test_deployments_are_noticed_and_what_a_store_keeps_of_them_is_kept_with_the_apis() -> None:
    seen: list[tuple[str, ...]] = []
    deployments.watch(lambda *ids: seen.append(("created", *ids)), lambda *ids: seen.append(("deleted", *ids)))
    store = stores.new_store()
    stores.keep_with_apis("own_snapshots", store)
    api_id = new_api()
    made = json.loads(apigateway_v1._create_deployment(api_id, {})[2])["id"]
    staged = json.loads(apigateway_v1._create_deployment(api_id, {"stageName": "s"})[2])["id"]
    assert apigateway_v1._delete_deployment(api_id, staged)[0] == 400  # a stage serves it
    apigateway_v1._delete_deployment(api_id, made)
    apigateway_v1._delete_rest_api(api_id)
    assert seen == [
        ("created", api_id, made), ("created", api_id, staged), ("deleted", api_id, made), ("deleted", api_id, staged),
    ]  # fmt: skip
    store["a"] = {"x": 1}
    saved = apigateway_v1.get_state()
    apigateway_v1.reset()
    assert "a" not in store
    apigateway_v1.load_persisted_state(saved)
    assert store["a"] == {"x": 1}


def test_state_can_be_kept_at_a_stop() -> None:
    stores.keep_at_stop("own_state", lambda: {"x": 1})
    assert ministack.app._build_persistence_save_dict()["own_state"]() == {"x": 1}
    assert stores.kept("own_state") == {}


def test_stages_are_served_and_authorized_in_the_engines_place(own_account: str) -> None:
    api_id = new_api()
    apigateway_v1._create_deployment(api_id, {"stageName": "s"})
    served: list[Arrival] = []

    async def serve(arrival: Arrival) -> Answer:
        served.append(arrival)
        return 200, {}, b"own"

    stages.serve_by(serve, lambda *at: "AWS_IAM")
    answer = run_async(apigateway_v1.handle_execute(api_id, "s", "POST", "/things", {}, b"{}", {"q": ["1"]}))
    assert answer[2] == b"own"
    [arrival] = served
    assert (arrival.api_id, arrival.stage_name, arrival.path, arrival.body) == (api_id, "s", "/things", b"{}")
    assert (arrival.account_id, arrival.region) == (own_account, PRIMARY)
    assert apigateway_v1.method_authorization_type(api_id, "s", "POST", "/things") == "AWS_IAM"
    assert stages.scope_of(api_id) == (own_account, PRIMARY)
    assert stages.scope_of("no-such") is None
    stage = stages.find(api_id, "s")
    assert stage is not None
    assert stage["deploymentId"]
    assert stages.find(api_id, "no-such") is None

    asked: list[Arrival] = []

    def refuse(at: Arrival, proceed: Callable[[], Answer | None]) -> Answer:
        asked.append(at)
        return 403, {}, b"own"

    stages.around_authorization(refuse)
    assert ministack.app._enforce_execute_api(api_id, "s", "POST", "/things", {}, {})[0] == 403
    assert [at.path for at in asked] == ["/things"]


def test_the_engines_checks_and_formats_serve_a_request(own_account: str) -> None:
    api_id = new_api()
    apigateway_v1._create_deployment(api_id, {"stageName": "s"})
    stage = stages.find(api_id, "s")
    assert stage is not None
    [resource] = [of for of in deployments.parts(api_id)["resources"].values() if of["path"] == "/things"]
    reached = Deployed(resource, resource["resourceMethods"]["POST"], {})
    arrival = Arrival(api_id, "s", "POST", "/things", {}, {}, b"{}", own_account, PRIMARY)

    assert run_async(stages.check_authorization(arrival, stage, reached)) is None
    assert stages.check_limits(arrival, stage, reached) is None
    keyed = Deployed(resource, {**reached.method, "apiKeyRequired": True}, {})
    refused = stages.check_limits(arrival, stage, keyed)
    assert refused is not None
    assert refused.kind == "INVALID_API_KEY"
    request = {
        "api_id": api_id, "stage_name": "s", "stage": stage, "headers": {}, "query_params": {}, "path_params": {},
        "resource_path": "/things", "request_id": "id",
    }  # fmt: skip
    assert stages.gateway_response(Rejection("ACCESS_DENIED", "no"), request)[0] in (403, 499)
    assert stages.missing_parameters(reached.method, request, {}, {}) == ["q"]
    assert stages.missing_parameters(reached.method, request, {}, {"q": ["1"]}) == []
    assert stages.caller({}, {}) == {}
    schema = {"type": "object", "required": ["name"]}
    assert stages.fits_schema({"name": 1}, schema, 5)
    assert not stages.fits_schema({}, schema, 5)
    assert not stages.fits_schema({"name": [[[[[1]]]]]}, schema, 5)
    assert stages.matches_media_type("image/png", ["image/*", "*/*"])
    assert not stages.matches_media_type("image/png", [])
    event = stages.proxy_event(arrival, stage, reached, [])
    assert (event["httpMethod"], event["resource"], event["body"]) == ("POST", "/things", "{}")
