"""Repairing: copying to a Region what only the other one has, and never over anything that exists.

A record is put on the condition that none exists under its key, an object likewise (``If-None-Match: *``): whatever
arrived or was written meanwhile wins. An object's bytes are checked against the checksums of both sides. Conflicts,
and what was deleted on one side, are for people to decide and stay as they are.

A copy is a later write than its source, so where the last writer wins it would win over a change, or a deletion, that
was made while it was being copied: each record is read again once it is copied, and the change is copied too.
"""

import base64
import hashlib
import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import IO, Any

from mraa.aws import OBJECT_NOT_THERE, Aws, Clock, call
from mraa.errors import AwsError, UnreachableError
from mraa.events import Event, OnEvent, Progress
from mraa.recovery.application import Application
from mraa.recovery.models import Key, RegionInfo, Table
from mraa.recovery.reconcile.discrepancies import Discrepancy, Kind, Thing
from mraa.recovery.reconcile.recheck import is_record_deleted, read_items_of
from mraa.recovery.reconcile.scan import typed_key
from mraa.recovery.regions.buckets import bucket_pairs
from mraa.recovery.retries import ATTEMPTS

_CHUNK_BYTES = 1 << 20
_IN_MEMORY_BYTES = 16 << 20  # what is larger goes by way of a file
_CONDITION_CODES = ("ConditionalCheckFailedException", "PreconditionFailed", "412")

# what a client may set on an object, as GetObject returns and PutObject takes it
_HEADERS = ("ContentType", "CacheControl", "ContentDisposition", "ContentEncoding", "ContentLanguage", "Metadata")


@dataclass(frozen=True)
class MissingThing:
    """One record or object to copy to ``region``; ``store`` is its table, or its bucket in that Region."""

    thing: Thing
    region: str
    store: Table | str
    key: Key


class Worklist:
    """What is to be copied, on disk: it may be more than fits into memory. A context manager, written, then read."""

    def __init__(self) -> None:
        self._file: IO[str] = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - closed on exit
        self._tables: dict[str, Table] = {}
        self.counts: Counter[tuple[Thing, str]] = Counter()

    def __enter__(self) -> "Worklist":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, discrepancy: Discrepancy) -> None:
        """Add it if copying fixes it."""
        if discrepancy.kind is Kind.MISSING:
            if isinstance(discrepancy.store, Table):
                self._tables[discrepancy.store.name] = discrepancy.store
            entry = [discrepancy.thing, discrepancy.region, discrepancy.store_name, discrepancy.key]
            self._file.write(json.dumps(entry) + "\n")
            self.counts[discrepancy.thing, discrepancy.region] += 1

    def __iter__(self) -> Iterator[MissingThing]:
        self._file.seek(0)
        for line in self._file:
            thing, region, store, key = json.loads(line)
            yield MissingThing(
                Thing(thing), region, self._tables[store] if thing == Thing.RECORD else store, tuple(key)
            )


@dataclass
class CopyResult:
    """``skipped``: it exists by now, or is gone from the source; ``failed``: refused, and reported one by one."""

    copied: Counter[tuple[Thing, str]] = field(default_factory=Counter)
    skipped: int = 0
    failed: int = 0

    def document(self) -> dict[str, Any]:
        """For programs."""
        return {
            "copied": [
                {"thing": thing, "region": region, "count": number}
                for (thing, region), number in sorted(self.copied.items())
            ],
            "skipped": self.skipped,
            "failed": self.failed,
        }


@dataclass
class Copier:
    """Copies what a worklist names between the two Regions of ``infos``."""

    aws: Aws
    clock: Clock
    application: Application
    infos: Mapping[str, RegionInfo]
    on_event: OnEvent

    def run(self, work: Iterable[MissingThing]) -> CopyResult:
        """Copy one after the other; what cannot be copied is reported and counted, and the rest continues.

        Raises UnreachableError or CredentialsError as soon as a Region does not take part any more.
        """
        done = CopyResult()
        for missing in work:
            copy = self._copy_record if missing.thing is Thing.RECORD else self._copy_object
            target = self.infos[missing.region]
            source = self.infos[target.other_region]
            name, region = f"{missing.thing} {' '.join(missing.key)}", missing.region
            try:
                is_copied = copy(source, target, missing)
            except UnreachableError:
                raise
            except AwsError as error:
                done.failed += 1
                self.on_event(Event(Progress.FAILED, "repair", name, region, reason=error.message))
                continue
            if is_copied:
                done.copied[missing.thing, region] += 1
                self.on_event(Event(Progress.DONE, "repair", f"{name} copied from {source.region}", region))
            else:
                done.skipped += 1
                self.on_event(Event(Progress.NOTE, "repair", f"{name} needs no copy any more", region))
        return done

    def _copy_record(self, source: RegionInfo, target: RegionInfo, missing: MissingThing) -> bool:
        table, key = missing.store, missing.key
        assert isinstance(table, Table), "a record is in a table"

        def read() -> dict[str, Any] | None:
            return read_items_of(self.aws, self.clock, source, table, [key]).get(key)

        copied: dict[str, Any] | None = None
        while (item := read()) != copied and self._replace(target, table, key, copied, item):
            copied = item
        return copied is not None

    def _replace(
        self, target: RegionInfo, table: Table, key: Key, old: dict[str, Any] | None, new: dict[str, Any] | None
    ) -> bool:
        """Put ``new`` where ``old`` is; None is nothing. False if something else is there."""
        client = self.aws.client("dynamodb", target.region)
        names, values = {"#key": table.key[0].name}, {}
        condition = "attribute_not_exists(#key)"
        if old is not None:
            names = {f"#{number}": name for number, name in enumerate(old)}
            values = {"ExpressionAttributeValues": {f":{number}": value for number, value in enumerate(old.values())}}
            condition = " AND ".join(f"#{number} = :{number}" for number in range(len(old)))
        return self._is_put(
            client.delete_item if new is None else client.put_item,
            "Copying a record",
            target.region,
            TableName=table.name,
            **({"Key": typed_key(table, key)} if new is None else {"Item": new}),
            ConditionExpression=condition,
            ExpressionAttributeNames=names,
            **values,
        )

    def _copy_object(self, source: RegionInfo, target: RegionInfo, missing: MissingThing) -> bool:
        bucket, key = str(missing.store), missing.key[0]
        if is_record_deleted(self.aws, self.clock, self.application, self.infos, target, bucket, missing.key):
            return False
        source_bucket = {there: here for here, there in bucket_pairs(self.application, source, target)}[bucket]
        with tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES) as file:
            fetch, doing = partial(self._fetch, source, source_bucket, key, file), f"Reading the object {key}"
            try:
                found, sha256 = call(fetch, doing, source.region, attempts=ATTEMPTS, clock=self.clock)
            except AwsError as error:
                if error.code in OBJECT_NOT_THERE:
                    return False
                raise
            headers = {name: found[name] for name in _HEADERS if found.get(name)}
            put_object = self.aws.client("s3", target.region).put_object

            def put() -> None:
                file.seek(0)
                # S3 refuses it if other bytes arrive
                put_object(Bucket=bucket, Key=key, Body=file, IfNoneMatch="*", ChecksumSHA256=sha256, **headers)

            return self._is_put(put, f"Copying the object {key}", target.region)

    def _fetch(self, source: RegionInfo, bucket: str, key: str, file: IO[bytes]) -> tuple[Mapping[str, Any], str]:
        """The object's bytes into ``file``; what S3 returns with it, and its SHA-256 in base64."""
        file.seek(0)
        file.truncate()
        sha256, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
        # botocore checks what it reads against the checksum that S3 keeps, if it keeps one
        found = self.aws.client("s3", source.region).get_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED")
        for chunk in found["Body"].iter_chunks(_CHUNK_BYTES):
            sha256.update(chunk)
            md5.update(chunk)
            file.write(chunk)
        etag = str(found["ETag"]).strip('"')
        # the ETag is the MD5 except for multipart uploads and for customer keys
        if "-" not in etag and found.get("ServerSideEncryption") in (None, "AES256") and etag != md5.hexdigest():
            raise AwsError(
                f"The object {key} arrived from {source.region} with other bytes than S3 keeps.",
                "Nothing was written. Run the repair again.",
                code="ChecksumMismatch",
            )
        return found, base64.b64encode(sha256.digest()).decode()

    def _is_put(self, put: Callable[..., Any], doing: str, region: str, **arguments: Any) -> bool:
        """True once put, False if something exists under its key."""
        try:
            call(put, doing, region, attempts=ATTEMPTS, clock=self.clock, **arguments)
        except AwsError as error:
            if error.code in _CONDITION_CODES:
                return False
            raise
        return True
