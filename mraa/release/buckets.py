"""The code buckets, one per Region: inspected, rejected if they belong to another account, created on request.

Every call names the account that must own the bucket, so that nothing is written to a bucket of another account.
"""

from dataclasses import dataclass
from typing import Any

from mraa import names
from mraa.aws import Aws, Client, call
from mraa.errors import AwsError, UsageError
from mraa.events import Event, OnEvent, Progress
from mraa.release import transfers

CREATE = "create"
BLOCK_PUBLIC_ACCESS = "block public access to"
ENCRYPT = "encrypt"
VERSION = "enable versioning of"

_ALL_BLOCKED = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}
_AES256 = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
# in the order in which they are done: the bucket is private before it contains anything
_SETTINGS: dict[str, tuple[str, dict[str, Any]]] = {
    BLOCK_PUBLIC_ACCESS: ("put_public_access_block", {"PublicAccessBlockConfiguration": _ALL_BLOCKED}),
    ENCRYPT: ("put_bucket_encryption", {"ServerSideEncryptionConfiguration": _AES256}),
    VERSION: ("put_bucket_versioning", {"VersioningConfiguration": {"Status": "Enabled"}}),
}
# the one Region for which CreateBucket takes no LocationConstraint
_NO_CONSTRAINT = "us-east-1"
_NOT_SET = {"NoSuchPublicAccessBlockConfiguration", "ServerSideEncryptionConfigurationNotFoundError"}


@dataclass(frozen=True)
class CodeBucket:
    """A code bucket and the work it requires before a release is uploaded to it (none, for most)."""

    name: str
    region: str
    owner: str
    work: tuple[str, ...] = ()

    @property
    def exists(self) -> bool:
        """False if it is yet to be created."""
        return CREATE not in self.work


def inspect(aws: Aws, prefix: str, regions: tuple[str, ...], owner: str, *, may_create: bool) -> list[CodeBucket]:
    """Inspect each Region's code bucket. UsageError, naming each, if one cannot take a release.

    With ``may_create`` a missing bucket is no error, and an existing one is made private, encrypted and versioned as
    well: a run that was interrupted after the creation is finished by the next.
    """
    found: dict[str, tuple[CodeBucket, str, str]] = {}

    def inspect_one(region: str) -> None:
        found[region] = _inspect_one(aws, names.code_bucket(prefix, region), region, owner, may_create)

    transfers.in_parallel(inspect_one, [[region] for region in regions])
    buckets, problems, hints = zip(*(found[region] for region in regions), strict=True)
    if any(problems):
        raise UsageError(" ".join(filter(None, problems)), " ".join(dict.fromkeys(filter(None, hints))))
    return list(buckets)


def make_ready(aws: Aws, bucket: CodeBucket, on_event: OnEvent) -> None:
    """Do the bucket's work; all of it can be repeated."""
    s3 = aws.client("s3", bucket.region)
    for work in bucket.work:
        doing = f"{work.capitalize()} bucket {bucket.name}"
        if work == CREATE:
            _create(s3, bucket, doing)
        else:
            operation, arguments = _SETTINGS[work]
            call(getattr(s3, operation), doing, bucket.region, **_owned(bucket), **arguments)
    if bucket.work:
        text = "private, encrypted, versioned" if bucket.exists else "created: private, encrypted, versioned"
        on_event(Event(Progress.DONE, bucket.name, text, bucket.region))


def _inspect_one(aws: Aws, name: str, region: str, owner: str, may_create: bool) -> tuple[CodeBucket, str, str]:
    """The bucket, what is wrong with it, and what to do about it (both empty: nothing)."""
    s3, bucket = aws.client("s3", region), CodeBucket(name, region, owner)
    doing = f"Inspecting bucket {name}"
    try:
        answer = call(s3.head_bucket, doing, region, **_owned(bucket))
    except AwsError as error:
        # the answer to a HEAD has no body: the status is all it says
        if error.code == "404":
            missing = CodeBucket(name, region, owner, (CREATE, *_SETTINGS))
            if may_create:
                return missing, "", ""
            return missing, f"Bucket {name} does not exist.", "Create it, or give --create-buckets."
        if error.code == "403":
            return (
                bucket,
                f"Bucket {name} belongs to another account, or account {owner} has no access to it (403).",
                "Give another --bucket-prefix, or request s3:ListBucket, s3:GetObject and s3:PutObject on it.",
            )
        raise
    # botocore redirects a request to the wrong Region: the answer says where the bucket is
    home = answer.get("BucketRegion") or region
    if home != region:
        return (
            bucket,
            f"Bucket {name} is in {home}, not in {region}.",
            "CloudFormation takes code from its own Region only: give another --bucket-prefix.",
        )
    return CodeBucket(name, region, owner, _missing_settings(s3, bucket, doing) if may_create else ()), "", ""


def _create(s3: Client, bucket: CodeBucket, doing: str) -> None:
    where: dict[str, Any] = {"Bucket": bucket.name}
    if bucket.region != _NO_CONSTRAINT:
        where["CreateBucketConfiguration"] = {"LocationConstraint": bucket.region}
    try:
        call(s3.create_bucket, doing, bucket.region, **where)
    except AwsError as error:
        if error.code == "BucketAlreadyOwnedByYou":
            return  # created concurrently since the inspection
        if error.code == "BucketAlreadyExists":
            raise UsageError(
                f"Bucket {bucket.name} belongs to another account: bucket names are unique worldwide.",
                "Give another --bucket-prefix.",
            ) from error
        raise
    call(s3.get_waiter("bucket_exists").wait, doing, bucket.region, **_owned(bucket))


def _missing_settings(s3: Client, bucket: CodeBucket, doing: str) -> tuple[str, ...]:
    """The settings that an existing bucket lacks; any encryption is as good as ours."""

    def read(operation: str) -> Any:
        try:
            return call(getattr(s3, operation), doing, bucket.region, **_owned(bucket))
        except AwsError as error:
            if error.code not in _NOT_SET:
                raise
            return {}

    access = read("get_public_access_block").get("PublicAccessBlockConfiguration", {})
    is_set = {
        BLOCK_PUBLIC_ACCESS: all(access.get(name) for name in _ALL_BLOCKED),
        ENCRYPT: bool(read("get_bucket_encryption")),
        VERSION: read("get_bucket_versioning").get("Status") == "Enabled",
    }
    return tuple(work for work in _SETTINGS if not is_set[work])


def _owned(bucket: CodeBucket) -> dict[str, Any]:
    return {"Bucket": bucket.name, "ExpectedBucketOwner": bucket.owner}
