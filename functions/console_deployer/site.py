"""The files in the bucket that CloudFront serves from."""

import hashlib
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from console_deployer.documents import UI_CONFIG, ManifestFile
from shared.aws import Client, codes_of

FOLDER = "console/"
_WORKERS = 8
_MARGIN_S = 10.0


class ReleaseDamaged(Exception):
    """A file of the release is missing, or not what its manifest says."""


class OutOfTime(Exception):
    """Not enough time is left to continue; what was done does no harm."""


class ObjectsLeft(Exception):
    """S3 did not delete all objects."""


@dataclass(frozen=True)
class Site:
    """The console bucket, and the seconds left for the work."""

    s3: Client
    bucket: str
    remaining_s: Callable[[], float]

    def copy(self, files: list[ManifestFile], source_bucket: str, source_prefix: str) -> None:
        """Copy in parallel, each file verified; pages last, so that none refers to a missing file."""

        def copy(file: ManifestFile) -> None:
            self._require_time()
            key = f"{source_prefix}/{FOLDER}{file.path}"
            content = self.read(source_bucket, key)
            if hashlib.sha256(content).hexdigest() != file.sha256 or len(content) != file.bytes:
                raise ReleaseDamaged(f"s3://{source_bucket}/{key} does not match the manifest. Publish it again.")
            self._put(file.path, content, file.content_type, file.cache_control)

        for is_page in (False, True):
            with ThreadPoolExecutor(_WORKERS) as pool:
                list(pool.map(copy, [file for file in files if file.path.endswith(".html") is is_page]))

    def read(self, bucket: str, key: str) -> bytes:
        """A file of the release."""
        try:
            return bytes(self.s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        except ClientError as error:
            raise ReleaseDamaged(f"s3://{bucket}/{key} of the release cannot be read: {error}") from error

    def write_config(self, config: dict[str, Any]) -> None:
        """Write ``uiConfig.json``, which no cache may keep: it names the back end."""
        self._put(UI_CONFIG, json.dumps(config, indent=2).encode(), "application/json", "no-store")

    def remove_stale(self, files: list[ManifestFile]) -> None:
        """Remove the files of earlier releases that this one does not contain."""
        kept = {FOLDER + path for path in (UI_CONFIG, *(file.path for file in files))}
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=FOLDER)
        for page in list(pages):
            found = [{"Key": entry["Key"]} for entry in page.get("Contents", [])]
            self._delete([entry for entry in found if entry["Key"] not in kept])

    def empty(self) -> None:
        """Delete every version of every object, so that the bucket can be deleted. No error if it does not exist."""
        try:
            while found := self._first_versions():
                self._delete(found)
        except ClientError as error:
            if codes_of(error)[0] != "NoSuchBucket":
                raise

    def _first_versions(self) -> list[dict[str, str]]:
        page = self.s3.list_object_versions(Bucket=self.bucket)
        entries = page.get("Versions", []) + page.get("DeleteMarkers", [])
        return [{"Key": entry["Key"], "VersionId": entry["VersionId"]} for entry in entries]

    def _put(self, path: str, content: bytes, content_type: str, cache_control: str) -> None:
        self.s3.put_object(
            Bucket=self.bucket, Key=FOLDER + path, Body=content, ContentType=content_type, CacheControl=cache_control
        )

    def _delete(self, objects: list[dict[str, str]]) -> None:
        """Delete a page of objects: at most 1000, as many as one call takes."""
        self._require_time()
        if objects:
            answer = self.s3.delete_objects(Bucket=self.bucket, Delete={"Objects": objects, "Quiet": True})
            for error in answer.get("Errors", []):
                raise ObjectsLeft(f"Objects in {self.bucket} could not be deleted: {error}")

    def _require_time(self) -> None:
        if self.remaining_s() < _MARGIN_S:
            raise OutOfTime("Not all files could be processed in time. Run it again to continue.")
