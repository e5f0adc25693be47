"""A distribution with an origin group over two Regions on the running local cloud: CloudFront's origin failover."""

import copy
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mraa_local.process import LocalCloud
from tests.local import deploying
from tests.local.replicating import Faults
from tests.local.requests import Answer, send
from tests.local.test_site import RESOURCES
from tests.regions import PRIMARY, SECONDARY

Client = Callable[..., Any]
CONNECT_S = 1
FAILS_OVER_ON = [500, 502, 503, 504, 403]


def with_group(standby: str) -> dict[str, Any]:
    """The site's resources with a second origin in the secondary Region."""
    resources = copy.deepcopy(RESOURCES)
    config = resources["Distribution"]["Properties"]["DistributionConfig"]
    [first] = config["Origins"]
    first |= {"ConnectionAttempts": 2, "ConnectionTimeout": CONNECT_S}
    second = {**first, "Id": "standby", "DomainName": f"{standby}.s3.{SECONDARY}.amazonaws.com"}
    config["Origins"] = [first, second]
    config["OriginGroups"] = {
        "Quantity": 1,
        "Items": [
            {
                "Id": "both",
                "FailoverCriteria": {"StatusCodes": {"Quantity": len(FAILS_OVER_ON), "Items": FAILS_OVER_ON}},
                "Members": {"Quantity": 2, "Items": [{"OriginId": "console"}, {"OriginId": "standby"}]},
            }
        ],
    }
    config["DefaultCacheBehavior"]["TargetOriginId"] = "both"
    config["DefaultCacheBehavior"]["AllowedMethods"] = ["GET", "HEAD", "OPTIONS"]
    return resources


@pytest.fixture(scope="module")
def ids(client: Client) -> dict[str, str]:
    standby = client("s3", SECONDARY)
    where = {"CreateBucketConfiguration": {"LocationConstraint": SECONDARY}}
    standby.create_bucket(Bucket="site-standby", **where)
    made = deploying.make_stack(client, PRIMARY, "site-both", with_group("site-standby"))
    policy = json.loads(client("s3", PRIMARY).get_bucket_policy(Bucket=made["Bucket"])["Policy"])
    policy["Statement"][0]["Resource"] = "arn:aws:s3:::site-standby/console/*"
    standby.put_bucket_policy(Bucket="site-standby", Policy=json.dumps(policy))
    for s3, bucket, text in ((client("s3", PRIMARY), made["Bucket"], b"first"), (standby, "site-standby", b"second")):
        s3.put_object(Bucket=bucket, Key="console/index.html", Body=text)
    standby.put_object(Bucket="site-standby", Key="console/second.txt", Body=b"only here")
    return made


@pytest.fixture
def get(cloud: LocalCloud, ids: dict[str, str], faults: Faults) -> Iterator[Callable[..., Answer]]:
    def request(path: str = "", method: str = "GET", **headers: str) -> Answer:
        return send(cloud, method, f"/_mraa/site/{ids['Distribution']}/{path}", headers)

    yield request
    faults.connect()


def test_the_first_origin_serves_while_it_answers(get: Callable[..., Answer], faults: Faults) -> None:
    faults.set("region", region=SECONDARY, state="down")
    assert (get().status, get().text) == (200, "first")


def test_the_second_origin_serves_while_the_firsts_region_is_down(get: Callable[..., Answer], faults: Faults) -> None:
    faults.set("region", region=PRIMARY, state="down")
    reply = get()
    assert (reply.status, reply.text) == (200, "second")
    assert reply.headers["content-security-policy"] == "default-src 'self'"
    assert get(method="HEAD").status == 200
    faults.set("region", region=PRIMARY, state="up")
    assert get().text == "first"


def test_an_origin_that_hangs_is_given_up_after_its_connection_attempts(
    get: Callable[..., Answer], faults: Faults
) -> None:
    faults.set("region", region=PRIMARY, state="hangs")
    begun = time.monotonic()
    assert get().text == "second"
    assert time.monotonic() - begun >= 2 * CONNECT_S


def test_a_status_of_the_criteria_fails_over_and_the_second_answer_is_the_last(get: Callable[..., Answer]) -> None:
    assert get("second.txt").text == "only here"  # S3 answers 403 for a file that is missing
    assert get("nowhere.txt").status == 403


def test_with_both_regions_down_it_is_a_bad_gateway(get: Callable[..., Answer], faults: Faults) -> None:
    for region in (PRIMARY, SECONDARY):
        faults.set("region", region=region, state="down")
    assert get().status == 502


def refusal(client: Client, resources: dict[str, Any], logical_id: str) -> str:
    """Why the resource could not be created."""
    cf = client("cloudformation", PRIMARY)
    stack = deploying.create(cf, deploying.unique("site-refused"), deploying.template(resources))
    return deploying.reason(cf, stack["StackId"], logical_id)


MEMBERS = {"Quantity": 2, "Items": [{"OriginId": "console"}, {"OriginId": "none"}]}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"Members": {"Quantity": 1, "Items": [{"OriginId": "console"}]}}, "must have two origins"),
        ({"Members": MEMBERS}, "the origin none, which does not exist"),
        ({"FailoverCriteria": {"StatusCodes": {"Quantity": 1, "Items": [418]}}}, "the status code 418"),
        ({"SelectionCriteria": "media-quality-based"}, "SelectionCriteria"),
    ],
)
def test_an_origin_group_that_cloudfront_would_refuse_is_refused(
    client: Client, change: dict[str, Any], reason: str
) -> None:
    resources = with_group("site-standby")
    resources["Distribution"]["Properties"]["DistributionConfig"]["OriginGroups"]["Items"][0] |= change
    assert reason in refusal(client, resources, "Distribution")


def test_writes_are_refused_in_front_of_an_origin_group_as_they_never_fail_over(client: Client) -> None:
    resources = with_group("site-standby")
    behavior = resources["Distribution"]["Properties"]["DistributionConfig"]["DefaultCacheBehavior"]
    behavior["AllowedMethods"] = ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"]
    assert "AllowedMethods cannot include POST, PUT, PATCH, or DELETE" in refusal(client, resources, "Distribution")


def test_replicas_of_user_pools_are_refused_and_not_ignored(client: Client) -> None:
    properties = {"UserPoolId": f"{PRIMARY}_x", "RegionName": SECONDARY}
    resources = {"Replica": {"Type": "AWS::Cognito::UserPoolReplica", "Properties": properties}}
    with pytest.raises(ClientError, match="AWS::Cognito::UserPoolReplica"):
        refusal(client, resources, "Replica")


def test_replicas_are_refused_through_cognitos_own_api_too(client: Client) -> None:
    with pytest.raises(ClientError) as refused:
        client("cognito-idp", PRIMARY).update_user_pool_replica(
            UserPoolId=f"{PRIMARY}_x", RegionName=SECONDARY, Status="ACTIVE"
        )
    assert "UpdateUserPoolReplica" in str(refused.value)
    assert refused.value.response["Error"]["Code"] != "ResourceNotFoundException"
