"""What functions do with a bucket that may be in another Region: empty it, and say clearly if its Region is away."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import ClientError, ConnectionError, HTTPClientError

from mraa_fence.retries import codes_of
from shared.aws import Client


class ObjectsLeft(Exception):
    """S3 did not delete all objects."""


class RegionUnreachable(Exception):
    """S3 in the bucket's Region does not answer."""


@contextmanager
def reaching(bucket: str, region: str) -> Iterator[None]:
    """Raise RegionUnreachable, in one line, for a Region that does not answer or answers that it is unavailable."""
    try:
        yield
    except (ConnectionError, HTTPClientError, ClientError) as error:
        if isinstance(error, ClientError) and _status(error) < 500:
            raise
        raise RegionUnreachable(
            f"S3 in {region} does not answer, so the bucket {bucket} cannot be used. Run this again once it does. "
            f"({error})"
        ) from error


def empty(s3: Client, bucket: str) -> None:
    """Delete every version of every object, so that the bucket can be deleted. No error if it does not exist."""
    try:
        while found := _first_versions(s3, bucket):
            delete_objects(s3, bucket, found)
    except ClientError as error:
        if codes_of(error)[0] != "NoSuchBucket":
            raise


def delete_objects(s3: Client, bucket: str, objects: list[dict[str, str]]) -> None:
    """Delete a page of objects: at most 1000, as many as one call takes."""
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True})
    for error in answer.get("Errors", []):
        raise ObjectsLeft(f"Objects in {bucket} could not be deleted: {error}")


def _first_versions(s3: Client, bucket: str) -> list[dict[str, str]]:
    page = s3.list_object_versions(Bucket=bucket)
    entries = page.get("Versions", []) + page.get("DeleteMarkers", [])
    return [{"Key": entry["Key"], "VersionId": entry["VersionId"]} for entry in entries]


def _status(error: ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
