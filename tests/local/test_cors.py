"""Who may read an answer across origins: what AWS would allow, and nothing that the engine adds."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from mraa_local.process import LocalCloud
from tests.local.requests import Answer, send, signed

ALLOW = "access-control-allow-origin"


def site(cloud: LocalCloud, name: str = "site") -> str:
    """An origin of ours that is not the API's: pages there need CORS."""
    return f"http://{name}.cloudfront.localhost:{cloud.port}"


@pytest.fixture(scope="module")
def bucket(cloud: LocalCloud, client: Callable[..., Any]) -> str:
    s3 = client("s3")
    for name in ("with-rules", "without"):
        s3.create_bucket(Bucket=name)
        s3.put_object(Bucket=name, Key="k", Body=b"x")
    rule = {"AllowedOrigins": [site(cloud)], "AllowedMethods": ["GET", "PUT"], "AllowedHeaders": ["content-type"]}
    s3.put_bucket_cors(Bucket="with-rules", CORSConfiguration={"CORSRules": [{**rule, "ExposeHeaders": ["ETag"]}]})
    return "with-rules"


def preflight(cloud: LocalCloud, path: str, method: str, origin: str, headers: str = "") -> Answer:
    asked = {"Origin": origin, "Access-Control-Request-Method": method}
    return send(cloud, "OPTIONS", path, {**asked, "Access-Control-Request-Headers": headers} if headers else asked)


def test_a_buckets_own_rules_answer_the_preflight(cloud: LocalCloud, bucket: str) -> None:
    allowed = preflight(cloud, f"/{bucket}/k", "PUT", site(cloud), "content-type")
    assert allowed.status == 200
    assert allowed.headers[ALLOW] == site(cloud)
    assert "PUT" in allowed.headers["access-control-allow-methods"]
    for refused in (
        preflight(cloud, f"/{bucket}/k", "DELETE", site(cloud)),
        preflight(cloud, f"/{bucket}/k", "PUT", site(cloud, "other")),
        preflight(cloud, f"/{bucket}/k", "PUT", site(cloud), "x-other"),
        preflight(cloud, "/without/k", "GET", site(cloud)),
    ):
        assert refused.status == 403
        assert ALLOW not in refused.headers


def test_a_buckets_own_rules_decide_which_origins_may_read(
    cloud: LocalCloud, client: Callable[..., Any], bucket: str
) -> None:
    def get(name: str, origin: str) -> Answer:
        url = client("s3").generate_presigned_url("get_object", Params={"Bucket": name, "Key": "k"})
        return send(cloud, "GET", url.removeprefix(cloud.endpoint), {"Origin": origin})

    assert get(bucket, site(cloud)).headers[ALLOW] == site(cloud)
    assert get(bucket, site(cloud)).headers["access-control-expose-headers"] == "ETag"
    for answer in (get(bucket, site(cloud, "other")), get("without", site(cloud))):
        assert answer.body == b"x"
        assert ALLOW not in answer.headers


def test_services_that_browsers_do_not_call_allow_no_origin(cloud: LocalCloud) -> None:
    page = {"Origin": site(cloud)}
    form = {**page, "Content-Type": "application/x-www-form-urlencoded"}
    target = {**page, "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "DynamoDB_20120810.ListTables"}
    caller = signed(cloud, "sts", "POST", "/", form, "Action=GetCallerIdentity&Version=2011-06-15")
    tables = signed(cloud, "dynamodb", "POST", "/", target, "{}")
    functions = signed(cloud, "lambda", "GET", "/2015-03-31/functions/", page)
    for answer in (caller, tables, functions):
        assert answer.status == 200
        assert not [name for name in answer.headers if name.startswith("access-control-")]
    assert preflight(cloud, "/2015-03-31/functions/f/invocations", "POST", site(cloud)).status == 403


def test_cognito_answers_every_page_of_ours(cloud: LocalCloud, client: Callable[..., Any]) -> None:
    pools = client("cognito-idp")
    pool = pools.create_user_pool(PoolName="p")["UserPool"]["Id"]
    app = pools.create_user_pool_client(UserPoolId=pool, ClientName="c")["UserPoolClient"]["ClientId"]
    headers = {
        "Origin": site(cloud),
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": "AWSCognitoIdentityProviderService.InitiateAuth",
    }
    body = {"AuthFlow": "USER_PASSWORD_AUTH", "ClientId": app, "AuthParameters": {"USERNAME": "u", "PASSWORD": "p"}}
    assert preflight(cloud, "/", "POST", site(cloud), "content-type,x-amz-target").headers[ALLOW] == "*"
    assert send(cloud, "POST", "/", headers, json.dumps(body)).headers[ALLOW] == "*"
