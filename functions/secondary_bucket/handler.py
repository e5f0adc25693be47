"""Creates a private bucket in the other Region, where a stack cannot create one, and puts its policy.

Two custom resources: the bucket must exist before the CloudFront distribution that names it, and the distribution
before the policy that names that. A delete removes the bucket with everything in it, and with that its policy.

Requires on the bucket: s3:CreateBucket, DeleteBucket, DeleteObject, DeleteObjectVersion, ListBucketVersions,
PutBucketOwnershipControls, PutBucketPolicy, PutBucketPublicAccessBlock, PutEncryptionConfiguration.
"""

import json
from typing import Any

from botocore.exceptions import ClientError

from mraa_fence.retries import Clock, codes_of, is_transient, retry
from shared import aws, buckets, cloudformation
from shared.aws import Client
from shared.cloudformation import Request, section, text

_POLICY = "Custom::SecondaryBucketPolicy"

# S3's errors while the new role's policy is not in force in that Region yet, or a bucket of that name is being deleted
_TOO_EARLY = {"AccessDenied", "OperationAborted"}
_RETRY_LIMIT_S = 60.0
_MARGIN_S = 20.0


def handle(event: Any, context: Any) -> None:
    """Entry point."""
    is_policy = isinstance(event, dict) and event.get("ResourceType") == _POLICY
    cloudformation.run(event, context, put_policy if is_policy else manage, "Bucket")


def manage(request: Request, clock: Clock = Clock()) -> dict[str, str]:  # noqa: B008 - a constant
    """Create the bucket or put its settings again; delete it with everything in it."""
    bucket, region = text(request.properties, "Bucket"), text(request.properties, "Region")
    s3 = aws.client("s3", region, read_timeout_s=10)
    with buckets.reaching(bucket, region):
        if request.type == "Delete":
            _delete(s3, bucket)
        else:
            until_s = clock.monotonic() + min(_RETRY_LIMIT_S, request.remaining_s() - _MARGIN_S)
            retry(
                lambda: _create(s3, bucket, region),
                clock,
                until_s,
                first_pause_s=2,
                is_retried=lambda error: is_transient(error) or codes_of(error)[0] in _TOO_EARLY,
            )
    return {}


def put_policy(request: Request) -> dict[str, str]:
    """Put the policy that the template has for the bucket."""
    bucket, region = text(request.properties, "Bucket"), text(request.properties, "Region")
    document = json.dumps(section(request.properties, "PolicyDocument"))
    if request.type != "Delete":  # the bucket takes its policy with it
        with buckets.reaching(bucket, region):
            aws.client("s3", region, read_timeout_s=10).put_bucket_policy(Bucket=bucket, Policy=document)
    return {}


def _create(s3: Client, bucket: str, region: str) -> None:
    """Create the bucket, or take over our own of that name; then put the settings that the primary's bucket has."""
    # S3 takes the location of us-east-1 by leaving it out only
    where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    try:
        s3.create_bucket(Bucket=bucket, ObjectOwnership="BucketOwnerEnforced", **where)
    except ClientError as error:
        if codes_of(error)[0] != "BucketAlreadyOwnedByYou":
            raise
    blocked = dict.fromkeys(("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True)
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=blocked)
    encrypted = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=encrypted)


def _delete(s3: Client, bucket: str) -> None:
    """Delete the bucket with every version of its objects. No error if it does not exist."""
    buckets.empty(s3, bucket)
    try:
        s3.delete_bucket(Bucket=bucket)
    except ClientError as error:
        if codes_of(error)[0] != "NoSuchBucket":
            raise
