"""Upload a built release to one bucket per Region: only what changed, each object verified by its checksum.

Nothing is ever deleted: a stack that rolls back requires the previous release's zips. Templates go last, and the main
template after the regional one that it names, so that nobody can launch an incomplete release.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from mraa.aws import Aws
from mraa.errors import MraaError
from mraa.events import Event, OnEvent, Progress
from mraa.objects import Objects, StoredObject
from mraa.release import buckets, manifest, transfers
from mraa.release.buckets import CodeBucket
from mraa.release.manifest import BuiltRelease, ReleaseFile, is_content_addressed

# larger files are sent as they are read: memory does not grow with them
_READ_WHOLE_BYTES = 1 << 20
_MB = 1_000_000


@dataclass(frozen=True)
class Upload:
    """One file that is missing from one bucket, or differs there: then it replaces what is there."""

    bucket: CodeBucket
    key: str
    file: ReleaseFile
    is_replacing: bool


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

    def uploads_to(self, bucket: CodeBucket) -> list[Upload]:
        """Those of one bucket."""
        return [upload for upload in self.uploads if upload.bucket == bucket]

    def lines(self) -> list[str]:
        """The plan for people."""
        lines = []
        for bucket in self.buckets:
            if not bucket.exists:
                lines.append(f"create bucket {bucket.name}: private, encrypted, versioned")
            else:
                lines += [f"{work} bucket {bucket.name}" for work in bucket.work]
        for bucket in self.buckets:
            if uploads := self.uploads_to(bucket):
                where, size = f"s3://{bucket.name}/{_folder(self.built)}", sum(upload.file.bytes for upload in uploads)
                replacing = sum(upload.is_replacing for upload in uploads)
                others = f", {replacing} of them in place of others" if replacing else ""
                lines.append(f"upload {len(uploads)} files ({size / 1000:.0f} kB) to {where}{others}")
        return lines


def plan(aws: Aws, built: BuiltRelease, regions: tuple[str, ...], *, create_buckets: bool) -> PublishPlan:
    """Find what the Regions' buckets lack. Reads only. UsageError for buckets that cannot take the release."""
    owner = aws.account_id(regions[0])
    code_buckets = buckets.inspect(aws, built.release.bucket_prefix, regions, owner, may_create=create_buckets)
    # the templates are in both folders, under one key
    files = list({file.path: file for file in built.files}.values())
    missing = dict.fromkeys(code_buckets, dict.fromkeys(files, False))

    def find_missing(bucket: CodeBucket) -> None:
        missing[bucket] = _missing(_objects(aws, bucket), _folder(built), files)

    transfers.in_parallel(find_missing, [[bucket] for bucket in code_buckets if bucket.exists])
    uploads = tuple(
        Upload(bucket, f"{_folder(built)}{file.path}", file, is_replacing)
        for bucket, lacks in missing.items()
        for file, is_replacing in lacks.items()
    )
    return PublishPlan(built, tuple(code_buckets), uploads, len(files) * len(code_buckets))


def execute(aws: Aws, publish_plan: PublishPlan, on_event: OnEvent) -> None:
    """Do what the plan says. If interrupted, run it again: what was uploaded is not uploaded again."""
    for bucket in publish_plan.buckets:
        buckets.make_ready(aws, bucket, on_event)
    waiting = list(filter(None, map(publish_plan.uploads_to, publish_plan.buckets)))
    stores = {uploads[0].bucket.name: _objects(aws, uploads[0].bucket) for uploads in waiting}
    sent = _Sent(publish_plan.uploads, on_event)

    def put(upload: Upload) -> None:
        _put(stores[upload.bucket.name], publish_plan.built, upload)
        sent.add(upload)

    for phase in _PHASES:
        batches = [[upload for upload in uploads if phase(upload.file.path)] for uploads in waiting]
        transfers.in_parallel(put, batches, sent.report)
    for uploads in waiting:
        bucket, size = uploads[0].bucket, sum(upload.file.bytes for upload in uploads)
        text = f"uploaded {len(uploads)} files, {size / _MB:.1f} MB"
        on_event(Event(Progress.DONE, f"s3://{bucket.name}/{_folder(publish_plan.built)}", text, bucket.region))


def _is_launchable(path: str) -> bool:
    return path.endswith(".template") and not is_content_addressed(path)


# code and files, then the template that the main template names, then what a person launches
_PHASES: tuple[Callable[[str], bool], ...] = (
    lambda path: not path.endswith(".template"),
    is_content_addressed,
    _is_launchable,
)


class _Sent:
    """How much of the uploads is done, in files and bytes; threads add to it."""

    def __init__(self, uploads: Sequence[Upload], on_event: OnEvent) -> None:
        self._on_event = on_event
        self._total_files, self._total_bytes = len(uploads), sum(upload.file.bytes for upload in uploads)
        self._files = self._bytes = 0
        self._lock = threading.Lock()

    def add(self, upload: Upload) -> None:
        with self._lock:
            self._files += 1
            self._bytes += upload.file.bytes

    def report(self) -> None:
        text = f"{self._bytes / _MB:.1f} of {self._total_bytes / _MB:.1f} MB, files"
        self._on_event(Event(Progress.RUNNING, "uploaded", text, done=self._files, total=self._total_files))


def _objects(aws: Aws, bucket: CodeBucket) -> Objects:
    return Objects(aws, bucket.name, bucket.region, bucket.owner, connections=transfers.PER_BUCKET)


def _missing(objects: Objects, folder: str, files: Sequence[ReleaseFile]) -> dict[ReleaseFile, bool]:
    """The files that one bucket lacks, whoever uploaded the others, and whether it has another one in its place.

    One listing tells size and ETag of all. An ETag that is the file's MD5 proves that the file is there. Another one
    proves nothing, for it is no MD5 of an object in several parts or with a customer key: S3 is asked for that object's
    SHA-256. https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html
    """
    stored: Mapping[str, StoredObject] = dict(objects.listed(folder))
    missing = {file: folder + file.path in stored for file in files}
    doubtful = []
    for file in files:
        found = stored.get(folder + file.path)
        if found and found.bytes == file.bytes:
            if found.etag == file.md5:
                del missing[file]
            else:
                doubtful.append(file)

    def check(file: ReleaseFile) -> None:
        if objects.contains(folder + file.path, sha256=file.sha256, md5=file.md5):
            del missing[file]

    transfers.in_parallel(check, [doubtful])
    return missing


def _put(objects: Objects, built: BuiltRelease, upload: Upload) -> None:
    """Upload one file; S3 rejects it if the bytes that arrive are not the bytes that were built."""
    file = upload.file
    with manifest.opened(built, file) as stream:
        body = stream.read() if file.bytes <= _READ_WHOLE_BYTES else stream
        is_verified = objects.put(upload.key, body, sha256=file.sha256, content_type=file.content_type)
    # S3 returns the checksum that it verified; if it is missing, check the object
    if not is_verified and not objects.contains(upload.key, sha256=file.sha256, md5=file.md5):
        raise MraaError(
            f"s3://{upload.bucket.name}/{upload.key} is not what was uploaded.",
            "Publish again; if it fails again, the service at AWS_ENDPOINT_URL does not verify uploads.",
        )


def _folder(built: BuiltRelease) -> str:
    return f"{built.release.solution_name}/{built.release.version}/"
