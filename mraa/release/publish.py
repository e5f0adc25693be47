"""Put a built release into one bucket per Region: only what changed, each object verified by its checksum.

Nothing is ever deleted: a stack that rolls back needs the last release's zips. Templates go last, and the main
template after the regional one that it names, so that nobody can launch what is not all there yet.
"""

import base64
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import TypeVar

from botocore.exceptions import ClientError

from mraa.aws import Aws, translated
from mraa.errors import MraaError
from mraa.events import Event, OnEvent, Progress
from mraa.release import buckets
from mraa.release.buckets import CodeBucket
from mraa.release.manifest import BuiltRelease, ReleaseFile, content, is_content_addressed

# boto3 keeps ten connections a client, and there is one client a Region
_WORKERS = 10

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Upload:
    """One file that one bucket lacks or holds another version of."""

    bucket: CodeBucket
    key: str
    file: ReleaseFile

    @property
    def sha256(self) -> str:
        """The file's SHA-256 as S3 writes it: base64."""
        return base64.b64encode(bytes.fromhex(self.file.sha256)).decode()


@dataclass(frozen=True)
class PublishPlan:
    """What publishing will do; ``file_count`` is the number of objects the release has in all buckets together."""

    built: BuiltRelease
    buckets: tuple[CodeBucket, ...]
    uploads: tuple[Upload, ...]
    file_count: int

    @property
    def is_empty(self) -> bool:
        """True where the buckets hold the release already."""
        return not self.uploads and not any(bucket.work for bucket in self.buckets)

    def lines(self) -> list[str]:
        """The plan as a person reads it."""
        lines = []
        for bucket in self.buckets:
            if not bucket.is_there:
                lines.append(f"create bucket {bucket.name}: private, encrypted, versioned")
            else:
                lines += [f"{work} bucket {bucket.name}" for work in bucket.work]
        for bucket in self.buckets:
            mine = [upload for upload in self.uploads if upload.bucket == bucket]
            if mine:
                size = sum(upload.file.bytes for upload in mine)
                lines.append(
                    f"upload {len(mine)} files ({size / 1000:.0f} kB) to s3://{bucket.name}/{_folder(self.built)}"
                )
        return lines


def plan(aws: Aws, built: BuiltRelease, regions: tuple[str, ...], *, create_buckets: bool) -> PublishPlan:
    """See what the Regions' buckets lack. Reads only. UsageError for buckets that cannot take the release."""
    owner = aws.account_id(regions[0])
    code_buckets = buckets.inspect(aws, built.release.bucket_prefix, regions, owner, may_create=create_buckets)
    # the templates lie in both folders, under one key
    files = {file.path: file for file in built.files}.values()
    wanted = [Upload(bucket, f"{_folder(built)}{file.path}", file) for bucket in code_buckets for file in files]
    present = [upload for upload in wanted if upload.bucket.is_there]
    held = {upload for upload, is_held in _in_parallel(lambda upload: _is_held(aws, upload), present) if is_held}
    return PublishPlan(
        built, tuple(code_buckets), tuple(upload for upload in wanted if upload not in held), len(wanted)
    )


def execute(aws: Aws, publish_plan: PublishPlan, on_event: OnEvent) -> None:
    """Do what the plan says. Cut short, it can be run again: what is there already is then not sent again."""
    for bucket in publish_plan.buckets:
        buckets.make_ready(aws, bucket, on_event)
    done, total = 0, len(publish_plan.uploads)
    for phase in _PHASES:
        batch = [upload for upload in publish_plan.uploads if phase(upload.file.path)]
        for upload, _ in _in_parallel(lambda upload: _put(aws, publish_plan.built, upload), batch):
            done += 1
            event = Event(Progress.DONE, upload.file.path, "uploaded", upload.bucket.region, done=done, total=total)
            on_event(event)


def _is_launchable(path: str) -> bool:
    return path.endswith(".template") and not is_content_addressed(path)


# code and files, then the template that the main template names, then what a person launches
_PHASES: tuple[Callable[[str], bool], ...] = (
    lambda path: not path.endswith(".template"),
    is_content_addressed,
    _is_launchable,
)


def _is_held(aws: Aws, upload: Upload) -> bool:
    """Whether the bucket holds the file already, whoever put it there.

    Our own uploads carry a SHA-256. Other tools choose other checksums; without a customer key the ETag of what
    they sent in one piece is its MD5, and where it is not, the file is merely sent again.
    """
    bucket = upload.bucket
    with translated(f"Looking at s3://{bucket.name}/{upload.key}", bucket.region):
        try:
            head = aws.client("s3", bucket.region).head_object(
                Bucket=bucket.name, Key=upload.key, ExpectedBucketOwner=bucket.owner, ChecksumMode="ENABLED"
            )
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                return False
            raise
    if "ChecksumSHA256" in head:
        return bool(head["ChecksumSHA256"] == upload.sha256)
    return bool(head["ETag"].strip('"') == upload.file.md5)


def _put(aws: Aws, built: BuiltRelease, upload: Upload) -> None:
    """Send one file; S3 refuses it where the bytes that arrive are not the bytes that were built."""
    bucket = upload.bucket
    with translated(f"Uploading s3://{bucket.name}/{upload.key}", bucket.region):
        answer = aws.client("s3", bucket.region).put_object(
            Bucket=bucket.name,
            Key=upload.key,
            Body=content(built, upload.file),
            ContentType=upload.file.content_type,
            ChecksumAlgorithm="SHA256",
            ChecksumSHA256=upload.sha256,
            ExpectedBucketOwner=bucket.owner,
        )
    # S3 tells the checksum that it verified; what leaves it out is asked for what it holds
    if answer.get("ChecksumSHA256") != upload.sha256 and not _is_held(aws, upload):
        raise MraaError(
            f"s3://{bucket.name}/{upload.key} is not what was sent.",
            "Publish again; if it stays so, what answers at AWS_ENDPOINT_URL does not verify uploads.",
        )


def _in_parallel(work: Callable[[Upload], Answer], uploads: Sequence[Upload]) -> Iterator[tuple[Upload, Answer]]:
    """Each upload with what ``work`` made of it, as they end. The first error stops what has not begun."""
    with ThreadPoolExecutor(_WORKERS) as pool:
        futures = {pool.submit(work, upload): upload for upload in uploads}
        try:
            for future in as_completed(futures):
                yield futures[future], future.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _folder(built: BuiltRelease) -> str:
    return f"{built.release.solution_name}/{built.release.version}/"
