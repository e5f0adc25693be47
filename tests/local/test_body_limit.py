"""Bodies that are larger than is read are refused by their header, or once too much of them has arrived."""

import http.client
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from mraa_local.access import body_limit
from mraa_local.process import LocalCloud
from tests.local.requests import operator, send, signed
from tests.regions import PRIMARY

HUGE = {"Content-Length": str(400 * 1024 * 1024)}


def announce(cloud: LocalCloud, method: str, path: str, headers: dict[str, str]) -> tuple[int, str]:
    """The answer to a request of which only the header is sent."""
    connection = http.client.HTTPConnection("127.0.0.1", cloud.port, timeout=30)
    try:
        connection.putrequest(method, path)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


@pytest.mark.parametrize("path", ["/bucket/key", "/", "/_mraa/site/x/", "/2015-03-31/functions"])
def test_an_unsigned_body_is_refused_before_it_is_read(cloud: LocalCloud, path: str) -> None:
    status, text = announce(cloud, "PUT", path, HUGE)
    assert status == 413
    assert "larger than the 1,048,576 bytes" in text


def test_a_key_that_does_not_exist_is_as_good_as_none(cloud: LocalCloud) -> None:
    scope = f"AKIANOBODY/20300101/{PRIMARY}/s3/aws4_request"
    header = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"
    assert announce(cloud, "PUT", "/bucket/key", {**HUGE, "Authorization": header})[0] == 400


def test_a_signed_body_is_bounded_by_its_service(cloud: LocalCloud) -> None:
    request = AWSRequest("POST", cloud.endpoint, {"X-Amz-Target": "DynamoDB_20120810.PutItem"}, b"{}")
    SigV4Auth(operator(cloud), "dynamodb", PRIMARY).add_auth(request)
    status, text = announce(cloud, "POST", "/", {**dict(request.headers.items()), **HUGE})
    assert (status, json.loads(text)["__type"]) == (413, "RequestEntityTooLarge")


def test_a_body_of_unknown_length_is_read_up_to_the_limit(cloud: LocalCloud) -> None:
    def parts() -> Iterator[bytes]:
        for _ in range(body_limit.UNKNOWN_CALLER_LIMIT_BYTES // 65536 + 1):
            yield b"x" * 65536

    connection = http.client.HTTPConnection("127.0.0.1", cloud.port, timeout=30)
    connection.request("PUT", "/bucket/key", parts(), encode_chunked=True, headers={"Transfer-Encoding": "chunked"})
    assert connection.getresponse().status == 413
    connection.close()


def test_large_objects_of_known_callers_are_stored(cloud: LocalCloud, client: Callable[..., Any]) -> None:
    client("s3").create_bucket(Bucket="large")
    body = b"x" * (2 * body_limit.UNKNOWN_CALLER_LIMIT_BYTES)
    client("s3").put_object(Bucket="large", Key="k", Body=body)
    assert client("s3").head_object(Bucket="large", Key="k")["ContentLength"] == len(body)
    url = client("s3").generate_presigned_url("put_object", Params={"Bucket": "large", "Key": "presigned"})
    assert send(cloud, "PUT", url.removeprefix(cloud.endpoint), body=body).status == 200


@pytest.mark.parametrize("service", ["dynamodb", "lambda", "ssm", "cognito-idp", "logs"])
def test_a_body_that_is_not_text_is_refused_where_json_is_expected(cloud: LocalCloud, service: str) -> None:
    targets = {"dynamodb": "DynamoDB_20120810.PutItem", "ssm": "AmazonSSM.GetParameter", "logs": "Logs_20140328.X"}
    target = targets.get(service, "AWSCognitoIdentityProviderService.SignUp")
    headers = {} if service == "lambda" else {"X-Amz-Target": target}
    path = "/2015-03-31/functions" if service == "lambda" else "/"
    answer = signed(cloud, service, "POST", path, headers, b'{"a": "\xff"}')
    assert (answer.status, answer.json["__type"]) == (400, "SerializationException")
    assert send(cloud, "POST", "/", {"X-Amz-Target": "AWSCognitoIdentityService.GetId"}, b"\xff").status == 400
