"""What S3 requests need: by sub-resource, by key, by header."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from mraa_local.process import LocalCloud
from tests.local.identities import allow, code_of
from tests.local.requests import signed


def test_a_header_does_not_change_what_an_object_request_needs(
    cloud: LocalCloud, client: Callable[..., Any], identity: Callable[..., Credentials]
) -> None:
    client("s3").create_bucket(Bucket="headers")
    reader = identity("header-reader", allow("s3:GetObject"))
    refused = signed(cloud, "s3", "PUT", "/headers/key", {"X-Amz-Target": "x.GetObject"}, b"x", credentials=reader)
    assert refused.status == 403
    refused = signed(cloud, "s3", "PUT", "/headers/key?Action=GetObject", {}, b"x", credentials=reader)
    assert refused.status == 403


@pytest.mark.parametrize("path", ["/two?policy&acl", "/two?list-type=2&policy", "/two?metrics", "/two/key?torrent"])
def test_a_sub_resource_that_is_not_served_is_never_taken_for_another_request(
    cloud: LocalCloud, client: Callable[..., Any], path: str
) -> None:
    client("s3").create_bucket(Bucket="two")
    answers = [signed(cloud, "s3", method, path) for method in ("GET", "PUT", "DELETE")]
    assert {answer.status for answer in answers} == {501}
    client("s3").head_bucket(Bucket="two")


@pytest.fixture(scope="module")
def public(client: Callable[..., Any], identity: Callable[..., Credentials], as_user: Callable[..., Any]) -> Any:
    """The S3 client of a user who may put and get objects under ``public/`` of the bucket ``tagged``."""
    client("s3").create_bucket(Bucket="tagged")
    keys = identity("publisher", allow("s3:PutObject", "s3:GetObject", on="arn:aws:s3:::tagged/public/*"))
    return as_user("s3", keys)


def test_tags_of_an_upload_need_a_right_of_their_own(public: Any) -> None:
    public.put_object(Bucket="tagged", Key="public/plain", Body=b"x")
    for settings in ({"Tagging": "a=b"}, {"ACL": "private"}, {"GrantRead": 'id="x"'}):
        with pytest.raises(ClientError) as refused:
            public.put_object(Bucket="tagged", Key="public/x", Body=b"x", **settings)
        assert code_of(refused) == "AccessDenied", settings
        with pytest.raises(ClientError) as refused:
            public.create_multipart_upload(Bucket="tagged", Key="public/x", **settings)
        assert code_of(refused) == "AccessDenied", settings


def test_a_key_that_begins_with_a_slash_is_another_key(cloud: LocalCloud, public: Any) -> None:
    with pytest.raises(ClientError) as refused:
        public.put_object(Bucket="tagged", Key="/public/x", Body=b"x")
    assert code_of(refused) == "AccessDenied"


def test_that_an_object_is_missing_is_told_to_who_may_list_only(public: Any, client: Callable[..., Any]) -> None:
    for call in (public.get_object, public.head_object):
        with pytest.raises(ClientError) as refused:
            call(Bucket="tagged", Key="public/missing")
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    with pytest.raises(ClientError) as missing:
        client("s3").get_object(Bucket="tagged", Key="public/missing")
    assert code_of(missing) == "NoSuchKey"


def test_an_upload_may_be_allowed_only_where_the_key_is_new(
    client: Callable[..., Any], identity: Callable[..., Credentials], as_user: Callable[..., Any]
) -> None:
    client("s3").create_bucket(Bucket="new-only")
    keys = identity("new-only", allow("s3:PutObject", Null={"s3:if-none-match": "false"}))
    with pytest.raises(ClientError) as refused:
        as_user("s3", keys).put_object(Bucket="new-only", Key="k", Body=b"x")
    assert code_of(refused) == "AccessDenied"
    as_user("s3", keys).put_object(Bucket="new-only", Key="k", Body=b"x", IfNoneMatch="*")
