"""Empties versioned buckets and deletes them: for good, and only what belongs to the account."""

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from mraa.aws import Aws, Client, Clock, translated
from mraa.events import Event, OnEvent, Progress
from mraa.stacks.models import Leftover

# log deliveries and replicas that were on their way may still arrive while a bucket is emptied
_ROUNDS = 6
_PAUSE_S = 2.0


def stop_replication(aws: Aws, account: str, bucket: Leftover) -> None:
    """Remove a bucket's replication rules, or what one Region is rid of would come back from the other."""
    with translated(f"Removing the replication rules of bucket {bucket.name}", bucket.region):
        try:
            aws.client("s3", bucket.region).delete_bucket_replication(Bucket=bucket.name, ExpectedBucketOwner=account)
        except ClientError as error:
            if not _is_gone(error):
                raise


def delete_bucket(aws: Aws, clock: Clock, on_event: OnEvent, account: str, bucket: Leftover) -> None:
    """Delete every version and every delete marker, then the bucket. A bucket that is gone is no error."""
    s3 = aws.client("s3", bucket.region)
    deleted = 0
    with translated(f"Deleting bucket {bucket.name}", bucket.region):
        for round_number in range(1, _ROUNDS + 1):
            try:
                for count in _empty(s3, account, bucket.name):
                    deleted += count
                    on_event(Event(Progress.RUNNING, bucket.name, f"{deleted} object versions deleted", bucket.region))
                s3.delete_bucket(Bucket=bucket.name, ExpectedBucketOwner=account)
                break
            except ClientError as error:
                if _is_gone(error):
                    break
                if error.response["Error"]["Code"] != "BucketNotEmpty" or round_number == _ROUNDS:
                    raise
            clock.sleep(_PAUSE_S)
    on_event(Event(Progress.DONE, bucket.name, f"deleted with {deleted} object versions", bucket.region))


def _empty(s3: Client, account: str, name: str) -> Iterator[int]:
    """Delete page by page (a thousand at most, which is what one request can delete); yields each page's count."""
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=name, ExpectedBucketOwner=account):
        entries: list[dict[str, Any]] = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        if not entries:
            continue
        objects = [{"Key": entry["Key"], "VersionId": entry["VersionId"]} for entry in entries]
        answer = s3.delete_objects(Bucket=name, Delete={"Objects": objects, "Quiet": True}, ExpectedBucketOwner=account)
        for refused in answer.get("Errors", [])[:1]:
            raise ClientError(
                {
                    "Error": {
                        "Code": refused.get("Code", ""),
                        "Message": f"{refused.get('Key')}: {refused.get('Message', '')}",
                    },
                    "ResponseMetadata": {"HTTPStatusCode": 400},
                },
                "DeleteObjects",
            )
        yield len(objects)


def _is_gone(error: ClientError) -> bool:
    return str(error.response["Error"]["Code"]) in ("NoSuchBucket", "404")
