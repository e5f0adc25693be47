"""The code buckets, one per Region: looked at, refused when they are somebody else's, made when asked.

Every call names the account that must own the bucket, so that a name somebody else has taken is never written to.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from botocore.exceptions import ClientError

from mraa.aws import Aws, Client, translated
from mraa.errors import UsageError
from mraa.events import Event, OnEvent, Progress

CREATE = "create"
BLOCK_PUBLIC_ACCESS = "block public access to"
ENCRYPT = "encrypt"
VERSION = "turn on versioning of"

# in the order in which they are done: the bucket is private before it holds anything
_ALL_WORK = (CREATE, BLOCK_PUBLIC_ACCESS, ENCRYPT, VERSION)

_ALL_BLOCKED = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}
# the one Region that CreateBucket takes no LocationConstraint for
_NO_CONSTRAINT = "us-east-1"
_NOT_SET = {"NoSuchPublicAccessBlockConfiguration", "ServerSideEncryptionConfigurationNotFoundError"}


@dataclass(frozen=True)
class CodeBucket:
    """A code bucket and what must be done to it before a release is put into it (nothing, for most)."""

    name: str
    region: str
    owner: str
    work: tuple[str, ...] = ()

    @property
    def is_there(self) -> bool:
        """False where it has yet to be created."""
        return CREATE not in self.work


def bucket_name(prefix: str, region: str) -> str:
    """The name that the templates fetch code from."""
    return f"{prefix}-{region}"


def inspect(aws: Aws, prefix: str, regions: tuple[str, ...], owner: str, *, may_create: bool) -> list[CodeBucket]:
    """Look at each Region's code bucket. UsageError, naming each, where one cannot take a release.

    With ``may_create`` a missing bucket is no error, and one that is there is to be private, encrypted and
    versioned as well: a run that was cut short after the creation is made whole by the next.
    """
    buckets, troubles, hints = [], [], []
    for region in regions:
        bucket, trouble, hint = _inspect_one(aws, bucket_name(prefix, region), region, owner, may_create)
        buckets.append(bucket)
        if trouble:
            troubles.append(trouble)
            hints.append(hint)
    if troubles:
        raise UsageError(" ".join(troubles), " ".join(dict.fromkeys(hints)))
    return buckets


def make_ready(aws: Aws, bucket: CodeBucket, on_event: OnEvent) -> None:
    """Do the bucket's work; each piece of it can be done twice."""
    s3 = aws.client("s3", bucket.region)
    where = {"Bucket": bucket.name, "ExpectedBucketOwner": bucket.owner}
    for work in bucket.work:
        with translated(f"{work.capitalize()} bucket {bucket.name}", bucket.region):
            if work == CREATE:
                _create(s3, bucket)
            elif work == BLOCK_PUBLIC_ACCESS:
                s3.put_public_access_block(**where, PublicAccessBlockConfiguration=_ALL_BLOCKED)
            elif work == ENCRYPT:
                rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
                s3.put_bucket_encryption(**where, ServerSideEncryptionConfiguration={"Rules": [rule]})
            else:
                s3.put_bucket_versioning(**where, VersioningConfiguration={"Status": "Enabled"})
    if bucket.work:
        text = "created: private, encrypted, versioned" if not bucket.is_there else "private, encrypted, versioned"
        on_event(Event(Progress.DONE, bucket.name, text, bucket.region))


def _inspect_one(aws: Aws, name: str, region: str, owner: str, may_create: bool) -> tuple[CodeBucket, str, str]:
    """The bucket, and what is wrong with it and what to do about it (empty: nothing)."""
    s3 = aws.client("s3", region)
    with translated(f"Looking at bucket {name}", region):
        try:
            answer = s3.head_bucket(Bucket=name, ExpectedBucketOwner=owner)
        except ClientError as error:
            # HEAD answers have no body: the status is all there is
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            if status == 404:
                missing = CodeBucket(name, region, owner, _ALL_WORK)
                if may_create:
                    return missing, "", ""
                return missing, f"Bucket {name} does not exist.", "Create it, or give --create-buckets."
            if status == 403:
                return (
                    CodeBucket(name, region, owner),
                    f"Bucket {name} belongs to another account, or account {owner} may not use it (403).",
                    "Give another --bucket-prefix, or ask for s3:ListBucket, s3:GetObject and s3:PutObject on it.",
                )
            raise
        # a request to the wrong Region is sent on by boto3: the answer tells where the bucket is
        home = answer.get("BucketRegion") or region
        if home != region:
            return (
                CodeBucket(name, region, owner),
                f"Bucket {name} is in {home}, not in {region}.",
                "CloudFormation takes code from its own Region only: give another --bucket-prefix.",
            )
        work = tuple(_lacking(s3, {"Bucket": name, "ExpectedBucketOwner": owner})) if may_create else ()
    return CodeBucket(name, region, owner, work), "", ""


def _create(s3: Client, bucket: CodeBucket) -> None:
    request = {} if bucket.region == _NO_CONSTRAINT else {"LocationConstraint": bucket.region}
    try:
        s3.create_bucket(Bucket=bucket.name, **({"CreateBucketConfiguration": request} if request else {}))
    except s3.exceptions.BucketAlreadyOwnedByYou:
        return  # made by somebody beside us since we looked
    except s3.exceptions.BucketAlreadyExists as error:
        raise UsageError(
            f"Bucket {bucket.name} belongs to another account: bucket names are taken world-wide.",
            "Give another --bucket-prefix.",
        ) from error
    s3.get_waiter("bucket_exists").wait(Bucket=bucket.name, ExpectedBucketOwner=bucket.owner)


def _lacking(s3: Client, where: Mapping[str, str]) -> list[str]:
    """What a bucket that is there lacks; another way of encrypting it is as good as ours."""
    lacking = []
    try:
        blocked = s3.get_public_access_block(**where)["PublicAccessBlockConfiguration"]
    except ClientError as error:
        if error.response["Error"]["Code"] not in _NOT_SET:
            raise
        blocked = {}
    if not all(blocked.get(name) for name in _ALL_BLOCKED):
        lacking.append(BLOCK_PUBLIC_ACCESS)
    try:
        s3.get_bucket_encryption(**where)
    except ClientError as error:
        if error.response["Error"]["Code"] not in _NOT_SET:
            raise
        lacking.append(ENCRYPT)
    if s3.get_bucket_versioning(**where).get("Status") != "Enabled":
        lacking.append(VERSION)
    return lacking
