"""Upload a built release to one bucket per Region: only what changed, each object verified by its checksum.

Nothing is ever deleted: a stack that rolls back requires the previous release's zips. Templates go last, and the main
template after the regional one that it names, so that nobody can launch an incomplete release.
"""

import base64
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from mraa.aws import OBJECT_NOT_THERE, Aws, call
from mraa.errors import AwsError, MraaError
from mraa.events import Event, OnEvent, Progress
from mraa.release import buckets
from mraa.release.buckets import CodeBucket
from mraa.release.manifest import BuiltRelease, ReleaseFile, content, is_content_addressed

# a boto3 client keeps ten connections, and there is one client per Region
_WORKERS = 10

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Upload:
    """One file that is missing from one bucket, or differs there."""

    bucket: CodeBucket
    key: str
    file: ReleaseFile

    @property
    def sha256(self) -> str:
        """The file's SHA-256 as S3 writes it: base64."""
        return base64.b64encode(bytes.fromhex(self.file.sha256)).decode()


@dataclass(frozen=True)
class PublishPlan:
    """What publishing will do; ``file_count`` is the number of objects of the release in all buckets together."""

    built: BuiltRelease
    buckets: tuple[CodeBucket, ...]
    uploads: tuple[Upload, ...]
    file_count: int

    @property
    def is_empty(self) -> bool:
        """True if the buckets contain the release already."""
        return not self.uploads and not any(bucket.work for bucket in self.buckets)

    def lines(self) -> list[str]:
        """The plan for people."""
        lines = []
        for bucket in self.buckets:
            if not bucket.exists:
                lines.append(f"create bucket {bucket.name}: private, encrypted, versioned")
            else:
                lines += [f"{work} bucket {bucket.name}" for work in bucket.work]
        for bucket in self.buckets:
            sizes = [upload.file.bytes for upload in self.uploads if upload.bucket == bucket]
            if sizes:
                where = f"s3://{bucket.name}/{_folder(self.built)}"
                lines.append(f"upload {len(sizes)} files ({sum(sizes) / 1000:.0f} kB) to {where}")
        return lines


def plan(aws: Aws, built: BuiltRelease, regions: tuple[str, ...], *, create_buckets: bool) -> PublishPlan:
    """Find what the Regions' buckets lack. Reads only. UsageError for buckets that cannot take the release."""
    owner = aws.account_id(regions[0])
    code_buckets = buckets.inspect(aws, built.release.bucket_prefix, regions, owner, may_create=create_buckets)
    # the templates are in both folders, under one key
    files = {file.path: file for file in built.files}.values()
    wanted = [Upload(bucket, f"{_folder(built)}{file.path}", file) for bucket in code_buckets for file in files]
    to_check = [upload for upload in wanted if upload.bucket.exists]
    checked = _in_parallel(partial(_is_uploaded, aws), to_check)
    uploaded = {upload for upload, is_uploaded in checked if is_uploaded}
    uploads = tuple(upload for upload in wanted if upload not in uploaded)
    return PublishPlan(built, tuple(code_buckets), uploads, len(wanted))


def execute(aws: Aws, publish_plan: PublishPlan, on_event: OnEvent) -> None:
    """Do what the plan says. If interrupted, run it again: what was uploaded is not uploaded again."""
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


def _is_uploaded(aws: Aws, upload: Upload) -> bool:
    """Whether the bucket contains the file already, whoever uploaded it.

    Our own uploads have a SHA-256. Other tools choose other checksums; without a customer key the ETag of a
    single-part upload is its MD5. Any other ETag only means that the file is uploaded again.
    """
    bucket = upload.bucket
    try:
        head = call(
            aws.client("s3", bucket.region).head_object,
            f"Checking s3://{bucket.name}/{upload.key}",
            bucket.region,
            Bucket=bucket.name,
            Key=upload.key,
            ExpectedBucketOwner=bucket.owner,
            ChecksumMode="ENABLED",
        )
    except AwsError as error:
        if error.code in OBJECT_NOT_THERE:
            return False
        raise
    if "ChecksumSHA256" in head:
        return bool(head["ChecksumSHA256"] == upload.sha256)
    return bool(head["ETag"].strip('"') == upload.file.md5)


def _put(aws: Aws, built: BuiltRelease, upload: Upload) -> None:
    """Upload one file; S3 rejects it if the bytes that arrive are not the bytes that were built."""
    bucket = upload.bucket
    answer = call(
        aws.client("s3", bucket.region).put_object,
        f"Uploading s3://{bucket.name}/{upload.key}",
        bucket.region,
        Bucket=bucket.name,
        Key=upload.key,
        Body=content(built, upload.file),
        ContentType=upload.file.content_type,
        ChecksumAlgorithm="SHA256",
        ChecksumSHA256=upload.sha256,
        ExpectedBucketOwner=bucket.owner,
    )
    # S3 returns the checksum that it verified; if it is missing, check the object
    if answer.get("ChecksumSHA256") != upload.sha256 and not _is_uploaded(aws, upload):
        raise MraaError(
            f"s3://{bucket.name}/{upload.key} is not what was uploaded.",
            "Publish again; if it fails again, the service at AWS_ENDPOINT_URL does not verify uploads.",
        )


def _in_parallel(work: Callable[[Upload], Answer], uploads: Sequence[Upload]) -> Iterator[tuple[Upload, Answer]]:
    """Each upload with the result of ``work``, as they finish. The first error cancels what has not started."""
    with ThreadPoolExecutor(_WORKERS) as pool:
        futures = {pool.submit(work, upload): upload for upload in uploads}
        try:
            for future in as_completed(futures):
                yield futures[future], future.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _folder(built: BuiltRelease) -> str:
    return f"{built.release.solution_name}/{built.release.version}/"
