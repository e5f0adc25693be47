"""Publishing: what is uploaded where and in which order, and which buckets are rejected."""

import base64
import io
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from mraa.aws import Aws
from mraa.errors import AwsError, MraaError, UsageError
from mraa.events import Event, Progress
from mraa.release import publish, transfers
from mraa.release.manifest import BuiltRelease
from tests.errors import client_error
from tests.functions.fakes import FakeClient
from tests.moto_http import MotoSession, from_moto, mocked
from tests.regions import PRIMARY, REGIONS, SECONDARY
from tests.unit.release_checkout import build_checkout, make_checkout

ACCOUNT = "123456789012"  # moto's
PREFIX = "app/v1.0.0/"


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    with mocked(monkeypatch) as made:
        yield made


@pytest.fixture
def built(tmp_path: Path) -> BuiltRelease:
    return build_checkout(make_checkout(tmp_path / "checkout"), tmp_path / "deployment")


def run(aws: Any, built: BuiltRelease, *, create_buckets: bool = True) -> list[Event]:
    """Plan and execute; the events."""
    events: list[Event] = []
    publish.execute(aws, publish.plan(aws, built, REGIONS, create_buckets=create_buckets), events.append)
    return events


def objects(aws: Aws, region: str) -> dict[str, bytes]:
    s3 = aws.client("s3", region)
    bucket = f"code-{region}"
    keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]
    return {key: s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}


class Recorder:
    """An ``Aws`` that records every call and every request to S3, and fails those in ``failures``."""

    def __init__(self, aws: Aws) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.requests: list[AWSPreparedRequest] = []
        self.failures: dict[str, tuple[int, str]] = {}
        self._aws = aws
        self.account_id = aws.account_id
        self.credentials = aws.credentials

    def client(self, service: str, region: str) -> Any:
        client = self._aws.client(service, region)
        fake: Any = FakeClient(client, self._on_call)
        fake.meta = client.meta
        return fake

    def http_session(self, *_: Any, **__: Any) -> MotoSession:
        return MotoSession(self.answer)

    def answer(self, request: AWSPreparedRequest) -> AWSResponse:
        self.requests.append(request)
        if request.method not in self.failures:
            return from_moto(request)
        status, code = self.failures[request.method]
        return error_answer(request, status, code)

    def _on_call(self, name: str, _: int, request: dict[str, Any]) -> None:
        if name != "get_waiter":
            self.calls.append((name, request))
        if name in self.failures:
            status, code = self.failures[name]
            raise client_error(code, operation=name, status=status)


def key_of(request: AWSPreparedRequest) -> str:
    return unquote(urlsplit(request.url).path).removeprefix("/")


class Raw(io.BytesIO):
    def stream(self) -> Iterator[bytes]:
        yield self.read()


def error_answer(request: AWSPreparedRequest, status: int, code: str) -> AWSResponse:
    body = Raw(f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode())
    return AWSResponse(request.url, status, {"x-amz-request-id": "1"}, body)


def test_both_regions_contain_every_file_under_solution_and_version(aws: Aws, built: BuiltRelease) -> None:
    run(aws, built)
    expected = {PREFIX + file.path: built.location(file).read_bytes() for file in built.files}
    assert objects(aws, PRIMARY) == expected
    assert objects(aws, SECONDARY) == expected


def test_created_buckets_are_private_encrypted_versioned_and_in_their_region(aws: Aws, built: BuiltRelease) -> None:
    run(aws, built)
    for region, constraint in ((PRIMARY, None), (SECONDARY, SECONDARY)):
        s3, bucket = aws.client("s3", region), f"code-{region}"
        assert s3.get_bucket_location(Bucket=bucket)["LocationConstraint"] == constraint
        assert all(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values())
        rules = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
        assert rules[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
        assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"


def test_a_second_run_has_nothing_to_do(aws: Aws, built: BuiltRelease) -> None:
    run(aws, built)
    for create_buckets in (True, False):
        assert publish.plan(aws, built, REGIONS, create_buckets=create_buckets).is_empty


def test_only_changed_files_are_uploaded(aws: Aws, built: BuiltRelease, tmp_path: Path) -> None:
    run(aws, built)
    old = set(objects(aws, PRIMARY))
    (tmp_path / "checkout/webapp/style.css").write_text("body { margin: 0 }\n")
    changed = build_checkout(tmp_path / "checkout", tmp_path / "deployment")
    plan = publish.plan(aws, changed, REGIONS, create_buckets=False)
    assert {upload.file.path for upload in plan.uploads} == {
        "application.template",
        "console-manifest.json",
        "console/style.css",
    }
    assert all(line.endswith("/, 3 of them in place of others") for line in plan.lines())
    run(aws, changed)
    assert publish.plan(aws, changed, REGIONS, create_buckets=False).is_empty
    assert set(objects(aws, PRIMARY)) == old


def test_a_changed_function_is_uploaded_beside_the_old_one(aws: Aws, built: BuiltRelease, tmp_path: Path) -> None:
    run(aws, built)
    (tmp_path / "checkout/functions/photo_book/handler.py").write_text("changed = True\n")
    run(aws, build_checkout(tmp_path / "checkout", tmp_path / "deployment"))
    zips = [key for key in objects(aws, SECONDARY) if "/photo-book-" in key]
    assert len(zips) == 2


def test_what_another_tool_uploaded_is_recognised(aws: Aws, built: BuiltRelease) -> None:
    for region in REGIONS:
        s3 = aws.client("s3", region)
        where = {} if region == PRIMARY else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        s3.create_bucket(Bucket=f"code-{region}", **where)
        for file in built.files:
            s3.put_object(Bucket=f"code-{region}", Key=PREFIX + file.path, Body=built.location(file).read_bytes())
    assert publish.plan(aws, built, REGIONS, create_buckets=False).is_empty


def test_an_object_of_the_same_size_with_other_bytes_is_uploaded_again(aws: Aws, built: BuiltRelease) -> None:
    run(aws, built)
    s3, key = aws.client("s3", SECONDARY), PREFIX + "console/style.css"
    body = s3.get_object(Bucket=f"code-{SECONDARY}", Key=key)["Body"].read()
    s3.put_object(Bucket=f"code-{SECONDARY}", Key=key, Body=body.upper())
    uploads = publish.plan(aws, built, REGIONS, create_buckets=False).uploads
    assert [(upload.bucket.region, upload.key) for upload in uploads] == [(SECONDARY, key)]


def test_templates_go_last_and_those_to_launch_after_the_one_they_name(aws: Aws, built: BuiltRelease) -> None:
    recorder = Recorder(aws)
    run(recorder, built)
    keys = [key_of(request) for request in recorder.requests if request.method == "PUT"]

    def phase(key: str) -> int:
        return (
            0 if not key.endswith(".template") else 1 if len(key.split("-")[-1]) == len("0123456789ab.template") else 2
        )

    assert [phase(key) for key in keys] == sorted(phase(key) for key in keys)
    assert {phase(key) for key in keys} == {0, 1, 2}


def test_every_call_names_the_account_and_every_upload_its_checksum(aws: Aws, built: BuiltRelease) -> None:
    recorder = Recorder(aws)
    run(recorder, built)
    run(recorder, built)
    for name, request in recorder.calls:
        if name != "create_bucket":  # it has no owner yet
            assert request["ExpectedBucketOwner"] == ACCOUNT
    assert all(request.headers["x-amz-expected-bucket-owner"] == ACCOUNT for request in recorder.requests)
    uploads = [request for request in recorder.requests if request.method == "PUT"]
    types = {PREFIX + file.path: (file.sha256, file.content_type) for file in built.files}
    for request in uploads:
        sha256 = base64.b64decode(request.headers["x-amz-checksum-sha256"]).hex()
        assert (sha256, request.headers["Content-Type"]) == types[key_of(request)]
        assert request.headers["X-Amz-Content-SHA256"] == sha256
    assert len(uploads) == 2 * len(types)


def test_an_unchanged_release_is_found_by_one_listing_a_bucket(aws: Aws, built: BuiltRelease) -> None:
    run(aws, built)
    recorder = Recorder(aws)
    assert publish.plan(recorder, built, REGIONS, create_buckets=False).is_empty  # type: ignore[arg-type]
    assert sorted(name for name, _ in recorder.calls) == ["head_bucket", "head_bucket", *["list_objects_v2"] * 2]
    assert recorder.requests == []


class WithCustomerKey(Recorder):
    """Lists one file as if it were encrypted with a customer key: with an ETag that is no MD5."""

    def client(self, service: str, region: str) -> Any:
        client = super().client(service, region)
        listed = client.list_objects_v2

        def list_objects_v2(**request: Any) -> Any:
            answer = listed(**request)
            for found in answer["Contents"]:
                if found["Key"] == PREFIX + "console/style.css":
                    found["ETag"] = '"0123456789abcdef0123456789abcdef"'
            return answer

        client.list_objects_v2 = list_objects_v2
        return client


def test_an_etag_that_is_no_md5_proves_nothing_and_the_sha256_decides(aws: Aws, built: BuiltRelease) -> None:
    run(aws, built)
    file = next(file for file in built.files if file.path == "console/style.css")
    recorder = WithCustomerKey(aws)
    assert publish.plan(recorder, built, REGIONS, create_buckets=False).is_empty  # type: ignore[arg-type]
    assert [(request.method, key_of(request)) for request in recorder.requests] == [("HEAD", PREFIX + file.path)] * 2


def test_an_object_in_several_parts_without_a_sha256_is_uploaded_again(aws: Aws, built: BuiltRelease) -> None:
    run(aws, built)
    file = next(file for file in built.files if file.path == "console/style.css")
    s3, where = aws.client("s3", PRIMARY), {"Bucket": f"code-{PRIMARY}", "Key": PREFIX + file.path}
    upload = s3.create_multipart_upload(**where)["UploadId"]
    part = s3.upload_part(**where, UploadId=upload, PartNumber=1, Body=built.location(file).read_bytes())["ETag"]
    parts = {"Parts": [{"PartNumber": 1, "ETag": part}]}
    s3.complete_multipart_upload(**where, UploadId=upload, MultipartUpload=parts)
    assert [upload.file for upload in publish.plan(aws, built, REGIONS, create_buckets=False).uploads] == [file]
    run(aws, built)
    assert publish.plan(aws, built, REGIONS, create_buckets=False).is_empty


def test_missing_buckets_are_named_and_nothing_is_touched(aws: Aws, built: BuiltRelease) -> None:
    with pytest.raises(UsageError) as caught:
        publish.plan(aws, built, REGIONS, create_buckets=False)
    assert caught.value.message == "Bucket code-us-east-1 does not exist. Bucket code-ap-northeast-1 does not exist."
    assert "--create-buckets" in caught.value.hint
    assert aws.client("s3", PRIMARY).list_buckets()["Buckets"] == []


def test_planning_creates_nothing(aws: Aws, built: BuiltRelease) -> None:
    lines = publish.plan(aws, built, REGIONS, create_buckets=True).lines()
    assert lines[0] == "create bucket code-us-east-1: private, encrypted, versioned"
    assert any(line.startswith("upload ") and line.endswith("s3://code-us-east-1/app/v1.0.0/") for line in lines)
    assert aws.client("s3", PRIMARY).list_buckets()["Buckets"] == []


@pytest.mark.parametrize("create_buckets", [True, False])
def test_another_accounts_bucket_is_named_and_not_written_to(
    aws: Aws, built: BuiltRelease, create_buckets: bool
) -> None:
    recorder = Recorder(aws)
    recorder.failures["head_bucket"] = (403, "403")
    with pytest.raises(UsageError, match=r"Bucket code-us-east-1 belongs to another account.*\(403\)"):
        publish.plan(recorder, built, REGIONS, create_buckets=create_buckets)  # type: ignore[arg-type]
    assert {name for name, _ in recorder.calls} == {"head_bucket"}


def test_a_bucket_name_of_another_account_is_reported_as_that(aws: Aws, built: BuiltRelease) -> None:
    recorder = Recorder(aws)
    recorder.failures["create_bucket"] = (409, "BucketAlreadyExists")
    with pytest.raises(UsageError, match="code-us-east-1 belongs to another account: bucket names are unique"):
        run(recorder, built)


def test_a_bucket_in_another_region_is_named_with_where_it_is(aws: Aws, built: BuiltRelease) -> None:
    aws.client("s3", SECONDARY).create_bucket(
        Bucket=f"code-{PRIMARY}", CreateBucketConfiguration={"LocationConstraint": SECONDARY}
    )
    with pytest.raises(UsageError, match=f"Bucket code-{PRIMARY} is in {SECONDARY}, not in {PRIMARY}"):
        publish.plan(aws, built, REGIONS, create_buckets=True)


def test_an_incomplete_bucket_is_finished(aws: Aws, built: BuiltRelease) -> None:
    aws.client("s3", PRIMARY).create_bucket(Bucket=f"code-{PRIMARY}")
    plan = publish.plan(aws, built, REGIONS, create_buckets=True)
    assert "enable versioning of" in plan.buckets[0].work
    assert "create" not in plan.buckets[0].work
    run(aws, built)
    assert aws.client("s3", PRIMARY).get_bucket_versioning(Bucket=f"code-{PRIMARY}")["Status"] == "Enabled"


def test_an_existing_bucket_is_not_changed_without_create_buckets(aws: Aws, built: BuiltRelease) -> None:
    for region in REGIONS:
        where = {} if region == PRIMARY else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        aws.client("s3", region).create_bucket(Bucket=f"code-{region}", **where)
    run(aws, built, create_buckets=False)
    assert "Status" not in aws.client("s3", PRIMARY).get_bucket_versioning(Bucket=f"code-{PRIMARY}")
    assert publish.plan(aws, built, REGIONS, create_buckets=False).is_empty


def test_an_upload_that_fails_is_reported_and_no_template_is_sent(aws: Aws, built: BuiltRelease) -> None:
    recorder = Recorder(aws)
    plan = publish.plan(aws, built, REGIONS, create_buckets=True)
    recorder.failures["PUT"] = (403, "AccessDenied")
    with pytest.raises(AwsError, match=r"Uploading s3://code-.*AccessDenied"):
        publish.execute(recorder, plan, lambda event: None)  # type: ignore[arg-type]
    sent = {key_of(request) for request in recorder.requests if request.method == "PUT"}
    assert sent
    assert not any(key.endswith(".template") for key in sent)
    run(aws, built)
    assert publish.plan(aws, built, REGIONS, create_buckets=False).is_empty


def test_bytes_that_are_not_what_was_built_are_rejected(aws: Aws, built: BuiltRelease) -> None:
    plan = publish.plan(aws, built, REGIONS, create_buckets=True)
    (built.regional_folder / "console/index.html").write_text("changed since")
    with pytest.raises(UsageError, match=r"console/index\.html is not what was built"):
        publish.execute(aws, plan, lambda event: None)


class WithoutChecksum(Recorder):
    """Knows no checksums; ``stores`` maps the sent bytes to the stored ones."""

    def __init__(self, aws: Aws, stores: Callable[[bytes], bytes]) -> None:
        super().__init__(aws)
        self.stores = stores

    def answer(self, request: AWSPreparedRequest) -> AWSResponse:
        if request.method == "PUT":
            request.body = self.stores(request.body)
            del request.headers["x-amz-checksum-sha256"]
        return super().answer(request)


def test_without_a_returned_checksum_the_object_is_checked(aws: Aws, built: BuiltRelease) -> None:
    run(WithoutChecksum(aws, bytes), built)
    assert publish.plan(aws, built, REGIONS, create_buckets=False).is_empty


def test_an_object_that_differs_from_the_upload_is_an_error(aws: Aws, built: BuiltRelease) -> None:
    with pytest.raises(MraaError, match="is not what was uploaded"):
        run(WithoutChecksum(aws, bytes.upper), built)


def test_the_end_says_what_went_where_in_files_and_bytes(aws: Aws, built: BuiltRelease) -> None:
    ends = [event for event in run(aws, built) if event.subject.startswith("s3://")]
    size = sum(file.bytes for file in {file.path: file for file in built.files}.values())
    assert [event.region for event in ends] == list(REGIONS)
    assert {event.text for event in ends} == {f"uploaded 10 files, {size / 1e6:.1f} MB"}


def test_progress_is_told_in_bytes_while_files_are_sent(
    aws: Aws, built: BuiltRelease, monkeypatch: pytest.MonkeyPatch
) -> None:
    reported = threading.Event()
    monkeypatch.setattr(transfers, "_REPORT_S", 0.001)

    class Waiting(Recorder):
        def answer(self, request: AWSPreparedRequest) -> AWSResponse:
            if key_of(request).endswith("index.html"):
                assert reported.wait(60)
            return super().answer(request)

    events: list[Event] = []

    def on_event(event: Event) -> None:
        events.append(event)
        if event.progress is Progress.RUNNING:
            reported.set()

    plan = publish.plan(aws, built, REGIONS, create_buckets=True)
    publish.execute(Waiting(aws), plan, on_event)  # type: ignore[arg-type]
    running = next(event for event in events if event.progress is Progress.RUNNING)
    assert running.total == len(plan.uploads)
    assert re.fullmatch(r"0\.0 of 0\.0 MB, files", running.text)
