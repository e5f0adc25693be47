"""The files in the buckets that CloudFront serves from: one in each Region, with the same content."""

import hashlib
import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from console_deployer.documents import UI_CONFIG, ManifestFile
from mraa_fence.retries import codes_of
from shared import buckets
from shared.aws import Client

FOLDER = "console/"
# outside the folder, so that CloudFront cannot read it: what was deployed last, absent while it is being deployed
DEPLOYED = "deployed.json"
_WORKERS = 8
_MARGIN_S = 10.0


class ReleaseDamaged(Exception):
    """A file of the release is missing, or not what its manifest says."""


class BucketMissing(Exception):
    """A bucket of the site was deleted."""


class OutOfTime(Exception):
    """Not enough time is left to continue; what was done does no harm."""


@dataclass(frozen=True)
class Site:
    """One Region's bucket, and the seconds left for the work. RegionUnreachable if that Region does not answer."""

    s3: Client
    bucket: str
    region: str
    remaining_s: Callable[[], float]

    def require_reachable(self) -> None:
        """Raise before anything is written. BucketMissing if somebody deleted the bucket."""
        with buckets.reaching(self.bucket, self.region):
            try:
                self.s3.head_bucket(Bucket=self.bucket)
            except ClientError as error:
                if codes_of(error)[0] != "404":
                    raise
                raise BucketMissing(
                    f"The bucket {self.bucket} in {self.region} does not exist. Create it in that Region, put the "
                    "policy that `mraa drift` prints, and run this again."
                ) from error

    def put(self, path: str, content: bytes, content_type: str, cache_control: str) -> None:
        """Write one file of the site."""
        self._require_time()
        with buckets.reaching(self.bucket, self.region):
            self.s3.put_object(
                Bucket=self.bucket,
                Key=FOLDER + path,
                Body=content,
                ContentType=content_type,
                CacheControl=cache_control,
            )

    def write_config(self, config: dict[str, Any]) -> None:
        """Write ``uiConfig.json``, which no cache may keep: it names the back end."""
        self.put(UI_CONFIG, json.dumps(config, indent=2).encode(), "application/json", "no-store")

    def remove_stale(self, files: Sequence[ManifestFile]) -> None:
        """Remove the files of earlier releases that this one does not contain."""
        kept = {FOLDER + path for path in (UI_CONFIG, *(file.path for file in files))}
        with buckets.reaching(self.bucket, self.region):
            pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=FOLDER)
            for page in list(pages):
                found = [{"Key": entry["Key"]} for entry in page.get("Contents", []) if entry["Key"] not in kept]
                self._require_time()
                if found:
                    buckets.delete_objects(self.s3, self.bucket, found)

    def has(self, deployed: bytes) -> bool:
        """Whether this was deployed last, completely and to both Regions."""
        try:
            return bytes(self.s3.get_object(Bucket=self.bucket, Key=DEPLOYED)["Body"].read()) == deployed
        except ClientError as error:
            if codes_of(error)[0] == "NoSuchKey":
                return False
            raise

    def begin(self) -> None:
        """Forget what was deployed last: from now on the site may be neither the old nor the new one."""
        self.s3.delete_object(Bucket=self.bucket, Key=DEPLOYED)

    def finish(self, deployed: bytes) -> None:
        """Note what was deployed, to both Regions."""
        self.s3.put_object(Bucket=self.bucket, Key=DEPLOYED, Body=deployed, ContentType="application/json")

    def _require_time(self) -> None:
        if self.remaining_s() < _MARGIN_S:
            raise OutOfTime("Not all files could be processed in time. Run it again to continue.")


def read(s3: Client, bucket: str, key: str) -> bytes:
    """A file of the release."""
    try:
        return bytes(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    except ClientError as error:
        raise ReleaseDamaged(f"s3://{bucket}/{key} of the release cannot be read: {error}") from error


def copy(s3: Client, source_bucket: str, source_prefix: str, files: list[ManifestFile], sites: Sequence[Site]) -> None:
    """Copy in parallel, each file verified, to ``sites``; pages last, so that none refers to a missing file."""

    def copy_file(file: ManifestFile) -> None:
        key = f"{source_prefix}/{FOLDER}{file.path}"
        content = read(s3, source_bucket, key)
        if hashlib.sha256(content).hexdigest() != file.sha256 or len(content) != file.bytes:
            raise ReleaseDamaged(f"s3://{source_bucket}/{key} does not match the manifest. Publish it again.")
        for site in sites:
            site.put(file.path, content, file.content_type, file.cache_control)

    for is_page in (False, True):
        with ThreadPoolExecutor(_WORKERS) as pool:
            list(pool.map(copy_file, [file for file in files if file.path.endswith(".html") is is_page]))
