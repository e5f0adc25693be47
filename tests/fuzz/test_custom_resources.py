"""The other custom resources: one answer to every event, and to everything that AWS may answer them."""

import hashlib
import io
import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import console_deployer.handler
import output_consolidator.handler
import replication_configurer.handler
import secondary_bucket.handler
import state_guard.handler
from console_deployer.documents import InvalidManifest, read_manifest, ui_config
from shared.clock import Clock
from shared.cloudformation import InvalidRequest
from tests.functions.fakes import FakeTime
from tests.fuzz.answered import Receiver, custom_resource, require_one_answer
from tests.fuzz.profile import fuzzed
from tests.fuzz.strategies import JSON, TEXTS, altered
from tests.regions import PRIMARY, SECONDARY

KINDS = st.sampled_from(["Create", "Update", "Delete"])
WORDS = ["Create", "Update", "Delete", PRIMARY, SECONDARY, "Enabled", "Disabled", "64", 1]

STACK_SET = {"StackSetName": "mraa-1", "PrimaryRegion": PRIMARY, "SecondaryRegion": SECONDARY}
INSTANCES = {"Summaries": [{"Region": region, "StackId": f"stack-in-{region}"} for region in (PRIMARY, SECONDARY)]}
OUTPUTS = ("RoutingLayerApiId", "PhotosApiId", "ObjectStoreBucketName")
STACKS = {"Stacks": [{"Outputs": [{"OutputKey": name, "OutputValue": "x"} for name in OUTPUTS]}]}

REPLICATION = {
    "SourceBucket": "source", "SourceRegion": SECONDARY, "DestinationBucketArn": "arn:aws:s3:::destination",
    "RoleArn": "arn:aws:iam::123456789012:role/mraa", "ReplicationTimeControl": "Enabled",
}  # fmt: skip
RULES = {
    "ReplicationConfiguration": {
        "Role": "arn:aws:iam::123456789012:role/mraa",
        "Rules": [{"ID": "mraa-reverse", "Priority": 1}, {"ID": "other", "Priority": 7}],
    }
}

SIDE = {"region": PRIMARY, "routingLayerApiId": "r", "photosApiId": "p", "objectStoreBucket": "b"}
CONFIG = {
    "appId": "a", "userPoolId": "u", "userPoolClientId": "c", "identityPoolId": "i", "uiRegion": PRIMARY,
    "urlSuffix": "amazonaws.com", "primary": SIDE, "secondary": SIDE | {"region": SECONDARY},
}  # fmt: skip
PAGE = b"<!doctype html>"
FILE = {
    "path": "index.html", "sha256": hashlib.sha256(PAGE).hexdigest(), "bytes": len(PAGE),
    "contentType": "text/html", "cacheControl": "no-cache",
}  # fmt: skip
MANIFEST = {"schemaVersion": 1, "files": [FILE]}

GUARD = {"AppId": "app-1", "TableName": "app-config", "Fences": "64"}
DESCRIBED = {"Table": {"LatestStreamArn": "arn:stream"}}
RECORD = {"Item": {"appId": {"S": "app-1"}, "fences": {"N": "64"}}}


class Answers:
    """A client of any service: what each of its methods answers."""

    def __init__(self, **answers: Any) -> None:
        self._answers = answers

    def __getattr__(self, name: str) -> Any:
        def method(**arguments: Any) -> Any:
            answer = self._answers.get(name, {})
            return answer(arguments["Key"]) if callable(answer) else answer

        return method

    def get_paginator(self, operation: str) -> Any:
        return SimpleNamespace(paginate=lambda **_: [self._answers.get(operation, {})])


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """By the method's name: what AWS answers to the next event."""
    given_answers: dict[str, Any] = {}
    monkeypatch.setattr("shared.aws.client", lambda *_, **__: Answers(**given_answers))
    clock: Clock = FakeTime().clock()
    monkeypatch.setattr("state_guard.handler._CLOCK", clock)
    return given_answers


def check(
    receiver: Receiver,
    data: st.DataObject,
    handle: Callable[[Any, Any], Any],
    properties: dict[str, Any],
    is_odd: bool,
    **named: str,
) -> None:
    """One event, itself altered unless AWS's answers are odd: then what is wrong with it is said by name."""
    good = custom_resource(data.draw(KINDS), {"ServiceToken": "arn", **properties})
    event = good | {"OldResourceProperties": dict(properties), **named}
    if is_odd:
        require_one_answer(receiver, handle, event)
        return
    event = data.draw(altered(event, words=WORDS))
    if handle is state_guard.handler.handle and not (
        isinstance(event, dict) and {"RequestType", "ResponseURL"} & event.keys()
    ):
        return  # that is a batch of its stream
    answer = require_one_answer(receiver, handle, event)
    assert not answer.get("Reason", "").startswith("Not as expected")


def altered_if(data: st.DataObject, is_odd: bool, answer: Any, words: Any = ()) -> Any:
    return data.draw(altered(answer, words=words)) if is_odd else answer


@fuzzed
@given(st.data(), st.booleans())
def test_the_output_consolidator_answers(
    answers: dict[str, Any], receiver: Receiver, data: st.DataObject, is_odd: bool
) -> None:
    answers["list_stack_instances"] = altered_if(data, is_odd, INSTANCES, WORDS)
    answers["describe_stacks"] = altered_if(data, is_odd, STACKS, OUTPUTS)
    check(receiver, data, output_consolidator.handler.handle, STACK_SET, is_odd)


@fuzzed
@given(st.data(), st.booleans())
def test_the_replication_configurer_answers(
    answers: dict[str, Any], receiver: Receiver, data: st.DataObject, is_odd: bool
) -> None:
    answers["get_bucket_replication"] = altered_if(data, is_odd, RULES, ["mraa-reverse", 2])
    check(receiver, data, replication_configurer.handler.handle, REPLICATION, is_odd)


@fuzzed
@given(st.data(), st.booleans())
def test_the_console_deployer_answers(
    answers: dict[str, Any], receiver: Receiver, data: st.DataObject, is_odd: bool
) -> None:
    # read as the manifest and as its one file, a page of the same bytes
    listing = json.dumps(altered_if(data, is_odd, MANIFEST, WORDS)).encode()
    properties = {
        "DestinationBucket": "console", "SecondaryBucket": "console-2",
        "SourceBucket": "release", "SourcePrefix": "x/v1", "ManifestKey": "x/v1/m.json",
        "ManifestHash": hashlib.sha256(listing).hexdigest()[:12], "DistributionId": "E1", "Config": CONFIG,
    }  # fmt: skip
    files = {"x/v1/m.json": listing, "deployed.json": b"[]"}
    answers["get_object"] = lambda Key: {"Body": io.BytesIO(files.get(Key, PAGE))}
    answers["list_objects_v2"] = altered_if(data, is_odd, {"Contents": [{"Key": "console/old.html"}]})
    answers["delete_objects"] = altered_if(data, is_odd, {"Errors": []})
    answers["list_object_versions"] = {}  # an empty bucket: anything else would be deleted for ever
    check(receiver, data, console_deployer.handler.handle, properties, is_odd)


@fuzzed
@given(st.data(), st.booleans(), st.sampled_from(["SecondaryBucket", "SecondaryBucketPolicy"]))
def test_the_secondary_bucket_s_function_answers(
    answers: dict[str, Any], receiver: Receiver, data: st.DataObject, is_odd: bool, kind: str
) -> None:
    properties = {"Bucket": "console-2", "Region": SECONDARY, "PolicyDocument": {"Statement": []}}
    answers["list_object_versions"] = {}
    answers["create_bucket"] = altered_if(data, is_odd, {"Location": "/console-2"})
    check(receiver, data, secondary_bucket.handler.handle, properties, is_odd, ResourceType=f"Custom::{kind}")


@fuzzed
@given(st.data(), st.booleans())
def test_the_state_guard_s_custom_resource_answers(
    answers: dict[str, Any], receiver: Receiver, data: st.DataObject, is_odd: bool
) -> None:
    answers["get_item"] = altered_if(data, is_odd, RECORD, [{"N": "256"}, "0"])
    answers["describe_table"] = altered_if(data, is_odd, DESCRIBED)
    check(receiver, data, state_guard.handler.handle, GUARD, is_odd)


@fuzzed
@given(altered(MANIFEST, words=["index.html", "uiConfig.json", "../x", ".x"], most=4))
def test_a_manifest_is_read_as_written_or_refused(document: Any) -> None:
    _require_read_or_refused(json.dumps(document).encode(), document)


@fuzzed
@given(st.binary(max_size=200) | JSON.map(lambda document: json.dumps(document).encode()))
def test_any_bytes_in_place_of_a_manifest_are_refused(content: bytes) -> None:
    with pytest.raises(InvalidManifest):
        read_manifest(content, hashlib.sha256(content).hexdigest())


def _require_read_or_refused(content: bytes, document: Any) -> None:
    try:
        files = read_manifest(content, hashlib.sha256(content).hexdigest())
    except InvalidManifest:
        return
    assert [file.path for file in files] == [of["path"] for of in document["files"]]
    for file in files:
        # within the site, and no hidden file
        assert not any(part.startswith(".") or not part for part in file.path.split("/"))
        assert file.path != "uiConfig.json"
        assert "\n" not in file.content_type + file.cache_control


@fuzzed
@given(TEXTS, TEXTS, TEXTS)
def test_no_text_of_the_configuration_changes_its_structure(app_id: str, api_id: str, suffix: str) -> None:
    given_config = CONFIG | {"appId": app_id, "urlSuffix": suffix, "primary": SIDE | {"photosApiId": api_id}}
    try:
        written = json.loads(json.dumps(ui_config(given_config, {})))
    except InvalidRequest:
        return
    assert written.keys() == ui_config(CONFIG, {}).keys()
    assert written["appId"] == app_id
    assert written["primary"].keys() == {"region", "routingLayerUrl", "photosUrl", "objectStoreUrl"}
    assert written["primary"]["photosUrl"] == f"https://{api_id}.execute-api.{PRIMARY}.{suffix}".rstrip("/") + "/prod"
