"""The real templates' data planes on the running local cloud: both APIs' bodies, both tables, both buckets."""

import json
import os
import subprocess
import sys
import urllib.parse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mraa.aws import Aws
from mraa.recovery.models import RegionInfo
from mraa.recovery.regions.parameter import find_region_info
from mraa.sample import photos
from mraa.settings import Settings
from mraa_local import control
from mraa_local.process import LocalCloud
from tests.local.deploying import eventually
from tests.local.requests import Answer, send, signed
from tests.regions import PRIMARY, REGIONS, SECONDARY

SETTINGS = Settings(secondary_region=SECONDARY, bucket_prefix="data-planes")
CHECKOUT = Path(__file__).parents[2]
PHOTO = "01920000-0000-7000-8000-000000000001"
NASTY = 'it\'s "quoted" \\ back\nnew line\ttab é 😀 </x> x"}, "user": {"S": "ADMIN'
ORIGIN = "access-control-allow-origin"


class Planes:
    """Both Regions' APIs, tables and buckets."""

    def __init__(self, cloud: LocalCloud, facts: dict[str, RegionInfo], client: Callable[..., Any]) -> None:
        self.cloud, self.facts, self.client = cloud, facts, client

    def call(
        self, region: str, api_id: str, method: str, path: str, body: Any = None, *, is_signed: bool = True
    ) -> Answer:
        path = f"/_aws/execute-api/{api_id}/prod/{path}"
        if not is_signed:
            return send(self.cloud, method, path)
        if body is None:
            return signed(self.cloud, "execute-api", method, path, region=region)
        headers = {"Content-Type": "application/json"}
        return signed(self.cloud, "execute-api", method, path, headers, json.dumps(body), region=region)

    def state(self, region: str, app_id: str, **options: bool) -> Answer:
        path = f"state/{urllib.parse.quote(app_id, safe='')}"
        return self.call(region, self.facts[region].routing_layer_api_id, "GET", path, **options)

    def photos(self, region: str, method: str, path: str, body: Any = None) -> Answer:
        return self.call(region, photos.api_id(self.facts[region]), method, path, body)


@pytest.fixture(scope="module")
def planes(cloud: LocalCloud, client: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Planes:
    """Built, published and deployed by the tool itself."""
    folder = tmp_path_factory.mktemp("operator")
    settings = {"MRAA_SECONDARY_REGION": SECONDARY, "MRAA_BUCKET_PREFIX": SETTINGS.bucket_prefix}
    environment = {**os.environ, **cloud.environment, **settings}
    for words in (
        ["build", "--output", str(folder / "release")],
        ["publish", "--from", str(folder / "release"), "--create-buckets", "--yes"],
        ["deploy", "--yes"],
    ):
        done = subprocess.run(
            [sys.executable, "-c", "from mraa.cli.main import main; main()", *words],
            cwd=CHECKOUT if words[0] == "build" else folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
    with pytest.MonkeyPatch.context() as patch:
        for name, value in cloud.environment.items():
            patch.setenv(name, value)
        aws = Aws()
        found = {region: find_region_info(aws, region, SETTINGS) for region in REGIONS}
    made = Planes(cloud, {region: facts for region, facts in found.items() if facts}, client)
    eventually(lambda: all(made.state(region, facts.app_id).json for region, facts in made.facts.items()))
    return made


@pytest.fixture(params=REGIONS)
def region(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_the_state_is_read_in_both_regions(planes: Planes, region: str) -> None:
    reply = planes.state(region, planes.facts[region].app_id)
    assert reply.status == 200
    assert reply.json["state"] == "active"
    assert (reply.json["writableRegion"], reply.json["epoch"]) == (PRIMARY, 2)
    assert reply.headers[ORIGIN] == "*"


@pytest.mark.parametrize(
    "app_id", ["unknown", "#fence#00", "'", '"', "\\", "a\nb", "$util", "é😀", "x" * 65, '"}}, "TableName": {"', "%2e"]
)
def test_a_hostile_app_id_reads_nothing(planes: Planes, region: str, app_id: str) -> None:
    suffix = planes.facts[region].app_id + app_id if app_id.startswith("#") else app_id
    reply = planes.state(region, suffix)
    assert (reply.status, reply.json) == (200, {})


def test_a_record_is_printed_as_it_is_stored(planes: Planes) -> None:
    facts = planes.facts[PRIMARY]
    item = {name: {"S": NASTY} for name in ("state", "writableRegion", "updatedAt")}
    item |= {"appId": {"S": "nasty"}, "epoch": {"N": "7"}}
    planes.client("dynamodb", PRIMARY).put_item(TableName=facts.app_config_table, Item=item)
    expected = {"state": NASTY, "writableRegion": NASTY, "updatedAt": NASTY, "epoch": 7}
    assert planes.state(PRIMARY, "nasty").json == expected
    eventually(lambda: planes.state(SECONDARY, "nasty").json == expected)


def test_an_unsigned_request_is_refused_readably(planes: Planes, region: str) -> None:
    reply = planes.state(region, planes.facts[region].app_id, is_signed=False)
    assert (reply.status, reply.headers[ORIGIN]) == (403, "*")
    assert reply.json["error"]["code"] == "MISSING_AUTHENTICATION_TOKEN"


@pytest.mark.parametrize("path", ["state/x", "photos", f"photos/{PHOTO}", f"comments/{PHOTO}"])
def test_preflights_are_answered_unsigned(planes: Planes, region: str, path: str) -> None:
    facts = planes.facts[region]
    api_id = facts.routing_layer_api_id if path.startswith("state") else photos.api_id(facts)
    reply = planes.call(region, api_id, "OPTIONS", path, is_signed=False)
    assert (reply.status, reply.headers[ORIGIN]) == (204, "*")
    assert "authorization" in reply.headers["access-control-allow-headers"].lower()


def test_a_preflight_with_a_body_that_is_no_json_is_a_4xx(planes: Planes, region: str) -> None:
    path = f"/_aws/execute-api/{planes.facts[region].routing_layer_api_id}/prod/state/x"
    reply = send(planes.cloud, "OPTIONS", path, {"Content-Type": "text/plain"}, "hello")
    assert (reply.status, reply.headers[ORIGIN]) == (415, "*")


@pytest.mark.parametrize("region", REGIONS)
def test_a_throttled_request_is_a_503_that_says_when_to_try_again(planes: Planes, region: str) -> None:
    url = planes.cloud.environment["MRAA_FAULT_URL"]
    app_id = planes.facts[region].app_id
    control.set_fault(url, fault="throttle", service="execute-api", rate=1)
    try:
        answers = [planes.state(region, app_id), planes.photos(region, "GET", "photos")]
    finally:
        control.set_fault(url, fault="throttle", service="execute-api", rate=0)
    for answer in answers:
        assert answer.status == 503
        assert int(answer.headers["retry-after"]) >= 1
        assert answer.headers[ORIGIN] == "*"
    assert planes.state(region, app_id).status == 200


def test_without_its_table_the_routing_layer_asks_to_try_again(planes: Planes, client: Callable[..., Any]) -> None:
    facts = planes.facts[SECONDARY]
    iam = client("iam")
    resource = client("apigateway", SECONDARY).get_resources(restApiId=facts.routing_layer_api_id)["items"]
    credentials = next(
        each["resourceMethods"]["GET"]["methodIntegration"]["credentials"]
        for each in resource
        if "GET" in each.get("resourceMethods", {})
    )
    role = credentials.rpartition("/")[2]
    name = iam.list_role_policies(RoleName=role)["PolicyNames"][0]
    policy = json.dumps(iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"])
    iam.delete_role_policy(RoleName=role, PolicyName=name)
    reply = planes.state(SECONDARY, facts.app_id)
    iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=policy)
    assert (reply.status, reply.json["error"]["code"], reply.headers["retry-after"]) == (503, "Unavailable", "1")
    assert planes.state(SECONDARY, facts.app_id).status == 200


def test_a_comment_posted_in_the_primary_is_read_in_the_secondary_as_sent(planes: Planes) -> None:
    comment = {"commentId": "01920000-0000-7000-8000-00000000c0de", "user": "me", "message": NASTY}
    reply = planes.photos(PRIMARY, "POST", f"comments/{PHOTO}", comment)
    assert (reply.status, reply.headers[ORIGIN]) == (200, "*")

    def arrived() -> Any:
        answer = planes.photos(SECONDARY, "GET", f"comments/{PHOTO}")
        return [each for each in answer.json["comments"] if each["message"] == NASTY]

    assert eventually(arrived)[0]["user"] == "me"


def test_the_secondary_refuses_to_write(planes: Planes) -> None:
    comment = {"commentId": "01920000-0000-7000-8000-00000000dead", "user": "me", "message": "no"}
    reply = planes.photos(SECONDARY, "POST", f"comments/{PHOTO}", comment)
    assert (reply.status, reply.json["error"]["code"], reply.headers[ORIGIN]) == (409, "RegionFenced", "*")


@pytest.mark.parametrize(("source", "destination"), [REGIONS, REGIONS[::-1]])
def test_an_object_in_either_bucket_appears_in_the_other_under_the_real_roles(
    planes: Planes, source: str, destination: str
) -> None:
    key = f"public/{source}"
    put = {"Bucket": planes.facts[source].object_store_bucket, "Key": key}
    got = {"Bucket": planes.facts[destination].object_store_bucket, "Key": key}
    version = planes.client("s3", source).put_object(**put, Body=b"photo")["VersionId"]
    eventually(lambda: planes.client("s3", source).head_object(**put).get("ReplicationStatus") == "COMPLETED")
    replica = planes.client("s3", destination).head_object(**got)
    assert (replica["VersionId"], replica["ReplicationStatus"]) == (version, "REPLICA")


def test_requests_are_in_the_access_log_as_json(planes: Planes, region: str) -> None:
    planes.state(region, planes.facts[region].app_id)
    client = planes.client("logs", region)
    stage = planes.client("apigateway", region).get_stage(
        restApiId=planes.facts[region].routing_layer_api_id, stageName="prod"
    )
    group = stage["accessLogSettings"]["destinationArn"].rpartition("log-group:")[2]
    lines = [json.loads(event["message"]) for event in client.filter_log_events(logGroupName=group)["events"]]
    served = [line for line in lines if line["status"] == "200"]
    assert served[-1]["caller"].endswith("user/mraa-operator")
    assert served[-1]["integrationStatus"] == "200"
    assert int(served[-1]["integrationLatencyMs"]) >= 0
