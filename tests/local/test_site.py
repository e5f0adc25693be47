"""A distribution under its path on the running local cloud, as a browser on this machine sees it."""

import gzip
from collections.abc import Callable
from typing import Any

import pytest

from mraa_local.process import LocalCloud
from tests.local.deploying import make_stack
from tests.local.replicating import Faults
from tests.local.requests import Answer, send
from tests.regions import SECONDARY

Client = Callable[..., Any]
LONG = b"let x = 1;" * 200
RESOURCES: dict[str, Any] = {
    "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {}},
    "Control": {
        "Type": "AWS::CloudFront::OriginAccessControl",
        "Properties": {
            "OriginAccessControlConfig": {
                "Name": "site",
                "OriginAccessControlOriginType": "s3",
                "SigningBehavior": "always",
                "SigningProtocol": "sigv4",
            }
        },
    },
    "Headers": {
        "Type": "AWS::CloudFront::ResponseHeadersPolicy",
        "Properties": {
            "ResponseHeadersPolicyConfig": {
                "Name": "site",
                "SecurityHeadersConfig": {
                    "ContentSecurityPolicy": {"ContentSecurityPolicy": "default-src 'self'", "Override": True},
                    "FrameOptions": {"FrameOption": "DENY", "Override": True},
                },
            }
        },
    },
    "Distribution": {
        "Type": "AWS::CloudFront::Distribution",
        "Properties": {
            "DistributionConfig": {
                "Enabled": True,
                "DefaultRootObject": "index.html",
                "Origins": [
                    {
                        "Id": "console",
                        "DomainName": {"Fn::GetAtt": ["Bucket", "RegionalDomainName"]},
                        "OriginPath": "/console",
                        "OriginAccessControlId": {"Fn::GetAtt": ["Control", "Id"]},
                        "S3OriginConfig": {"OriginAccessIdentity": ""},
                    }
                ],
                "DefaultCacheBehavior": {
                    "TargetOriginId": "console",
                    "ViewerProtocolPolicy": "https-only",
                    "AllowedMethods": ["GET", "HEAD"],
                    "Compress": True,
                    "CachePolicyId": "658327ea-f89d-4fab-a63d-7e88639e58f6",
                    "ResponseHeadersPolicyId": {"Ref": "Headers"},
                },
            }
        },
    },
    "Policy": {
        "Type": "AWS::S3::BucketPolicy",
        "Properties": {
            "Bucket": {"Ref": "Bucket"},
            "PolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": "cloudfront.amazonaws.com"},
                        "Action": "s3:GetObject",
                        "Resource": {"Fn::Sub": "${Bucket.Arn}/console/*"},
                        "Condition": {
                            "StringEquals": {
                                "aws:SourceArn": {
                                    "Fn::Sub": "arn:aws:cloudfront::${AWS::AccountId}:distribution/${Distribution}"
                                }
                            }
                        },
                    }
                ],
            },
        },
    },
}


@pytest.fixture(scope="module")
def ids(client: Client) -> dict[str, str]:
    made = make_stack(client, SECONDARY, "site", RESOURCES)
    s3 = client("s3", SECONDARY)
    for key in ("console/index.html", "console/assets/a b.js", "secret.txt"):
        s3.put_object(Bucket=made["Bucket"], Key=key, Body=key.encode(), ContentType="text/x-own")
    s3.put_object(Bucket=made["Bucket"], Key="console/app.js", Body=LONG, ContentType="text/javascript; charset=utf-8")
    s3.put_object(Bucket=made["Bucket"], Key="console/photo.png", Body=LONG, ContentType="image/png")
    s3.put_object(Bucket=made["Bucket"], Key="console/short.js", Body=LONG[:999], ContentType="text/javascript")
    return made


@pytest.fixture
def get(cloud: LocalCloud, ids: dict[str, str]) -> Callable[..., Answer]:
    def request(path: str = "", method: str = "GET", **headers: str) -> Answer:
        return send(cloud, method, f"/_mraa/site/{ids['Distribution']}/{path}", headers)

    return request


def test_the_root_is_the_default_root_object_with_the_headers_of_the_policy(get: Callable[..., Answer]) -> None:
    reply = get()
    assert (reply.status, reply.text, reply.headers["content-type"]) == (200, "console/index.html", "text/x-own")
    assert reply.headers["content-security-policy"] == "default-src 'self'"
    assert reply.headers["x-frame-options"] == "DENY"


def test_files_are_found_by_their_escaped_path_and_by_head(get: Callable[..., Answer]) -> None:
    assert get("assets/a%20b.js").text == "console/assets/a b.js"
    assert (get("assets/a%20b.js", "HEAD").status, get("assets/a%20b.js", "HEAD").text) == (200, "")


@pytest.mark.parametrize("path", ["missing.js", "../secret.txt", "%2e%2e/secret.txt", "..%2fsecret.txt"])
def test_a_file_that_is_missing_or_not_the_sites_is_refused(get: Callable[..., Answer], path: str) -> None:
    assert get(path).status == 403


def test_text_is_compressed_for_a_browser_that_takes_it(get: Callable[..., Answer]) -> None:
    plain, zipped = get("app.js"), get("app.js", **{"Accept-Encoding": "br, gzip;q=0.8"})
    assert plain.body == LONG and "content-encoding" not in plain.headers
    assert (zipped.status, zipped.headers["content-encoding"], gzip.decompress(zipped.body)) == (200, "gzip", LONG)
    assert zipped.headers["etag"] == f"W/{plain.headers['etag']}"
    assert zipped.headers["vary"] == "Accept-Encoding"
    assert zipped.headers["content-security-policy"] == "default-src 'self'"


@pytest.mark.parametrize("path", ["photo.png", "short.js"])
def test_pictures_and_what_is_short_are_sent_as_they_are(get: Callable[..., Answer], path: str) -> None:
    assert "content-encoding" not in get(path, **{"Accept-Encoding": "gzip"}).headers


def test_a_method_that_is_not_allowed_is_refused(get: Callable[..., Answer]) -> None:
    assert get("", "DELETE").status == 403


def test_without_the_last_slash_a_browser_is_redirected(cloud: LocalCloud, ids: dict[str, str]) -> None:
    redirect = send(cloud, "GET", f"/_mraa/site/{ids['Distribution']}")
    reply = send(cloud, "GET", redirect.headers["location"])
    assert (redirect.status, reply.status, reply.text) == (301, 200, "console/index.html")


def test_an_unknown_distribution_is_not_found(cloud: LocalCloud) -> None:
    assert send(cloud, "GET", "/_mraa/site/ENONE/").status == 404


def test_a_page_of_another_origin_gets_nothing(get: Callable[..., Answer]) -> None:
    assert get("", Origin="https://evil.example").status == 403


def test_a_site_whose_origin_is_in_a_lost_region_is_a_bad_gateway(get: Callable[..., Answer], faults: Faults) -> None:
    faults.set("region", region=SECONDARY, state="down")
    assert get().status in (502, 504)


def test_without_the_buckets_policy_nothing_is_served(
    client: Client, get: Callable[..., Answer], ids: dict[str, str]
) -> None:
    client("s3", SECONDARY).delete_bucket_policy(Bucket=ids["Bucket"])
    assert get().status == 403
