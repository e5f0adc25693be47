"""S3 objects of one bucket, put and checked by requests that botocore signs and sends, without its clients.

A client's call takes about 2.5 times as much processor time as the request it sends, and Python has one processor: with
thousands of files that decides how long publishing takes.
"""

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO
from urllib.parse import quote, urlsplit

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import ClientError
from botocore.parsers import create_parser

from mraa.aws import CLOCK, OBJECT_NOT_THERE, Aws, Clock, call, pages, refuse_strangers
from mraa.errors import AwsError
from mraa.partitions import url_suffix

_ATTEMPTS = 5
_TIMEOUTS_S = (5, 60)  # to connect, and between two bytes of the answer
_EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
_CHECKSUM = "x-amz-checksum-sha256"

Body = bytes | BinaryIO


@dataclass(frozen=True)
class StoredObject:
    """An object as a listing shows it. ``etag``: the MD5 of its bytes, or not (``Objects.contains`` knows more)."""

    bytes: int
    etag: str


class Objects:
    """The objects of ``bucket``. Every request names ``owner``, the account that must own it.

    Threads may share it: each request has a connection of its own, of which ``connections`` are kept.
    """

    def __init__(
        self, aws: Aws, bucket: str, region: str, owner: str, *, connections: int = 1, clock: Clock = CLOCK
    ) -> None:
        self._client = aws.client("s3", region)
        self._credentials = aws.credentials(region)
        self._bucket, self._region, self._owner, self._clock = bucket, region, owner, clock
        self._url = _address(self._client, bucket, region)
        self._http = aws.http_session(region, self._url, _TIMEOUTS_S, connections=connections)
        self._errors = create_parser("rest-xml")

    def listed(self, prefix: str) -> Iterator[tuple[str, StoredObject]]:
        """Key and object of all whose keys begin with ``prefix``."""
        for page in pages(
            self._client,
            "list_objects_v2",
            f"Listing s3://{self._bucket}/{prefix}",
            self._region,
            Bucket=self._bucket,
            Prefix=prefix,
            ExpectedBucketOwner=self._owner,
        ):
            for found in page.get("Contents", ()):
                yield found["Key"], StoredObject(found["Size"], found["ETag"].strip('"'))

    def contains(self, key: str, *, sha256: str, md5: str) -> bool:
        """Whether the object is these bytes as far as S3 knows; the hashes are hexadecimal.

        By the SHA-256, if the object was uploaded with one. Else by the ETag, which is the MD5 of an object in one part
        without a customer key.
        """
        try:
            answer = self._asked("Checking", "HeadObject", "HEAD", key, {"x-amz-checksum-mode": "ENABLED"})
        except AwsError as error:
            if error.code in OBJECT_NOT_THERE:
                return False
            raise
        known = answer.get(_CHECKSUM)
        return bool(known == _base64(sha256) if known else str(answer.get("etag", "")).strip('"') == md5)

    def put(self, key: str, body: Body, *, sha256: str, content_type: str) -> bool:
        """Put an object in one part; True if S3 answers that it verified the bytes by their SHA-256 (hexadecimal).

        S3 rejects bytes that have another one.
        """
        headers = {
            "Content-Type": content_type,
            "x-amz-sdk-checksum-algorithm": "SHA256",
            _CHECKSUM: _base64(sha256),
        }
        answer = self._asked("Uploading", "PutObject", "PUT", key, headers, body=body, sha256=sha256)
        return bool(answer.get(_CHECKSUM) == _base64(sha256))

    def _asked(
        self,
        doing: str,
        name: str,
        method: str,
        key: str,
        headers: Mapping[str, Any],
        *,
        body: Body = b"",
        sha256: str = _EMPTY_SHA256,
    ) -> Any:
        return call(
            self._sent,
            f"{doing} s3://{self._bucket}/{key}",
            self._region,
            attempts=_ATTEMPTS,
            clock=self._clock,
            name=name,
            method=method,
            key=key,
            headers=headers,
            body=body,
            sha256=sha256,
        )

    def _sent(self, name: str, method: str, key: str, headers: Mapping[str, Any], body: Body, sha256: str) -> Any:
        """The headers of the answer. botocore's errors, as its clients raise them."""
        if not isinstance(body, bytes):
            body.seek(0)  # a second attempt
        url = self._url + quote(key, safe="/~")
        request = AWSRequest(method, url, {**headers, "x-amz-expected-bucket-owner": self._owner}, body)
        _Signer(self._credentials.get_frozen_credentials(), self._region, sha256).add_auth(request)
        answer = self._http.send(request.prepare())
        response = {"status_code": answer.status_code, "headers": answer.headers, "body": answer.content}
        refuse_strangers(response)
        if answer.status_code >= 300:
            raise ClientError(self._errors.parse(response, None), name)
        return answer.headers


def _address(client: Any, bucket: str, region: str) -> str:
    """Where a bucket's keys begin, as botocore's clients decide: in the host's name at AWS, in the path elsewhere."""
    # dual stack and FIPS are in it; for us-east-1 it may have the name of a Region that only botocore knows
    url = client.meta.endpoint_url.replace(".aws-global.", f".{region}.")
    endpoint = urlsplit(url)
    style = (client.meta.config.s3 or {}).get("addressing_style", "auto")
    is_of_aws = str(endpoint.hostname).endswith(f".{url_suffix(region)}")
    # no certificate is for a name with more dots
    if style == "virtual" or (style == "auto" and is_of_aws and "." not in bucket):
        return f"{endpoint.scheme}://{bucket}.{endpoint.netloc}/"
    return f"{url.rstrip('/')}/{bucket}/"


class _Signer(S3SigV4Auth):  # type: ignore[misc] # botocore has no types
    """Signs a body whose SHA-256 is known; botocore would read it once more."""

    def __init__(self, credentials: Any, region: str, sha256: str) -> None:
        super().__init__(credentials, "s3", region)
        self._sha256 = sha256

    def payload(self, request: Any) -> str:
        return self._sha256


def _base64(sha256: str) -> str:
    """As S3 writes it."""
    return base64.b64encode(bytes.fromhex(sha256)).decode()
