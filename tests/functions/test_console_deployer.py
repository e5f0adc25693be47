"""The web app's files are deployed completely or not at all, and their configuration last."""

import hashlib
import json
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError

from console_deployer.handler import handle
from tests.errors import client_error
from tests.functions.conftest import Clients, CloudFormation, Context
from tests.functions.fakes import FakeClient
from tests.functions.releases import FILES, HOSTILE_FILES, PREFIX, config, entry, publish, with_manifest
from tests.regions import PRIMARY, SECONDARY


@pytest.fixture
def cloudfront(clients: Clients) -> FakeClient:
    made = FakeClient(create_invalidation=None)
    clients.made[("cloudfront", PRIMARY)] = made
    return made


@pytest.fixture
def s3(clients: Clients, cloudfront: FakeClient) -> Any:
    made = clients("s3")
    made.create_bucket(Bucket="release-us-east-1")
    made.create_bucket(Bucket="site")
    made.put_bucket_versioning(Bucket="site", VersioningConfiguration={"Status": "Enabled"})
    where = {"CreateBucketConfiguration": {"LocationConstraint": SECONDARY}}
    clients("s3", SECONDARY).create_bucket(Bucket="site-2", **where)
    return made


def site(s3: Any, bucket: str = "site") -> dict[str, bytes]:
    """A console bucket's objects, content by key, but for the note of what was deployed."""
    keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]
    return {key: s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys if key != "deployed.json"}


def deploy(cloudformation: CloudFormation, properties: dict[str, Any], kind: str = "Create", **context: Any) -> Any:
    cloudformation.bodies.clear()
    handle(cloudformation.request(kind, properties, "mraa/site"), Context(**context))
    return cloudformation.answer


@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_files_and_configuration_are_written_with_their_types(
    s3: Any, cloudfront: FakeClient, cloudformation: CloudFormation, kind: str
) -> None:
    answer = deploy(cloudformation, publish(s3, FILES), kind)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", "mraa/site")
    for bucket in ("site", "site-2"):
        found = site(s3, bucket)
        assert json.loads(found.pop("console/uiConfig.json"))["appId"] == config()["appId"]
        assert found == {f"console/{path}": content for path, (content, _, _) in FILES.items()}
        for path, (_, content_type, cache_control) in {
            **FILES,
            "uiConfig.json": (b"", "application/json", "no-store"),
        }.items():
            head = s3.head_object(Bucket=bucket, Key=f"console/{path}")
            assert (head["ContentType"], head["CacheControl"]) == (content_type, cache_control)
    [invalidation] = cloudfront.requests
    assert invalidation == {
        "DistributionId": "E123EXAMPLE",
        "InvalidationBatch": {
            "Paths": {"Quantity": 1, "Items": ["/*"]},
            "CallerReference": cloudformation.request("Create", {})["RequestId"],
        },
    }


def test_the_configuration_is_written_last_and_pages_after_what_they_refer_to(
    s3: Any, clients: Clients, cloudformation: CloudFormation
) -> None:
    properties = publish(s3, FILES)
    order: list[tuple[str, str]] = []

    def note(operation: str, number: int, arguments: dict[str, Any]) -> None:
        if operation == "put_object":
            order.append((arguments["Bucket"], arguments["Key"]))

    for region in (PRIMARY, SECONDARY):
        clients.made[("s3", region)] = FakeClient(s3, note)
    deploy(cloudformation, properties)
    assert order[-5:] == [
        ("site-2", "console/index.html"),
        ("site", "console/index.html"),
        ("site-2", "console/uiConfig.json"),
        ("site", "console/uiConfig.json"),
        ("site", "deployed.json"),
    ]


def test_an_update_copies_new_files_and_removes_stale_ones(s3: Any, cloudformation: CloudFormation) -> None:
    deploy(cloudformation, publish(s3, FILES))
    s3.put_object(Bucket="site", Key="elsewhere/kept.txt", Body=b"not ours")
    new = {
        "index.html": (b"new", "text/html", "no-cache"),
        "assets/new-1a2b3c4d.js": (b"n", "text/javascript", "no-cache"),
    }
    assert deploy(cloudformation, publish(s3, new), "Update")["Status"] == "SUCCESS"
    expected = {"console/index.html", "console/assets/new-1a2b3c4d.js", "console/uiConfig.json"}
    assert set(site(s3)) == {*expected, "elsewhere/kept.txt"}
    assert set(site(s3, "site-2")) == expected
    assert site(s3)["console/index.html"] == site(s3, "site-2")["console/index.html"] == b"new"


@pytest.mark.parametrize("physical_id", ["mraa/site", "never-created/x"])
def test_a_delete_empties_the_bucket_of_every_version(
    s3: Any, cloudformation: CloudFormation, physical_id: str
) -> None:
    properties = publish(s3, FILES)
    deploy(cloudformation, properties)
    deploy(cloudformation, properties, "Update")
    s3.delete_object(Bucket="site", Key="console/index.html")
    cloudformation.bodies.clear()
    handle(cloudformation.request("Delete", properties, physical_id), Context())
    assert cloudformation.answer["Status"] == "SUCCESS"
    left = s3.list_object_versions(Bucket="site")
    assert not left.get("Versions")
    assert not left.get("DeleteMarkers")
    s3.delete_bucket(Bucket="site")
    assert site(s3, "site-2")  # the resource that created that bucket deletes it, with its files


def test_a_delete_handles_more_than_a_thousand_versions(s3: Any, cloudformation: CloudFormation) -> None:
    for number in range(1003):
        s3.put_object(Bucket="site", Key=f"console/{number}", Body=b"")
    deploy(cloudformation, publish(s3, FILES) | {"Config": None}, "Delete")
    assert cloudformation.answer["Status"] == "SUCCESS"
    assert not s3.list_object_versions(Bucket="site").get("Versions")


def test_a_delete_succeeds_when_the_bucket_is_gone(s3: Any, cloudformation: CloudFormation) -> None:
    properties = publish(s3, FILES)
    s3.delete_bucket(Bucket="site")
    assert deploy(cloudformation, properties, "Delete")["Status"] == "SUCCESS"


def test_objects_that_s3_does_not_delete_are_named(s3: Any, clients: Clients, cloudformation: CloudFormation) -> None:
    s3.put_object(Bucket="site", Key="console/locked", Body=b"")

    error = {"Key": "console/locked", "Code": "AccessDenied", "Message": "held"}
    clients.made[("s3", PRIMARY)] = FakeClient(s3, delete_objects={"Errors": [error]})
    answer = deploy(cloudformation, publish(s3, FILES), "Delete")
    assert answer["Status"] == "FAILED"
    assert "console/locked" in answer["Reason"]
    assert "AccessDenied" in answer["Reason"]


# --- the secondary Region is away -------------------------------------------------------------------------------


CHANGED = {"index.html": (b"new", "text/html", "no-cache")}


def lose_secondary(clients: Clients, s3: Any, after_puts: int = 0) -> None:
    """The secondary Region is lost, at once or while files are written."""

    def away(operation: str, number: int, _: dict[str, Any]) -> None:
        if not after_puts or (operation == "put_object" and number > after_puts):
            raise ConnectTimeoutError(endpoint_url="https://s3.example")

    clients.made[("s3", SECONDARY)] = FakeClient(s3, away)


def test_without_the_secondary_region_nothing_is_written_and_one_line_says_why(
    s3: Any, clients: Clients, cloudformation: CloudFormation
) -> None:
    deploy(cloudformation, publish(s3, FILES))
    before = site(s3)
    lose_secondary(clients, s3)
    answer = deploy(cloudformation, publish(s3, CHANGED), "Update")
    assert answer["Status"] == "FAILED"
    assert f"S3 in {SECONDARY} does not answer, so the bucket site-2 cannot be used." in answer["Reason"]
    assert site(s3) == before


def test_the_rollback_of_such_an_update_succeeds_and_writes_nothing(
    s3: Any, clients: Clients, cloudformation: CloudFormation
) -> None:
    old = publish(s3, FILES)
    deploy(cloudformation, old)
    before = site(s3)
    lose_secondary(clients, s3)
    assert deploy(cloudformation, publish(s3, CHANGED), "Update")["Status"] == "FAILED"
    assert deploy(cloudformation, old, "Update")["Status"] == "SUCCESS"  # although that release is no longer there
    assert site(s3) == before


def test_a_secondary_bucket_that_was_deleted_is_named(
    s3: Any, clients: Clients, cloudformation: CloudFormation
) -> None:
    properties = publish(s3, FILES)
    clients("s3", SECONDARY).delete_bucket(Bucket="site-2")
    answer = deploy(cloudformation, properties)
    assert (answer["Status"], site(s3)) == ("FAILED", {})
    assert f"The bucket site-2 in {SECONDARY} does not exist." in answer["Reason"]


def test_what_was_half_written_is_not_taken_for_deployed(
    s3: Any, clients: Clients, cloudformation: CloudFormation
) -> None:
    old = publish(s3, FILES)
    deploy(cloudformation, old)
    lose_secondary(clients, s3, after_puts=1)
    assert deploy(cloudformation, publish(s3, CHANGED), "Update")["Status"] == "FAILED"
    publish(s3, FILES)
    lose_secondary(clients, s3)
    assert deploy(cloudformation, old, "Update")["Status"] == "FAILED"
    clients.made[("s3", SECONDARY)] = s3
    assert deploy(cloudformation, old, "Update")["Status"] == "SUCCESS"
    assert site(s3) == site(s3, "site-2")


def test_the_secondary_region_may_be_away_while_the_site_is_deleted(
    s3: Any, clients: Clients, cloudformation: CloudFormation
) -> None:
    properties = publish(s3, FILES)
    deploy(cloudformation, properties)
    lose_secondary(clients, s3)
    assert deploy(cloudformation, properties, "Delete")["Status"] == "SUCCESS"


# --- invalid releases ----------------------------------------------------------------------------------------


def is_untouched(s3: Any) -> bool:
    """No configuration, so the site does not count as complete."""
    return "console/uiConfig.json" not in site(s3)


def test_a_manifest_of_another_build_is_rejected_before_anything_is_written(
    s3: Any, cloudformation: CloudFormation
) -> None:
    properties = publish(s3, FILES) | {"ManifestHash": "0123456789ab"}
    answer = deploy(cloudformation, properties)
    assert answer["Status"] == "FAILED"
    assert "expects 0123456789ab. Publish the release again" in answer["Reason"]
    assert site(s3) == {}


def test_a_modified_file_is_rejected(s3: Any, cloudformation: CloudFormation) -> None:
    properties = publish(s3, FILES)
    s3.put_object(Bucket="release-us-east-1", Key=f"{PREFIX}/console/index.html", Body=b"<!doctype htmX>")
    answer = deploy(cloudformation, properties)
    assert f"s3://release-us-east-1/{PREFIX}/console/index.html does not match the manifest" in answer["Reason"]
    assert is_untouched(s3)


def test_a_file_of_another_size_than_in_the_manifest_is_rejected(s3: Any, cloudformation: CloudFormation) -> None:
    s3.put_object(Bucket="release-us-east-1", Key=f"{PREFIX}/console/index.html", Body=b"x")
    properties = with_manifest(s3, {"schemaVersion": 1, "files": [entry(bytes=2)]})
    assert "console/index.html does not match the manifest" in deploy(cloudformation, properties)["Reason"]
    assert site(s3) == {}


@pytest.mark.parametrize("missing", ["console/index.html", "console-manifest.json"])
def test_a_missing_file_is_named(s3: Any, cloudformation: CloudFormation, missing: str) -> None:
    properties = publish(s3, FILES)
    s3.delete_object(Bucket="release-us-east-1", Key=f"{PREFIX}/{missing}")
    answer = deploy(cloudformation, properties)
    assert f"{PREFIX}/{missing} of the release cannot be read" in answer["Reason"]
    assert is_untouched(s3)


@pytest.mark.parametrize("hostile", HOSTILE_FILES, ids=lambda value: repr(value)[:60])
def test_a_hostile_manifest_writes_nothing(s3: Any, cloudformation: CloudFormation, hostile: Any) -> None:
    properties = with_manifest(s3, {"schemaVersion": 1, "files": [entry(path="a.html"), hostile]})
    answer = deploy(cloudformation, properties)
    assert answer["Status"] == "FAILED"
    assert "InvalidManifest" in answer["Reason"]
    assert site(s3) == {}


@pytest.mark.parametrize(
    "manifest",
    [
        None, 5, "x", [], {}, {"schemaVersion": 2, "files": [entry()]}, {"schemaVersion": 1},
        {"schemaVersion": 1, "files": []}, {"schemaVersion": 1, "files": {"0": entry()}},
        {"schemaVersion": 1, "files": "index.html"}, {"schemaVersion": 1, "files": [entry(), entry()]},
        {"schemaVersion": 1, "files": [entry(path=str(number)) for number in range(2001)]},
    ],
    ids=lambda value: repr(value)[:60],
)  # fmt: skip
def test_a_manifest_of_another_schema_writes_nothing(s3: Any, cloudformation: CloudFormation, manifest: Any) -> None:
    answer = deploy(cloudformation, with_manifest(s3, manifest))
    assert "InvalidManifest" in answer["Reason"]
    assert site(s3) == {}


@pytest.mark.parametrize("text", [b"", b"\xff", b"{", b"[" * 100_000])
def test_a_manifest_that_is_not_json_writes_nothing(s3: Any, cloudformation: CloudFormation, text: bytes) -> None:
    properties = with_manifest(s3, {}) | {"ManifestHash": hashlib.sha256(text).hexdigest()}
    s3.put_object(Bucket="release-us-east-1", Key=f"{PREFIX}/console-manifest.json", Body=text)
    assert "InvalidManifest" in deploy(cloudformation, properties)["Reason"]


@pytest.mark.parametrize(
    "name",
    [
        "SourceBucket",
        "SourcePrefix",
        "ManifestKey",
        "ManifestHash",
        "DestinationBucket",
        "SecondaryBucket",
        "DistributionId",
        "Config",
    ],
)
def test_a_missing_property_is_named_and_the_old_site_stays(s3: Any, cloudformation: CloudFormation, name: str) -> None:
    properties = publish(s3, FILES)
    deploy(cloudformation, properties)
    before = site(s3)
    changed = publish(s3, {"index.html": (b"new", "text/html", "no-cache")})
    answer = deploy(cloudformation, {key: value for key, value in changed.items() if key != name}, "Update")
    assert answer["Status"] == "FAILED"
    assert name in answer["Reason"]
    assert site(s3) == before


@pytest.mark.parametrize("operation", ["get_object", "put_object", "delete_objects"])
@pytest.mark.parametrize("number", [1, 2])
def test_a_failure_at_any_step_is_fixed_by_an_update(
    s3: Any, clients: Clients, cloudformation: CloudFormation, operation: str, number: int
) -> None:
    properties = publish(s3, FILES)
    for stale in ("console/old-1.js", "console/old-2.js"):
        s3.put_object(Bucket="site", Key=stale, Body=b"")

    def fail(called: str, count: int, _: dict[str, Any]) -> None:
        if called == operation and count >= number:
            raise client_error("InternalError", status=500)

    clients.made[("s3", PRIMARY)] = FakeClient(s3, fail)
    if (operation, number) != ("delete_objects", 2):  # there is just one
        assert deploy(cloudformation, properties)["Status"] == "FAILED"
    clients.made[("s3", PRIMARY)] = s3
    assert deploy(cloudformation, properties, "Update")["Status"] == "SUCCESS"
    assert set(site(s3)) == {*(f"console/{path}" for path in FILES), "console/uiConfig.json"}


def test_too_little_time_is_reported_before_the_time_out(s3: Any, cloudformation: CloudFormation) -> None:
    answer = deploy(cloudformation, publish(s3, FILES), seconds=9)
    assert "OutOfTime" in answer["Reason"]
    assert is_untouched(s3)
