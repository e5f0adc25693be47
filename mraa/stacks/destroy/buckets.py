"""Empties versioned buckets and deletes them: permanently, and only those of the account."""

from collections.abc import Iterator
from typing import Any

from mraa.aws import Aws, Client, Clock, call, pages
from mraa.errors import AwsError
from mraa.events import Event, OnEvent, Progress
from mraa.stacks.models import Leftover

# log deliveries and replicas in flight may still arrive while a bucket is emptied
_ROUNDS = 6
_PAUSE_S = 2.0
_NOT_FOUND = ("NoSuchBucket", "404")


def stop_replication(aws: Aws, account: str, bucket: Leftover) -> None:
    """Delete a bucket's replication rules: otherwise objects deleted in one Region return from the other."""
    operation, doing = aws.client("s3", bucket.region).delete_bucket_replication, "Deleting the replication rules of"
    try:
        call(operation, f"{doing} {bucket.name}", bucket.region, Bucket=bucket.name, ExpectedBucketOwner=account)
    except AwsError as error:
        if error.code not in _NOT_FOUND:
            raise


def delete_bucket(aws: Aws, clock: Clock, on_event: OnEvent, account: str, bucket: Leftover) -> None:
    """Delete every version and every delete marker, then the bucket. A bucket that does not exist is no error."""
    s3, name, region = aws.client("s3", bucket.region), bucket.name, bucket.region
    deleted = 0
    for round_number in range(1, _ROUNDS + 1):
        try:
            for count in _empty(s3, account, bucket):
                deleted += count
                on_event(Event(Progress.RUNNING, name, f"{deleted} object versions deleted", region))
            call(s3.delete_bucket, f"Deleting bucket {name}", region, Bucket=name, ExpectedBucketOwner=account)
            break
        except AwsError as error:
            if error.code in _NOT_FOUND:
                break
            if error.code != "BucketNotEmpty" or round_number == _ROUNDS:
                raise
        clock.sleep(_PAUSE_S)
    on_event(Event(Progress.DONE, name, f"deleted with {deleted} object versions", region))


def _empty(s3: Client, account: str, bucket: Leftover) -> Iterator[int]:
    """Delete page by page (a thousand at most, the maximum of one request); yields each page's count."""
    doing = f"Deleting bucket {bucket.name}"
    of: dict[str, Any] = {"Bucket": bucket.name, "ExpectedBucketOwner": account}
    for page in pages(s3, "list_object_versions", doing, bucket.region, **of):
        entries: list[dict[str, Any]] = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        if not entries:
            continue
        objects = [{"Key": entry["Key"], "VersionId": entry["VersionId"]} for entry in entries]
        answer = call(s3.delete_objects, doing, bucket.region, **of, Delete={"Objects": objects, "Quiet": True})
        # somebody else, or a lifecycle rule, may have deleted a version meanwhile
        errors = [error for error in answer.get("Errors", []) if error.get("Code") != "NoSuchVersion"]
        for refused in errors[:1]:
            code, reason = refused.get("Code", ""), f"{refused.get('Key')}: {refused.get('Message', '')}"
            message = f"{doing} in {bucket.region} failed: {code}: {reason}"
            raise AwsError(message, code=code, reason=reason)
        yield len(objects)
