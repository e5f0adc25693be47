"""What users of the sample web app may do and what they may not, with the credentials that its page gets for them."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from mraa.recovery.regions.ids import uuid7
from tests.local.deploying import eventually
from tests.local.identities import code_of
from tests.local.operating import Deployment, bring
from tests.local.requests import Answer, send, signed
from tests.local.signing_in import outputs, sign_in
from tests.regions import PRIMARY, REGIONS, SECONDARY

FOLDERS = ("public", "public/thumb", "public/large")
DENIED = ("AccessDenied", "AccessDeniedException")
IF_NEW = {"If-None-Match": "*"}
STATES = ("active", "fenced", "failover")


@dataclass(frozen=True)
class Person:
    """Somebody at the page."""

    name: str
    deployment: Deployment
    credentials: Credentials
    make_client: Callable[..., Any]

    def client(self, service: str, region: str = PRIMARY) -> Any:
        return self.make_client(
            service,
            region,
            aws_access_key_id=self.credentials.access_key,
            aws_secret_access_key=self.credentials.secret_key,
            aws_session_token=self.credentials.token,
        )

    def ask(self, method: str, region: str, path: str, body: Any = None, *, api: str = "photosApiId") -> Answer:
        """A signed request to one of the Region's APIs."""
        cloud, info = self.deployment.cloud, self.deployment.regions[region]
        url = cloud.environment["MRAA_API_URL"].format(id=info.resources[api], region=region) + f"/prod/{path}"
        sent = b"" if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        path = url.removeprefix(cloud.endpoint)
        return signed(cloud, "execute-api", method, path, headers, sent, region=region, credentials=self.credentials)

    def put(self, region: str, key: str, headers: Mapping[str, str], body: bytes = b"png") -> str:
        """Put an object by a presigned URL, as the page does: its code, empty if it was put."""
        cloud, bucket = self.deployment.cloud, self.deployment.regions[region].object_store_bucket
        request = AWSRequest("PUT", f"{cloud.endpoint}/{bucket}/{key}")
        S3SigV4QueryAuth(self.credentials, "s3", region).add_auth(request)
        path = request.url.removeprefix(cloud.endpoint)
        answer = send(cloud, "PUT", path, {"Content-Type": "image/png", **headers}, body)
        return "" if answer.status == 200 else str(answer.status)

    def add_photo(self, region: str = PRIMARY) -> str:
        """A photo with its renditions; its id."""
        photo_id = uuid7(time.time())
        for folder in FOLDERS:
            assert self.put(region, f"{folder}/{photo_id}", IF_NEW) == ""
        body = {"user": self.name, "title": "Dawn", "contentType": "image/png"}
        answer = self.ask("POST", region, f"photos/{photo_id}", body)
        assert answer.status == 200, answer
        return photo_id

    def comment(self, region: str, photo_id: str, user: str = "") -> tuple[int, str]:
        body = {"commentId": uuid7(time.time()), "user": user or self.name, "message": "hi"}
        return outcome(self.ask("POST", region, f"comments/{photo_id}", body))

    def photos(self, region: str) -> set[str]:
        return {of["photoId"] for of in self.ask("GET", region, "photos").json["photos"]}

    def has_objects(self, region: str, photo_id: str) -> list[bool]:
        return [self.has_object(region, f"{folder}/{photo_id}") for folder in FOLDERS]

    def has_object(self, region: str, key: str) -> bool:
        bucket = self.deployment.regions[region].object_store_bucket
        try:
            self.client("s3", region).get_object(Bucket=bucket, Key=key)
        except ClientError:
            return False
        return True


def outcome(answer: Answer) -> tuple[int, str]:
    """Status, and the error's code if there is one."""
    return answer.status, answer.json.get("error", {}).get("code", "")


@pytest.fixture(scope="module")
def people(deployed: Deployment, client: Callable[..., Any]) -> Iterator[dict[str, Person]]:
    """Ada, the administrator, and bob."""
    deployed.mraa("webapp", "deploy", "--admin-name", "ada", "--admin-email", "ada@example.com", "--yes")
    web_app = outputs(client)
    client("cognito-idp").admin_create_user(UserPoolId=web_app["UserPoolId"], Username="bob", MessageAction="SUPPRESS")
    yield {name: Person(name, deployed, sign_in(client, web_app, name), client) for name in ("ada", "bob")}


@pytest.fixture
def ada(people: dict[str, Person], active: Deployment) -> Person:
    return people["ada"]


@pytest.fixture
def bob(people: dict[str, Person], active: Deployment) -> Person:
    return people["bob"]


def test_they_may_do_what_the_page_is_for(ada: Person) -> None:
    """Else the denials below would prove nothing."""
    photo_id = ada.add_photo()
    assert eventually(lambda: ada.has_objects(SECONDARY, photo_id) == [True] * len(FOLDERS))
    assert ada.comment(PRIMARY, photo_id) == (200, "")
    for region in REGIONS:
        assert eventually(lambda region=region: photo_id in ada.photos(region))  # type: ignore[misc]
        assert eventually(lambda region=region: ada.ask("GET", region, f"comments/{photo_id}").json["comments"])  # type: ignore[misc]
        info = ada.deployment.regions[region]
        state = ada.ask("GET", region, f"state/{info.app_id}", api="routingLayerApiId")
        assert (state.status, state.json["state"]) == (200, "active")


# --- objects ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", STATES)
def test_no_object_is_overwritten_in_either_bucket_whatever_the_state(ada: Person, bob: Person, state: str) -> None:
    photo_id = ada.add_photo()
    assert eventually(lambda: ada.has_objects(SECONDARY, photo_id) == [True] * len(FOLDERS))
    if state != "active":
        ada.deployment.mraa("fence", "--yes") if state == "fenced" else bring(ada.deployment, state)
    for region in REGIONS:
        bucket, s3 = ada.deployment.regions[region].object_store_bucket, bob.client("s3", region)
        for key in (f"{folder}/{photo_id}" for folder in FOLDERS):
            etag = s3.get_object(Bucket=bucket, Key=key)["ETag"]
            assert bob.put(region, key, {}, b"other") == "403"
            assert bob.put(region, key, IF_NEW, b"other") == "412"
            assert bob.put(region, key, {"If-Match": etag}, b"other") == "403"
            source = {"Bucket": bucket, "Key": f"public/{photo_id}"}
            for call, more, codes in (
                (s3.put_object, {"Body": b"other"}, DENIED),
                (s3.put_object, {"Body": b"other", "IfMatch": etag}, DENIED),
                (s3.put_object, {"Body": b"other", "IfNoneMatch": "*"}, ("PreconditionFailed",)),
                (s3.copy_object, {"CopySource": source}, DENIED),
                (s3.create_multipart_upload, {}, DENIED),
                (s3.put_object_tagging, {"Tagging": {"TagSet": [{"Key": "a", "Value": "b"}]}}, DENIED),
            ):
                with pytest.raises(ClientError) as refused:
                    call(Bucket=bucket, Key=key, **more)
                assert code_of(refused) in codes, (region, key, call, more)
            assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == b"png"
    ada.deployment.mraa("unfence", "--yes") if state == "fenced" else bring(ada.deployment, "active")


CANNOT: list[tuple[str, str, dict[str, Any]]] = [
    ("s3", "list_objects_v2", {"Bucket": "{bucket}"}),
    ("s3", "list_objects_v2", {"Bucket": "{bucket}", "Prefix": "public/"}),
    ("s3", "list_object_versions", {"Bucket": "{bucket}"}),
    ("s3", "list_buckets", {}),
    ("s3", "delete_object", {"Bucket": "{bucket}", "Key": "{key}"}),
    ("s3", "delete_object", {"Bucket": "{bucket}", "Key": "{key}", "VersionId": "{version}"}),
    ("s3", "get_object", {"Bucket": "{bucket}", "Key": "canary/x"}),
    ("s3", "get_object", {"Bucket": "{bucket}", "Key": "x"}),
    ("s3", "put_object", {"Bucket": "{bucket}", "Key": "x", "Body": b"", "IfNoneMatch": "*"}),
    ("s3", "put_object", {"Bucket": "{bucket}", "Key": "canary/x", "Body": b"", "IfNoneMatch": "*"}),
    ("s3", "put_object", {"Bucket": "{bucket}", "Key": "/public/x", "Body": b"", "IfNoneMatch": "*"}),
    ("s3", "put_bucket_versioning", {"Bucket": "{bucket}", "VersioningConfiguration": {"Status": "Suspended"}}),
    ("lambda", "invoke", {"FunctionName": "{updater}", "Payload": b"{}"}),
    ("dynamodb", "put_item", {"TableName": "{config}", "Item": {"appId": {"S": "x"}}}),
    ("dynamodb", "get_item", {"TableName": "{config}", "Key": {"appId": {"S": "x"}}}),
    ("dynamodb", "put_item", {"TableName": "{store}", "Item": {"pk": {"S": "PHOTO"}, "sk": {"S": "x"}}}),
    ("dynamodb", "delete_item", {"TableName": "{store}", "Key": {"pk": {"S": "NAME#ada"}, "sk": {"S": "NAME"}}}),
    ("dynamodb", "query", {"TableName": "{store}", "KeyConditionExpression": "pk = :pk"}),
    ("dynamodb", "scan", {"TableName": "{store}"}),
    ("dynamodb", "list_tables", {}),
    ("sts", "assume_role", {"RoleArn": "arn:aws:iam::123456789012:role/any", "RoleSessionName": "bob"}),
    ("ssm", "get_parameters_by_path", {"Path": "/mraa/", "Recursive": True}),
    ("cognito-idp", "admin_create_user", {"UserPoolId": "us-east-1_x", "Username": "mallory"}),
]


@pytest.mark.parametrize("region", REGIONS)
def test_everything_else_is_denied_in_both_regions(ada: Person, bob: Person, region: str) -> None:
    photo_id, info = ada.add_photo(), ada.deployment.regions[region]
    assert eventually(lambda: ada.has_object(region, f"public/{photo_id}"))
    versions = ada.deployment.aws.client("s3", region).list_object_versions(
        Bucket=info.object_store_bucket, Prefix=f"public/{photo_id}"
    )["Versions"]
    values = {
        "bucket": info.object_store_bucket,
        "key": f"public/{photo_id}",
        "version": versions[0]["VersionId"],
        "updater": info.app_state_updater_function,
        "config": info.app_config_table,
        "store": info.key_value_store_table,
    }
    for service, operation, asked in CANNOT:
        filled = {name: value.format(**values) if isinstance(value, str) else value for name, value in asked.items()}
        with pytest.raises(ClientError) as refused:
            getattr(bob.client(service, region), operation)(**filled)
        assert code_of(refused) in DENIED, (service, operation, asked)
    with pytest.raises(ClientError) as refused:
        bob.client("s3", region).delete_objects(
            Bucket=info.object_store_bucket, Delete={"Objects": [{"Key": f"public/{photo_id}"}]}
        )
    assert code_of(refused) in DENIED
    assert ada.has_object(region, f"public/{photo_id}")


@pytest.mark.parametrize(
    ("method", "path", "api"),
    [
        ("GET", "state/another-app", "routingLayerApiId"),
        ("PUT", "photos", "photosApiId"),
        ("DELETE", "photos", "photosApiId"),
        ("DELETE", "comments/x", "photosApiId"),
        ("PUT", "photos/x", "photosApiId"),
    ],
)
def test_other_methods_and_other_applications_are_denied(bob: Person, method: str, path: str, api: str) -> None:
    for region in REGIONS:
        assert bob.ask(method, region, path, api=api).status == 403


def test_a_page_of_another_origin_may_send_what_deletes_a_photo_and_what_forbids_overwriting(bob: Person) -> None:
    """Both need a preflight, which is not signed."""
    cloud, info = bob.deployment.cloud, bob.deployment.regions[PRIMARY]
    origin = f"http://site.cloudfront.localhost:{cloud.port}"
    api = cloud.environment["MRAA_API_URL"].format(id=info.resources["photosApiId"], region=PRIMARY)
    for url, method, headers in (
        (f"{api}/prod/photos/x", "DELETE", "authorization,x-amz-date,x-amz-security-token"),
        (f"{cloud.endpoint}/{info.object_store_bucket}/public/x", "PUT", "content-type,if-none-match"),
    ):
        asked = {"Access-Control-Request-Method": method, "Access-Control-Request-Headers": headers, "Origin": origin}
        answer = send(cloud, "OPTIONS", url.removeprefix(cloud.endpoint), asked)
        assert answer.status in (200, 204), answer
        assert method in answer.headers["access-control-allow-methods"]
        allowed = {of.strip().lower() for of in answer.headers["access-control-allow-headers"].split(",")}
        assert set(headers.split(",")) <= allowed


# --- names --------------------------------------------------------------------------------------------------------


def test_nobody_speaks_as_somebody_else_in_either_region(ada: Person, bob: Person) -> None:
    photo_id = ada.add_photo()
    for name in ("ada", "ADA", " ada\u200b"):
        assert bob.comment(PRIMARY, photo_id, name) == (409, "NameTaken")
    assert bob.comment(PRIMARY, photo_id) == (200, "")
    assert ada.comment(PRIMARY, photo_id, "Bob") == (409, "NameTaken")
    bring(ada.deployment, "failover")
    assert bob.comment(SECONDARY, photo_id, "ada") == (409, "NameTaken")
    assert ada.comment(SECONDARY, photo_id) == (200, "")
    bring(ada.deployment, "active")


# --- deletion -----------------------------------------------------------------------------------------------------


def test_a_photo_is_deleted_by_its_author_alone_and_gone_in_both_regions(ada: Person, bob: Person) -> None:
    photo_id = ada.add_photo()
    assert bob.comment(PRIMARY, photo_id)[0] == 200
    assert eventually(lambda: photo_id in ada.photos(SECONDARY) and all(ada.has_objects(SECONDARY, photo_id)))
    assert outcome(bob.ask("DELETE", PRIMARY, f"photos/{photo_id}")) == (403, "NotAuthor")
    assert outcome(ada.ask("DELETE", SECONDARY, f"photos/{photo_id}")) == (409, "RegionFenced")
    assert photo_id in ada.photos(PRIMARY)

    deleted = ada.ask("DELETE", PRIMARY, f"photos/{photo_id}")
    assert deleted.status == 200
    assert ada.ask("DELETE", PRIMARY, f"photos/{photo_id}").json == deleted.json
    assert photo_id not in ada.photos(PRIMARY)
    for region in REGIONS:
        assert eventually(lambda region=region: photo_id not in ada.photos(region))  # type: ignore[misc]
        assert eventually(lambda region=region: not any(ada.has_objects(region, photo_id)))  # type: ignore[misc]
        assert outcome(ada.ask("GET", region, f"comments/{photo_id}")) == (410, "PhotoDeleted")
    assert bob.comment(PRIMARY, photo_id) == (410, "PhotoDeleted")

    # the key is free again, and of no use
    assert bob.put(PRIMARY, f"public/{photo_id}", IF_NEW) == ""
    body = {"user": "bob", "title": "mine now", "contentType": "image/png"}
    assert outcome(bob.ask("POST", PRIMARY, f"photos/{photo_id}", body)) == (409, "AlreadyExists")
    body = {"user": "ada", "title": "again", "contentType": "image/png"}
    assert outcome(ada.ask("POST", PRIMARY, f"photos/{photo_id}", body)) == (410, "PhotoDeleted")
    assert photo_id not in ada.photos(PRIMARY)


def lose_primary(deployment: Deployment) -> None:
    """The secondary Region takes over while nothing arrives from the primary one, which does not know of it."""
    deployment.cut()
    deployment.mraa("failover", "--unplanned", "--yes")


def heal(deployment: Deployment) -> None:
    """Everything is replicated again."""
    for source, target in (REGIONS, REGIONS[::-1]):
        deployment.fault(fault="heal", **{"from": source, "to": target})
    assert eventually(lambda: deployment.states() == [("failover", SECONDARY, "agree")] * 2)


def test_what_was_deleted_during_a_failover_stays_deleted_whatever_the_lost_region_has(ada: Person) -> None:
    deployment = ada.deployment
    kept, gone = ada.add_photo(), ada.add_photo()
    assert eventually(lambda: {kept, gone} <= ada.photos(SECONDARY) and all(ada.has_objects(SECONDARY, gone)))
    lose_primary(deployment)
    stranded = ada.add_photo(PRIMARY)
    assert ada.comment(PRIMARY, gone) == (200, "")
    assert ada.ask("DELETE", SECONDARY, f"photos/{gone}").status == 200

    examples = deployment.mraa("reconcile", expect=3)["examples"]
    found = {(of["kind"], of["key"][-1], of["region"]) for of in examples}
    assert {("deleted", key, SECONDARY) for key in (gone, *(f"{folder}/{gone}" for folder in FOLDERS))} <= found
    assert ("missing", stranded, SECONDARY) in found
    assert not [of for of in found if of[0] in ("missing", "conflict") and of[1].endswith(gone)]
    repaired = deployment.mraa("reconcile", "--repair", "--yes", expect=3)
    assert repaired["repair"]["failed"] == 0
    assert stranded in ada.photos(SECONDARY) and all(ada.has_objects(SECONDARY, stranded))
    assert gone not in ada.photos(SECONDARY) and not any(ada.has_objects(SECONDARY, gone))

    heal(deployment)
    for region in REGIONS:
        assert eventually(lambda region=region: gone not in ada.photos(region))  # type: ignore[misc]
        assert eventually(lambda region=region: not any(ada.has_objects(region, gone)))  # type: ignore[misc]
        assert outcome(ada.ask("GET", region, f"comments/{gone}")) == (410, "PhotoDeleted")
        assert {kept, stranded} <= ada.photos(region)
    bring(deployment, "active")
    assert gone not in ada.photos(PRIMARY)


def test_a_name_that_two_regions_gave_away_is_the_later_user_s_in_both(ada: Person, bob: Person) -> None:
    """The Regions could not know of each other; from then on only one of the two may use it."""
    photo_id, name = ada.add_photo(), "the photographer"
    assert eventually(lambda: photo_id in ada.photos(SECONDARY))
    lose_primary(ada.deployment)
    assert ada.comment(PRIMARY, photo_id, name) == (200, "")
    assert bob.comment(SECONDARY, photo_id, name) == (200, "")
    heal(ada.deployment)
    assert eventually(lambda: len({owner(ada.deployment, region, name) for region in REGIONS}) == 1)
    assert not ada.deployment.mraa("reconcile")["isEqual"]  # what was written out of turn stays named
    assert ada.comment(SECONDARY, photo_id, name) == (409, "NameTaken")
    bring(ada.deployment, "active")
    assert ada.comment(PRIMARY, photo_id, name) == (409, "NameTaken")
    assert bob.comment(PRIMARY, photo_id, name) == (200, "")


def owner(deployment: Deployment, region: str, name: str) -> str:
    """Whose a name is, as the Region has it."""
    key, table = {"pk": {"S": f"NAME#{name}"}, "sk": {"S": "NAME"}}, deployment.regions[region].key_value_store_table
    found = deployment.aws.client("dynamodb", region).get_item(TableName=table, Key=key, ConsistentRead=True)
    return str(found["Item"]["author"]["S"])
