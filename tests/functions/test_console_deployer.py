"""The web app's files are deployed completely or not at all, and their configuration last."""

import hashlib
import json
from typing import Any

import pytest

from console_deployer.handler import handle
from tests.errors import client_error
from tests.functions.conftest import Clients, CloudFormation, Context
from tests.functions.fakes import FakeClient
from tests.regions import PRIMARY, SECONDARY

PREFIX = "multi-region-application-architecture/v1.0.0"
FILES = {
    "index.html": (b"<!doctype html>", "text/html", "no-cache"),
    "assets/index-1a2b3c4d.js": (b"let a", "text/javascript", "public, max-age=31536000, immutable"),
    "assets/deep/er/logo-1a2b3c4d.svg": (b"<svg/>", "image/svg+xml", "public, max-age=31536000, immutable"),
}


def config() -> dict[str, Any]:
    """The property as CloudFormation sends it."""
    sides = {
        name: {
            "region": region,
            "routingLayerApiId": f"r{name}",
            "photosApiId": f"p{name}",
            "objectStoreBucket": f"mraa-1-{region}-objects",
        }
        for name, region in (("primary", PRIMARY), ("secondary", SECONDARY))
    }
    return {
        "appId": "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9",
        "userPoolId": "us-east-1_Example01",
        "userPoolClientId": "1example23456789",
        "identityPoolId": "us-east-1:11111111-2222-3333-4444-555555555555",
        "uiRegion": PRIMARY,
        "urlSuffix": "amazonaws.com",
        **sides,
    }


def publish(s3: Any, files: dict[str, tuple[bytes, str, str]]) -> dict[str, Any]:
    """Put a release into the release bucket and return the custom resource's properties for it."""
    entries = []
    for path, (content, content_type, cache_control) in sorted(files.items()):
        s3.put_object(Bucket="release-us-east-1", Key=f"{PREFIX}/console/{path}", Body=content)
        digest = hashlib.sha256(content).hexdigest()
        entries.append(
            {
                "path": path,
                "sha256": digest,
                "bytes": len(content),
                "contentType": content_type,
                "cacheControl": cache_control,
            }
        )
    return with_manifest(s3, {"schemaVersion": 1, "files": entries})


def with_manifest(s3: Any, manifest: Any) -> dict[str, Any]:
    """Publish ``manifest`` as it is and return the properties that name it."""
    text = json.dumps(manifest).encode()
    s3.put_object(Bucket="release-us-east-1", Key=f"{PREFIX}/console-manifest.json", Body=text)
    return {
        "SourceBucket": "release-us-east-1",
        "SourcePrefix": PREFIX,
        "ManifestKey": f"{PREFIX}/console-manifest.json",
        "ManifestHash": hashlib.sha256(text).hexdigest()[:12],
        "DestinationBucket": "site",
        "DistributionId": "E123EXAMPLE",
        "Config": config(),
    }


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
    return made


def site(s3: Any) -> dict[str, bytes]:
    """The console bucket's objects, content by key."""
    keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket="site").get("Contents", [])]
    return {key: s3.get_object(Bucket="site", Key=key)["Body"].read() for key in keys}


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
    found = site(s3)
    assert json.loads(found.pop("console/uiConfig.json"))["appId"] == config()["appId"]
    assert found == {f"console/{path}": content for path, (content, _, _) in FILES.items()}
    for path, (_, content_type, cache_control) in {
        **FILES,
        "uiConfig.json": (b"", "application/json", "no-store"),
    }.items():
        head = s3.head_object(Bucket="site", Key=f"console/{path}")
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
    watched = FakeClient(s3, lambda *_: None)
    clients.made[("s3", PRIMARY)] = watched
    deploy(cloudformation, properties)
    written = [arguments["Key"] for name, arguments in watched.calls if name == "put_object"]
    assert written[-2:] == ["console/index.html", "console/uiConfig.json"]


def test_an_update_copies_new_files_and_removes_stale_ones(s3: Any, cloudformation: CloudFormation) -> None:
    deploy(cloudformation, publish(s3, FILES))
    s3.put_object(Bucket="site", Key="elsewhere/kept.txt", Body=b"not ours")
    new = {
        "index.html": (b"new", "text/html", "no-cache"),
        "assets/new-1a2b3c4d.js": (b"n", "text/javascript", "no-cache"),
    }
    assert deploy(cloudformation, publish(s3, new), "Update")["Status"] == "SUCCESS"
    assert set(site(s3)) == {
        "console/index.html",
        "console/assets/new-1a2b3c4d.js",
        "console/uiConfig.json",
        "elsewhere/kept.txt",
    }
    assert site(s3)["console/index.html"] == b"new"


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


def entry(**change: Any) -> dict[str, Any]:
    return {
        "path": "index.html",
        "sha256": hashlib.sha256(b"x").hexdigest(),
        "bytes": 1,
        "contentType": "text/html",
        "cacheControl": "no-cache",
    } | change


HOSTILE_FILES: list[Any] = [
    *(
        entry(path=path)
        for path in (
            "../index.html", "a/../../b", "..", ".", "./a", "a/./b", "/etc/passwd", "a//b", "a/", "", "a\\..\\b",
            "a\nb", "a b", "%2e%2e/a", "uiConfig.json", ".hidden", "é", "a\x00", "index.html\n", "a" * 600, 5, None,
            ["a"],
        )
    ),
    *(entry(sha256=digest) for digest in ("", "x" * 64, "A" * 64, "0" * 63, None, 5)),
    *(entry(bytes=size) for size in (-1, 1.0, "1", True, None)),
    *(entry(contentType=kind) for kind in ("", "html", "text/html\r\nX: y", "text/html; x", None, "text/" + "x" * 600)),
    *(entry(cacheControl=control) for control in ("", "no-cache\r\nX: y", None, 0)),
    {}, [], "index.html", None, 5,
]  # fmt: skip


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
    ["SourceBucket", "SourcePrefix", "ManifestKey", "ManifestHash", "DestinationBucket", "DistributionId", "Config"],
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
