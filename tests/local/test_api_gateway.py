"""APIs on the running local cloud: a small body with everything that our own bodies use."""

import json
import urllib.parse
from collections.abc import Callable
from typing import Any

import pytest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from mraa_local.process import LocalCloud
from tests.local import sample_api
from tests.local.deploying import StackFailedError, make_stack
from tests.local.requests import Answer, operator, send, signed
from tests.regions import PRIMARY, REGIONS

Client = Callable[..., Any]
ORIGIN = "access-control-allow-origin"
APP = "https://app.example"


class Sample:
    """The sample API in one Region."""

    def __init__(self, cloud: LocalCloud, client: Client, region: str, **options: Any) -> None:
        self.cloud, self.client, self.region, self.options = cloud, client, region, options
        self.name = "-".join(["sample", *options]).replace("_", "-")
        self.ids: dict[str, str] = {}
        self.update(**options)

    def update(self, **options: Any) -> None:
        self.ids = make_stack(self.client, self.region, self.name, sample_api.resources(**options))

    def put(self, key: str, state: str) -> None:
        item = {"id": {"S": key}, "state": {"S": state}}
        self.client("dynamodb", self.region).put_item(TableName=self.ids["Table"], Item=item)

    def call(self, method: str, path: str, *, sign: Credentials | bool = True, **options: Any) -> Answer:
        path = f"/_aws/execute-api/{self.ids['Api']}/prod/{path}"
        if not sign:
            return send(self.cloud, method, path, **options)
        credentials = None if sign is True else sign
        return signed(self.cloud, "execute-api", method, path, region=self.region, credentials=credentials, **options)

    def log_lines(self) -> list[str]:
        events = self.client("logs", self.region).filter_log_events(logGroupName=self.ids["Logs"])["events"]
        return [event["message"] for event in events]


@pytest.fixture(scope="module", params=REGIONS)
def sample(request: pytest.FixtureRequest, cloud: LocalCloud, client: Client) -> Sample:
    return Sample(cloud, client, request.param)


@pytest.fixture(scope="module")
def key_without_rights(client: Client) -> Credentials:
    iam = client("iam")
    iam.create_user(UserName="nobody")
    key = iam.create_access_key(UserName="nobody")["AccessKey"]
    return Credentials(key["AccessKeyId"], key["SecretAccessKey"])


@pytest.mark.parametrize(
    "text", ["active", 'it\'s "quoted" \\ back', "new\nline\ttab", "é 😀", '"}, "user": {"S": "ADMIN']
)
def test_a_signed_get_reads_the_item_through_both_templates(sample: Sample, text: str) -> None:
    sample.put(text, text)
    reply = sample.call("GET", f"things/{urllib.parse.quote(text, safe='')}")
    assert (reply.status, reply.json, reply.headers[ORIGIN]) == (200, {"state": text}, APP)


def test_an_unknown_item_is_an_empty_object(sample: Sample) -> None:
    assert sample.call("GET", "things/none").json == {}


def test_an_unsigned_request_is_refused_with_the_apis_cors_headers(sample: Sample) -> None:
    reply = sample.call("GET", "things/none", sign=False)
    assert (reply.status, reply.headers[ORIGIN]) == (403, APP)
    assert reply.json == {"message": "Missing Authentication Token"}


def test_a_caller_without_permission_is_refused_with_the_apis_cors_headers(
    sample: Sample, key_without_rights: Credentials
) -> None:
    reply = sample.call("GET", "things/none", sign=key_without_rights)
    assert (reply.status, reply.headers[ORIGIN]) == (403, APP)
    assert reply.headers["x-amzn-errortype"] == "AccessDeniedException"
    assert "user/nobody is not authorized to perform: execute-api:Invoke" in reply.text


def test_a_bad_signature_is_refused_with_the_apis_cors_headers(sample: Sample) -> None:
    wrong = Credentials(operator(sample.cloud).access_key, "wrong")
    reply = sample.call("GET", "things/none", sign=wrong)
    assert (reply.status, reply.headers[ORIGIN]) == (403, APP)
    assert reply.headers["x-amzn-errortype"] == "InvalidSignatureException"


def test_a_signature_for_another_region_or_service_is_refused(sample: Sample) -> None:
    other = next(region for region in REGIONS if region != sample.region)
    path = f"/_aws/execute-api/{sample.ids['Api']}/prod/things/none"
    for service, region, message in (
        ("execute-api", other, f"Credential should be scoped to a valid region, not '{other}'. "),
        ("s3", sample.region, "Credential should be scoped to correct service: 'execute-api'. "),
    ):
        reply = signed(sample.cloud, service, "GET", path, region=region)
        assert (reply.status, reply.json, reply.headers[ORIGIN]) == (403, {"message": message}, APP)
        assert reply.headers["x-amzn-errortype"] == "InvalidSignatureException"


@pytest.mark.parametrize("path", ["nowhere", "things", "things/a/b", ""])
def test_a_path_that_is_not_served_is_refused(sample: Sample, path: str) -> None:
    reply = sample.call("GET", path)
    assert (reply.status, reply.json["message"]) == (403, "Missing Authentication Token")


def test_a_preflight_needs_no_signature_and_is_answered_as_the_body_defines(sample: Sample) -> None:
    reply = sample.call("OPTIONS", "things/x", sign=False)
    assert (reply.status, reply.headers[ORIGIN]) == (200, APP)


def test_an_answer_whose_definition_has_no_cors_headers_has_none(sample: Sample) -> None:
    reply = sample.call("GET", "greeting", sign=False)
    assert (reply.status, reply.text) == (200, "hello")
    assert ORIGIN not in reply.headers


def test_the_function_sees_the_proxy_event(sample: Sample) -> None:
    sent = json.dumps({"name": "n"})
    reply = sample.call("POST", "things/x%20y?q=1&q=2", body=sent.encode(), headers={"X-Forwarded-For": "1.2.3.4"})
    assert (reply.status, reply.headers["x-own"], reply.headers["content-type"]) == (201, "yes", "text/plain")
    event = reply.json
    context = event["requestContext"]
    assert (event["body"], event["isBase64Encoded"]) == (sent, False)
    assert (event["resource"], event["pathParameters"]) == ("/things/{thingId}", {"thingId": "x y"})
    assert event["multiValueQueryStringParameters"] == {"q": ["1", "2"]}
    assert context["identity"]["userArn"].endswith(":user/mraa-operator")
    assert context["identity"]["sourceIp"] == "127.0.0.1"
    assert context["identity"]["cognitoIdentityId"] is None
    assert (context["stage"], context["httpMethod"], context["apiId"]) == ("prod", "POST", sample.ids["Api"])
    assert context["requestId"] == reply.headers["x-amzn-requestid"]


@pytest.fixture(scope="module")
def signed_in(client: Client) -> tuple[str, str, Credentials]:
    """A user of a pool, signed in through an identity pool: identity id, Cognito subject, credentials."""
    idp, identities, iam = client("cognito-idp"), client("cognito-identity"), client("iam")
    pool_id = idp.create_user_pool(PoolName="people")["UserPool"]["Id"]
    app = idp.create_user_pool_client(
        UserPoolId=pool_id, ClientName="app", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    )["UserPoolClient"]["ClientId"]
    idp.admin_create_user(UserPoolId=pool_id, Username="ada", MessageAction="SUPPRESS")
    idp.admin_set_user_password(UserPoolId=pool_id, Username="ada", Password="Correct-horse-1", Permanent=True)
    attributes = idp.admin_get_user(UserPoolId=pool_id, Username="ada")["UserAttributes"]
    subject = next(each["Value"] for each in attributes if each["Name"] == "sub")
    provider = f"cognito-idp.us-east-1.amazonaws.com/{pool_id}"
    identity_pool = identities.create_identity_pool(
        IdentityPoolName="people",
        AllowUnauthenticatedIdentities=False,
        CognitoIdentityProviders=[{"ProviderName": provider, "ClientId": app}],
    )["IdentityPoolId"]
    trust = {
        "Effect": "Allow",
        "Principal": {"Federated": "cognito-identity.amazonaws.com"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {"cognito-identity.amazonaws.com:aud": identity_pool}},
    }
    rights = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*"}
    documents = [json.dumps({"Version": "2012-10-17", "Statement": [each]}) for each in (trust, rights)]
    role = iam.create_role(RoleName="signed-in", AssumeRolePolicyDocument=documents[0])["Role"]["Arn"]
    iam.put_role_policy(RoleName="signed-in", PolicyName="invoke", PolicyDocument=documents[1])
    identities.set_identity_pool_roles(IdentityPoolId=identity_pool, Roles={"authenticated": role})
    tokens = idp.initiate_auth(
        ClientId=app,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "ada", "PASSWORD": "Correct-horse-1"},
    )["AuthenticationResult"]
    logins = {provider: tokens["IdToken"]}
    identity_id = identities.get_id(IdentityPoolId=identity_pool, Logins=logins)["IdentityId"]
    given = identities.get_credentials_for_identity(IdentityId=identity_id, Logins=logins)["Credentials"]
    credentials = Credentials(given["AccessKeyId"], given["SecretKey"], given["SessionToken"])
    return identity_id, subject, credentials


def test_the_function_sees_who_signed_in_with_cognito(sample: Sample, signed_in: tuple[str, str, Credentials]) -> None:
    identity_id, subject, credentials = signed_in
    reply = sample.call("POST", "things/x", sign=credentials, body=b'{"name": "n"}')
    identity = reply.json["requestContext"]["identity"]
    assert identity["cognitoIdentityId"] == identity_id
    assert identity["cognitoAuthenticationType"] == "authenticated"
    assert identity["cognitoAuthenticationProvider"].endswith(f":CognitoSignIn:{subject}")
    assert ":assumed-role/signed-in/" in identity["userArn"]


def test_a_method_without_authorization_ignores_what_another_scheme_sends(sample: Sample) -> None:
    for header in ("Bearer abc", "Basic YTpi"):
        reply = sample.call("GET", "greeting", sign=False, headers={"Authorization": header})
        assert (reply.status, reply.text) == (200, "hello")
        assert sample.call("OPTIONS", "things/x", sign=False, headers={"Authorization": header}).status == 200


def test_what_a_request_template_overrides_in_the_answer_reaches_the_response_template(sample: Sample) -> None:
    reply = sample.call("GET", "override", sign=False)
    assert (reply.status, reply.text, reply.headers["x-own"]) == (418, "418", "set by the request")


def test_no_member_of_a_proxy_answer_is_required(sample: Sample) -> None:
    reply = sample.call("POST", "things/empty", body=b'{"name": "n"}')
    assert (reply.status, reply.text) == (200, "")


def test_an_api_is_not_imported_by_the_api_but_refused(client: Client) -> None:
    gateway = client("apigateway")
    for operation, arguments in (
        ("import_rest_api", {"body": b"neither JSON nor YAML: ["}),
        ("put_rest_api", {"restApiId": "x", "mode": "overwrite", "body": b"{}"}),
    ):
        with pytest.raises(ClientError, match="creates REST APIs from a body through CloudFormation only"):
            getattr(gateway, operation)(**arguments)


@pytest.mark.parametrize("thing", ["broken", "malformed", "unknown-member"])
def test_a_failed_function_is_a_bad_gateway_without_details(sample: Sample, thing: str) -> None:
    reply = sample.call("POST", f"things/{thing}", body=b'{"name": "n"}')
    assert (reply.status, reply.json) == (502, {"message": "Internal server error"})
    assert reply.headers[ORIGIN] == APP


@pytest.mark.parametrize("body", [b"", b"{", b"{}", b'{"name": ""}', b'{"name": 1}', b"[" * 5000])
def test_a_body_that_does_not_fit_the_model_is_refused(sample: Sample, body: bytes) -> None:
    reply = sample.call("POST", "things/x", body=body, headers={"Content-Type": "application/json"})
    assert (reply.status, reply.json["message"], reply.headers[ORIGIN]) == (400, "Invalid request body", APP)


def test_a_content_type_without_a_template_is_refused_if_pass_through_is_off(sample: Sample) -> None:
    reply = sample.call("GET", "things/x", headers={"Content-Type": "text/xml"})
    assert (reply.status, reply.headers[ORIGIN]) == (415, APP)


def test_every_request_is_logged_in_the_stages_format(sample: Sample, key_without_rights: Credentials) -> None:
    sample.call("GET", "things/x")
    sample.call("GET", "things/x", sign=key_without_rights)
    sample.call("GET", "nowhere", sign=False)
    lines = sample.log_lines()
    assert any(line.startswith("GET /things/{thingId} 200 AIDA") for line in lines)
    assert "GET - 403 -" in lines


def test_what_the_function_prints_is_in_its_log(sample: Sample) -> None:
    for number in range(5):
        sample.call("POST", f"things/logged-{number}", body=b'{"name": "n"}')
    logs = sample.client("logs", sample.region)
    events = logs.filter_log_events(logGroupName=f"/aws/lambda/{sample.ids['Function']}")["events"]
    text = "".join(event["message"] for event in events)
    assert [number for number in range(5) if f"asked for logged-{number}" in text] == [0, 1, 2, 3, 4]


def test_a_stage_serves_the_body_as_of_its_deployment_and_the_id_stays(cloud: LocalCloud, client: Client) -> None:
    sample = Sample(cloud, client, PRIMARY, greeting="first")
    api_id = sample.ids["Api"]
    assert sample.call("GET", "greeting").text == "first"
    sample.update(greeting="second")
    assert (sample.ids["Api"], sample.call("GET", "greeting").text) == (api_id, "first")
    sample.update(greeting="second", deployment="Deployment2")
    assert (sample.ids["Api"], sample.call("GET", "greeting").text) == (api_id, "second")
    deployments = client("apigateway").get_deployments(restApiId=api_id)["items"]
    assert [deployment["id"] for deployment in deployments] == [sample.ids["Deployment2"]]


def test_a_deployment_in_use_cannot_be_deleted(sample: Sample) -> None:
    with pytest.raises(ClientError, match="Active stages"):
        sample.client("apigateway", sample.region).delete_deployment(
            restApiId=sample.ids["Api"], deploymentId=sample.ids["Deployment1"]
        )


@pytest.mark.parametrize(
    ("options", "status", "text"),
    [
        ({"trusted": "lambda.amazonaws.com"}, 500, "Internal server error"),
        ({"allowed": "dynamodb:PutItem"}, 500, '{"error":"store"}'),
    ],
)
def test_the_table_is_read_under_the_integrations_role(
    cloud: LocalCloud, client: Client, options: dict[str, str], status: int, text: str
) -> None:
    reply = Sample(cloud, client, PRIMARY, **options).call("GET", "things/x")
    assert (reply.status, reply.headers[ORIGIN]) == (status, APP)
    assert text in reply.text


def test_a_function_without_permission_for_the_api_is_not_invoked(cloud: LocalCloud, client: Client) -> None:
    reply = Sample(cloud, client, PRIMARY, permitted=False).call("POST", "things/x", body=b'{"name": "n"}')
    assert (reply.status, reply.json, reply.headers[ORIGIN]) == (500, {"message": "Internal server error"}, APP)


def test_more_than_the_stage_allows_is_throttled(cloud: LocalCloud, client: Client) -> None:
    sample = Sample(cloud, client, PRIMARY, rate=1)
    replies = [sample.call("GET", "greeting") for _ in range(20)]
    throttled = [reply for reply in replies if reply.status == 429]
    assert replies[0].status == 200
    assert throttled
    assert throttled[0].json == {"message": "Too Many Requests"}
    assert throttled[0].headers[ORIGIN] == APP


def test_a_stage_cannot_log_before_the_account_has_a_role_for_it(cloud: LocalCloud, client: Client) -> None:
    with pytest.raises(StackFailedError, match="CloudWatch Logs role ARN must be set in account settings"):
        Sample(cloud, client, "eu-west-1", account_role=False)


def test_an_unsupported_body_fails_the_stack_with_the_location_of_the_problem(client: Client) -> None:
    resources = sample_api.resources()
    greeting = resources["Api"]["Properties"]["Body"]["paths"]["/greeting"]["get"]
    greeting["x-amazon-apigateway-integration"]["type"] = "http"
    with pytest.raises(StackFailedError, match="GET /greeting integration"):
        make_stack(client, PRIMARY, "unknown", resources)


def test_an_unsupported_property_of_a_stage_fails_the_stack(client: Client) -> None:
    resources = sample_api.resources()
    resources["Stage"]["Properties"]["CacheClusterEnabled"] = True
    with pytest.raises(StackFailedError, match="CacheClusterEnabled"):
        make_stack(client, PRIMARY, "cached", resources)
