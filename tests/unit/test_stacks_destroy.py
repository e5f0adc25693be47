"""Deleting data, on moto: all of it, only it, and what cannot be deleted is reported with the reason."""

import json
from collections.abc import Iterator
from typing import Any, cast

import boto3
import pytest

from mraa.aws import Aws, Clock
from mraa.errors import AwsError
from mraa.events import Event, Progress
from mraa.stacks.destroy import data
from mraa.stacks.leftovers import find_leftovers, has_data
from mraa.stacks.models import Leftover, LeftoverKind
from tests.errors import client_error
from tests.regions import PRIMARY, SECONDARY
from tests.unit.fake_stacks import TOKEN
from tests.unit.stacks_moto import ACCOUNT, make_bucket, moto_aws

REGIONS = (PRIMARY, SECONDARY)
OBJECTS = {region: f"mraa-{TOKEN}-{region}-objects" for region in REGIONS}
STORE = f"mraa-{TOKEN}-key-value-store"
CLOCK = Clock(sleep=lambda seconds: None)


@pytest.fixture(autouse=True)
def moto(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with moto_aws(monkeypatch):
        yield


def make_store(region: str, objects: int = 0) -> Leftover:
    make_bucket(OBJECTS[region], region)
    s3 = boto3.client("s3", region)
    s3.put_bucket_versioning(Bucket=OBJECTS[region], VersioningConfiguration={"Status": "Enabled"})
    for number in range(objects):
        s3.put_object(Bucket=OBJECTS[region], Key=f"public/{number % 3}", Body=b"x")
    if objects:
        s3.delete_object(Bucket=OBJECTS[region], Key="public/0")
    return Leftover(LeftoverKind.BUCKET, OBJECTS[region], region)


def make_table(region: str, items: int = 0, name: str = STORE) -> None:
    dynamodb = boto3.client("dynamodb", region)
    dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    for number in range(items):
        dynamodb.put_item(TableName=name, Item={"pk": {"S": str(number)}})


def make_role(name: str = "logger") -> str:
    iam = boto3.client("iam")
    trust = {"Version": "2012-10-17", "Statement": []}
    role = iam.create_role(RoleName=name, Path=f"/mraa/{TOKEN}/", AssumeRolePolicyDocument=json.dumps(trust))
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}]}
    iam.put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=json.dumps(policy))
    managed = iam.create_policy(PolicyName="managed", PolicyDocument=json.dumps(policy))["Policy"]["Arn"]
    iam.attach_role_policy(RoleName=name, PolicyArn=managed)
    return str(role["Role"]["Arn"])


def delete(left: list[Leftover], told: list[Event] | None = None) -> list[tuple[Leftover, str]]:
    on_event = told.append if told is not None else lambda event: None
    return data.delete_data(Aws(), CLOCK, on_event, ACCOUNT, REGIONS, left)


def test_versions_and_delete_markers_are_deleted_with_their_bucket_and_counted() -> None:
    told: list[Event] = []
    assert delete([make_store(PRIMARY, 7), make_store(SECONDARY, 2)], told) == []
    assert boto3.client("s3", PRIMARY).list_buckets()["Buckets"] == []
    done = {event.region: event.text for event in told if event.progress is Progress.DONE}
    assert done == {PRIMARY: "deleted with 8 object versions", SECONDARY: "deleted with 3 object versions"}


def test_a_bucket_that_does_not_exist_is_no_error() -> None:
    assert delete([Leftover(LeftoverKind.BUCKET, OBJECTS[PRIMARY], PRIMARY)]) == []


def test_what_cannot_be_deleted_is_left_with_its_reason_and_the_rest_deleted() -> None:
    class Stubborn:
        def __init__(self, aws: Aws) -> None:
            self.aws = aws

        def client(self, service: str, region: str) -> Any:
            real = self.aws.client(service, region)
            if service == "s3" and region == PRIMARY:
                real.meta.events.register("before-call.s3.DeleteBucket", refuse)
            return real

    def refuse(**_: Any) -> None:
        raise client_error("AccessDenied", "not yours", status=403)

    stays, goes = make_store(PRIMARY), make_store(SECONDARY)
    left = data.delete_data(cast(Aws, Stubborn(Aws())), CLOCK, lambda event: None, ACCOUNT, REGIONS, [stays, goes])
    assert [item for item, _ in left] == [stays]
    assert "not yours" in left[0][1]
    assert [b["Name"] for b in boto3.client("s3", PRIMARY).list_buckets()["Buckets"]] == [OBJECTS[PRIMARY]]


def test_a_role_and_its_policies_are_deleted_after_clearing_api_gateways_setting() -> None:
    arn = make_role()
    for region in REGIONS:
        boto3.client("apigateway", region).update_account(
            patchOperations=[{"op": "replace", "path": "/cloudwatchRoleArn", "value": arn}]
        )
    assert delete([Leftover(LeftoverKind.ROLE, "logger", PRIMARY)]) == []
    assert boto3.client("iam").list_roles(PathPrefix="/mraa/")["Roles"] == []
    for region in REGIONS:
        assert not boto3.client("apigateway", region).get_account().get("cloudwatchRoleArn")


def test_api_gateway_keeps_a_logging_role_that_is_not_ours() -> None:
    make_role()
    other = "arn:aws:iam::123456789012:role/theirs/logger"
    api_gateway = boto3.client("apigateway", PRIMARY)
    api_gateway.update_account(patchOperations=[{"op": "replace", "path": "/cloudwatchRoleArn", "value": other}])
    delete([Leftover(LeftoverKind.ROLE, "logger", PRIMARY)])
    assert api_gateway.get_account()["cloudwatchRoleArn"] == other


def test_everything_with_the_token_in_its_name_is_found_in_both_regions_and_nothing_else() -> None:
    for region in REGIONS:
        make_store(region)
        make_table(region)
        boto3.client("logs", region).create_log_group(logGroupName=f"/aws/lambda/mraa-{TOKEN}-photos-api")
        boto3.client("logs", region).create_log_group(logGroupName="/aws/lambda/mraa-photos-api")
    make_bucket(f"mraa-{TOKEN}-{PRIMARY}-logs", PRIMARY)
    make_bucket("mraa-0-us-east-1-objects", PRIMARY)
    make_role()
    group = f"/aws/lambda/mraa-{TOKEN}-photos-api"
    assert find_leftovers(Aws(), REGIONS, {TOKEN}) == [
        Leftover(LeftoverKind.BUCKET, OBJECTS[SECONDARY], SECONDARY),
        Leftover(LeftoverKind.BUCKET, OBJECTS[PRIMARY], PRIMARY),
        Leftover(LeftoverKind.BUCKET, f"mraa-{TOKEN}-{PRIMARY}-logs", PRIMARY),
        Leftover(LeftoverKind.TABLE, STORE, SECONDARY),
        Leftover(LeftoverKind.TABLE, STORE, PRIMARY),
        Leftover(LeftoverKind.LOG_GROUP, group, PRIMARY),
        Leftover(LeftoverKind.LOG_GROUP, group, SECONDARY),
        Leftover(LeftoverKind.ROLE, "logger", PRIMARY),
    ]
    assert find_leftovers(Aws(), REGIONS, set()) == []


def test_deleting_all_that_is_found_leaves_nothing_to_find() -> None:
    for region in REGIONS:
        make_store(region, 3)
        make_table(region, 2)
        boto3.client("logs", region).create_log_group(logGroupName=f"/aws/lambda/mraa-{TOKEN}-photos-api")
    make_role()
    assert delete(find_leftovers(Aws(), REGIONS, {TOKEN})) == []
    assert find_leftovers(Aws(), REGIONS, {TOKEN}) == []


@pytest.mark.parametrize(("objects", "items"), [(1, 0), (0, 1)])
def test_what_a_failed_creation_left_is_all_retained_if_anything_was_written(objects: int, items: int) -> None:
    make_store(PRIMARY, objects)
    make_store(SECONDARY)
    make_table(PRIMARY, items)
    left = find_leftovers(Aws(), REGIONS, {TOKEN})
    told: list[Event] = []
    data.delete_failed_creation(Aws(), CLOCK, told.append, ACCOUNT, REGIONS, left)
    assert find_leftovers(Aws(), REGIONS, {TOKEN}) == left
    assert [event.text.split(" ", 1)[1] for event in told] == ["contains data: retained"]


@pytest.mark.parametrize(("table", "is_data"), [("key-value-store", True), ("orders", True), ("app-config", False)])
def test_items_of_any_table_but_the_application_states_are_users_data(table: str, is_data: bool) -> None:
    name = f"mraa-{TOKEN}-{table}"
    make_table(PRIMARY, 1, name)
    assert has_data(Aws(), Leftover(LeftoverKind.TABLE, name, PRIMARY)) is is_data


def test_what_a_failed_creation_left_is_deleted_if_it_is_empty() -> None:
    make_store(PRIMARY)
    make_table(PRIMARY)
    data.delete_failed_creation(
        Aws(), CLOCK, lambda event: None, ACCOUNT, REGIONS, find_leftovers(Aws(), REGIONS, {TOKEN})
    )
    assert find_leftovers(Aws(), REGIONS, {TOKEN}) == []


def test_an_unexpected_error_of_ours_is_not_swallowed() -> None:
    class Broken:
        def client(self, service: str, region: str) -> Any:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        data.delete_data(
            cast(Aws, Broken()), CLOCK, lambda e: None, ACCOUNT, REGIONS, [Leftover(LeftoverKind.BUCKET, "b", PRIMARY)]
        )
    assert issubclass(AwsError, Exception)
