"""The seam to AWS: clients made once, errors in our words, requests signed, hosts by Region."""

import http.server
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
    ReadTimeoutError,
)

from mraa.aws import Aws
from mraa.aws_errors import client_error, translated
from mraa.errors import AwsError, CredentialsError, MraaError, UnreachableError, UsageError
from mraa.partitions import require_known_regions, url_suffix
from tests.errors import client_error as raw_error


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Aws:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "MRAA_API_URL", "MRAA_OBJECT_URL", "MRAA_SITE_URL"):
        monkeypatch.delenv(name, raising=False)
    return Aws()


@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        (raw_error("ExpiredToken"), CredentialsError),
        (raw_error("InvalidClientTokenId", status=403), CredentialsError),
        (NoCredentialsError(), CredentialsError),
        (NoRegionError(), UsageError),
        (EndpointConnectionError(endpoint_url="https://x"), UnreachableError),
        (ReadTimeoutError(endpoint_url="https://x"), UnreachableError),
        (raw_error("InternalError", status=503), UnreachableError),
        (raw_error("NotImplemented", status=501), AwsError),
        (raw_error("AccessDenied", status=403), AwsError),
        (ParamValidationError(report="bad"), AwsError),
        (ValueError("Invalid endpoint: nonsense"), UsageError),
    ],
)
def test_what_boto3_raises_becomes_an_error_of_ours_that_says_what_and_where(
    raised: Exception, kind: type[MraaError]
) -> None:
    with pytest.raises(kind, match="Reading it in us-east-1 failed") as told, translated("Reading it", "us-east-1"):
        raise raised
    assert type(told.value) is kind


def test_our_own_errors_and_bugs_pass_through_unchanged() -> None:
    own = UsageError("mine")
    with pytest.raises(UsageError) as passed, translated("x", "y"):
        raise own
    assert passed.value is own
    with pytest.raises(ZeroDivisionError), translated("x", "y"):
        raise ZeroDivisionError


def test_awss_code_and_reason_are_kept() -> None:
    error = client_error("Reading it in x", raw_error("LimitExceeded", "at most 5"))
    assert isinstance(error, AwsError)
    assert (error.code, error.reason) == ("LimitExceeded", "at most 5")
    assert error.message == "Reading it in x failed: LimitExceeded: at most 5"


def test_an_answer_without_a_message_still_says_something() -> None:
    error = client_error("Reading it in x", ClientError({"Error": {"Code": "404"}}, "HeadBucket"))
    assert "404" in error.message


def test_a_client_is_made_once_for_service_region_and_patience(aws: Aws) -> None:
    assert aws.client("s3", "us-east-1") is aws.client("s3", "us-east-1")
    assert aws.client("s3", "us-east-1") is not aws.client("s3", "eu-west-1")
    assert aws.client("s3", "us-east-1") is not aws.client("s3", "us-east-1", fast=True)


def test_a_profile_that_does_not_exist_is_a_usage_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    with pytest.raises(UsageError, match="profile 'nobody' does not exist"):
        Aws("nobody")


def test_hosts_follow_the_partition_unless_the_environment_names_others(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert aws.api_url("abc", "us-east-1") == "https://abc.execute-api.us-east-1.amazonaws.com/prod"
    assert aws.api_url("abc", "cn-north-1") == "https://abc.execute-api.cn-north-1.amazonaws.com.cn/prod"
    assert aws.object_url("b", "us-east-1") == "https://b.s3.us-east-1.amazonaws.com"
    monkeypatch.setenv("MRAA_API_URL", "http://127.0.0.1:1/{id}/{region}")
    monkeypatch.setenv("MRAA_OBJECT_URL", "http://127.0.0.1:1/{id}")
    assert Aws().api_url("abc", "us-east-1") == "http://127.0.0.1:1/abc/us-east-1/prod"
    assert Aws().object_url("b", "us-east-1") == "http://127.0.0.1:1/b"


def test_a_site_is_at_its_own_host_unless_the_environment_names_another(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert aws.site_url("https://d1.cloudfront.net") == "https://d1.cloudfront.net"
    monkeypatch.setenv("MRAA_SITE_URL", "http://127.0.0.1:1/{id}/")
    assert Aws().site_url("https://d1.cloudfront.net") == "http://127.0.0.1:1/d1.cloudfront.net/"


class Answering(http.server.BaseHTTPRequestHandler):
    """Answers every request with ``answer`` and keeps it."""

    answer: tuple[int, bytes] = (200, b"{}")
    seen: list[dict[str, Any]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.seen.append({"path": self.path, "body": body, "authorization": self.headers.get("Authorization", "")})
        self.send_response(self.answer[0])
        self.send_header("Content-Length", str(len(self.answer[1])))
        self.end_headers()
        self.wfile.write(self.answer[1])

    do_GET = do_POST

    def log_message(self, format: str, *args: Any) -> None:
        """Silent."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, aws: Aws) -> Iterator[type[Answering]]:
    handler = type("Handler", (Answering,), {"seen": []})
    running = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    monkeypatch.setenv("MRAA_API_URL", f"http://127.0.0.1:{running.server_port}/{{id}}")
    threading.Thread(target=running.serve_forever, args=(0.05,), daemon=True).start()
    yield handler
    running.shutdown()
    running.server_close()


def test_a_request_is_signed_for_its_region_and_errors_are_answers(server: type[Answering]) -> None:
    server.answer = (409, b'{"error": {"code": "RegionFenced"}}')
    answer = Aws().api_request("POST", "eu-west-1", "abc", "comments/1", {"message": 'q"\\n'})
    assert answer.status == 409
    assert answer.body == {"error": {"code": "RegionFenced"}}
    assert server.seen[0]["path"] == "/abc/prod/comments/1"
    assert "/eu-west-1/execute-api/aws4_request" in server.seen[0]["authorization"]
    assert server.seen[0]["body"] == b'{"message": "q\\"\\\\n"}'


def test_an_answer_that_is_no_json_is_an_answer_without_a_body(server: type[Answering]) -> None:
    server.answer = (502, b"<html>")
    assert Aws().api_request("GET", "eu-west-1", "abc", "state/x").body is None


def test_no_answer_is_unreachable(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MRAA_API_URL", "http://127.0.0.1:9/{id}")
    with pytest.raises(UnreachableError, match=r"GET /abc/prod/state/x in eu-west-1 failed"):
        Aws().api_request("GET", "eu-west-1", "abc", "state/x", timeout_s=1)


def test_regions_that_aws_has_in_one_partition_pass() -> None:
    require_known_regions("us-east-1", "ap-northeast-1")
    require_known_regions("cn-north-1", "cn-northwest-1")


def test_a_region_of_no_partition_has_no_suffix() -> None:
    with pytest.raises(UsageError, match="no Region 'nowhere-1'"):
        url_suffix("nowhere-1")
