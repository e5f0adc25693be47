"""S3 objects without a client: sent to where botocore sends, verified, retried, refused in our words."""

import hashlib
import io
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ConnectionClosedError

from mraa.aws import Aws, Clock
from mraa.errors import AwsError, CredentialsError, UnreachableError
from mraa.objects import Objects
from tests.moto_http import MotoSession, from_moto, mocked
from tests.regions import PRIMARY, SECONDARY

BODY = b"what was built"
HASHES = {"sha256": hashlib.sha256(BODY).hexdigest(), "md5": hashlib.md5(BODY, usedforsecurity=False).hexdigest()}


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    with mocked(monkeypatch) as made:
        yield made


@pytest.fixture
def objects(aws: Aws) -> Objects:
    aws.client("s3", PRIMARY).create_bucket(Bucket="code")
    return Objects(aws, "code", PRIMARY, "123456789012")


def put(objects: Objects, key: str = "a/b", body: Any = BODY) -> bool:
    return objects.put(key, body, sha256=HASHES["sha256"], content_type="text/plain")


def answer(request: AWSPreparedRequest, status: int, body: bytes, **headers: str) -> AWSResponse:
    raw: Any = io.BytesIO(body)
    raw.stream = lambda: iter([body])
    return AWSResponse(request.url, status, headers or {"x-amz-request-id": "1"}, raw)


class Script(MotoSession):
    """Plays its steps before moto answers: an exception is raised, a pair is a status and the body of an answer."""

    def __init__(self, *steps: Any) -> None:
        super().__init__(self.play)
        self.steps = list(steps)
        self.requests: list[AWSPreparedRequest] = []

    def play(self, request: AWSPreparedRequest) -> AWSResponse:
        self.requests.append(request)
        step = self.steps.pop(0) if self.steps else None
        if isinstance(step, Exception):
            raise step
        return answer(request, *step) if step else from_moto(request)


@pytest.mark.parametrize(
    ("region", "environment", "bucket"),
    [
        (PRIMARY, {}, "code"),
        (SECONDARY, {}, "code"),
        (SECONDARY, {}, "code.with.dots"),
        ("cn-north-1", {}, "code"),
        (SECONDARY, {"AWS_USE_DUALSTACK_ENDPOINT": "true"}, "code"),
        (PRIMARY, {"AWS_USE_DUALSTACK_ENDPOINT": "true"}, "code"),
        (PRIMARY, {"AWS_USE_FIPS_ENDPOINT": "true"}, "code"),
        (PRIMARY, {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"}, "code"),
        (PRIMARY, {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566/"}, "code"),
        (PRIMARY, {"AWS_ENDPOINT_URL": "http://localhost:4566/below"}, "code"),
        (PRIMARY, {"AWS_ENDPOINT_URL_S3": "https://s3.example.com"}, "code"),
    ],
)
def test_requests_go_to_where_botocores_client_sends_its_own(
    monkeypatch: pytest.MonkeyPatch, region: str, environment: dict[str, str], bucket: str
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    aws, sent = Aws(), []

    def note(request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        sent.append(request.url)
        return answer(request, 200, b"")

    client = aws.client("s3", region)
    client.meta.events.register_first("before-send.s3", note)
    client.head_object(Bucket=bucket, Key="app/v1/a b+c~d%.zip")
    script = Script((200, b""))
    monkeypatch.setattr(Aws, "http_session", lambda *_, **__: script)
    Objects(aws, bucket, region, "123456789012").contains("app/v1/a b+c~d%.zip", **HASHES)
    assert [request.url for request in script.requests] == sent


def test_what_was_put_is_listed_and_contained(objects: Objects) -> None:
    assert put(objects, "a/b c+d")
    assert put(objects, "other")
    assert {key: (found.bytes, found.etag) for key, found in objects.listed("a/")} == {
        "a/b c+d": (len(BODY), HASHES["md5"])
    }
    assert objects.contains("a/b c+d", **HASHES)
    assert not objects.contains("a/b c+d", sha256="00" * 32, md5=HASHES["md5"])
    assert not objects.contains("nothing", **HASHES)


def test_a_stream_is_sent_from_its_start_at_every_attempt(monkeypatch: pytest.MonkeyPatch, aws: Aws) -> None:
    aws.client("s3", PRIMARY).create_bucket(Bucket="code")
    lost = ConnectionClosedError(endpoint_url="https://x")

    class Reading(Script):
        def play(self, request: AWSPreparedRequest) -> AWSResponse:
            sent.append(request.body.read())
            request.body.seek(0)
            return super().play(request)

    sent: list[bytes] = []
    script = Reading(lost, (503, b"<Error><Code>SlowDown</Code></Error>"))
    monkeypatch.setattr(Aws, "http_session", lambda *_, **__: script)
    assert put(Objects(aws, "code", PRIMARY, "123456789012", clock=Clock(sleep=lambda _: None)), body=io.BytesIO(BODY))
    assert sent == [BODY] * 3


@pytest.mark.parametrize(
    ("step", "error", "message"),
    [
        ((403, b"<Error><Code>AccessDenied</Code><Message>no</Message></Error>"), AwsError, "AccessDenied: no"),
        ((403, b"<Error><Code>ExpiredToken</Code></Error>"), CredentialsError, "ExpiredToken"),
        ((400, b"<Error><Code>BadDigest</Code></Error>"), AwsError, "BadDigest"),
        ((400, b"\x00 no XML <"), AwsError, "400"),
        ((307, b"<Error><Code>TemporaryRedirect</Code></Error>"), AwsError, "TemporaryRedirect"),
    ],
)
def test_a_refusal_is_one_line_and_is_not_tried_again(
    monkeypatch: pytest.MonkeyPatch, aws: Aws, step: Any, error: type[Exception], message: str
) -> None:
    script = Script(step)
    monkeypatch.setattr(Aws, "http_session", lambda *_, **__: script)
    with pytest.raises(error, match=rf"Uploading s3://code/a/b in us-east-1 failed: .*{message}"):
        put(Objects(aws, "code", PRIMARY, "123456789012"))
    assert len(script.requests) == 1


@pytest.mark.parametrize(
    "step", [(503, b""), (500, b"<html>proxy</html>"), ConnectionClosedError(endpoint_url="https://x")]
)
def test_silence_that_lasts_ends_after_five_attempts(monkeypatch: pytest.MonkeyPatch, aws: Aws, step: Any) -> None:
    script = Script(*[step] * 9)
    monkeypatch.setattr(Aws, "http_session", lambda *_, **__: script)
    with pytest.raises(UnreachableError, match="Uploading s3://code/a/b in us-east-1 failed"):
        put(Objects(aws, "code", PRIMARY, "123456789012", clock=Clock(sleep=lambda _: None)))
    assert len(script.requests) == 5


def test_an_answer_of_a_stranger_is_no_success(monkeypatch: pytest.MonkeyPatch, aws: Aws) -> None:
    def stranger(request: AWSPreparedRequest) -> AWSResponse:
        return answer(request, 200, b"<html>Sign in", **{"content-type": "text/html"})

    monkeypatch.setattr(Aws, "http_session", lambda *_, **__: MotoSession(stranger))
    with pytest.raises(UnreachableError, match="not AWS's"):
        put(Objects(aws, "code", PRIMARY, "123456789012", clock=Clock(sleep=lambda _: None)))
