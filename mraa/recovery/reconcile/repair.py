"""Repairing: copying to a Region what only the other one has, and never over anything that is there.

A record is put on the condition that there is none under its key, an object likewise (``If-None-Match: *``): whatever
arrived or was written meanwhile wins. An object's bytes are checked against the checksums of both sides. Conflicts,
and what was deleted on one side, are for people to decide and stay as they are.
"""

import base64
import hashlib
import json
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import IO, Any

from mraa.aws import OBJECT_NOT_THERE, Aws, Clock, translated
from mraa.errors import AwsError, UnreachableError
from mraa.events import Event, OnEvent, Progress
from mraa.recovery.models import RegionalFacts
from mraa.recovery.patience import patiently
from mraa.recovery.reconcile.discrepancies import Finding, Kind, Thing
from mraa.recovery.reconcile.merge import Key
from mraa.recovery.reconcile.recheck import read_items_of

_ATTEMPTS = 3
_CHUNK_BYTES = 1 << 20
_IN_MEMORY_BYTES = 16 << 20  # a photo; what is larger goes by way of a file
_CONDITION_CODES = ("ConditionalCheckFailedException", "PreconditionFailed", "412")

# what a client may set on an object, as GetObject tells and PutObject takes it
_HEADERS = ("ContentType", "CacheControl", "ContentDisposition", "ContentEncoding", "ContentLanguage", "Metadata")


class Worklist:
    """What is to be copied, on disk: it may be more than fits into memory. A context manager, written, then read."""

    def __init__(self) -> None:
        self._file: IO[str] = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - closed on exit
        self.counts: Counter[tuple[Thing, str]] = Counter()

    def __enter__(self) -> "Worklist":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, finding: Finding) -> None:
        """Take it in if copying can mend it."""
        if finding.kind is Kind.MISSING:
            self._file.write(json.dumps([finding.thing, finding.region, finding.key]) + "\n")
            self.counts[finding.thing, finding.region] += 1

    def __iter__(self) -> Iterator[tuple[Thing, str, Key]]:
        self._file.seek(0)
        for line in self._file:
            thing, region, key = json.loads(line)
            yield Thing(thing), region, tuple(key)


@dataclass
class Repaired:
    """What came of it. ``skipped``: there by now, or gone where it was; ``failed`` names what was refused."""

    copied: Counter[tuple[Thing, str]] = field(default_factory=Counter)
    skipped: int = 0
    failed: int = 0

    def document(self) -> dict[str, Any]:
        """For programs."""
        return {
            "copied": [
                {"thing": str(thing), "region": region, "count": number}
                for (thing, region), number in sorted(self.copied.items())
            ],
            "skipped": self.skipped,
            "failed": self.failed,
        }


@dataclass
class Repair:
    """Copies what a worklist names between the two Regions of ``facts``."""

    aws: Aws
    clock: Clock
    facts: Mapping[str, RegionalFacts]
    on_event: OnEvent

    def run(self, work: Iterable[tuple[Thing, str, Key]]) -> Repaired:
        """Copy one after the other; what cannot be copied is told and counted, and the rest goes on.

        Raises UnreachableError or CredentialsError as soon as a Region does not take part any more.
        """
        done = Repaired()
        for thing, region, key in work:
            copy = self._copy_record if thing is Thing.RECORD else self._copy_object
            target = self.facts[region]
            source = next(facts for facts in self.facts.values() if facts is not target)
            name = " ".join(key)
            try:
                is_copied = copy(source, target, key)
            except UnreachableError:
                raise
            except AwsError as error:
                done.failed += 1
                self.on_event(Event(Progress.FAILED, "repair", f"{thing} {name}", region, reason=error.message))
                continue
            if is_copied:
                done.copied[thing, region] += 1
                self.on_event(Event(Progress.DONE, "repair", f"{thing} {name} copied from {source.region}", region))
            else:
                done.skipped += 1
                self.on_event(Event(Progress.NOTE, "repair", f"{thing} {name} needs no copy any more", region))
        return done

    def _copy_record(self, source: RegionalFacts, target: RegionalFacts, key: Key) -> bool:
        item = read_items_of(self.aws, self.clock, source, [key]).get(key)
        if item is None:
            return False

        def put() -> None:
            with translated("Copying a record", target.region):
                self.aws.client("dynamodb", target.region).put_item(
                    TableName=target.key_value_store_table, Item=item, ConditionExpression="attribute_not_exists(pk)"
                )

        return self._is_done(put)

    def _copy_object(self, source: RegionalFacts, target: RegionalFacts, key: Key) -> bool:
        with tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES) as file:
            try:
                told, sha256 = patiently(self.clock, partial(self._fetch, source, key, file), attempts=_ATTEMPTS)
            except AwsError as error:
                if error.code in OBJECT_NOT_THERE:
                    return False
                raise
            headers = {name: told[name] for name in _HEADERS if told.get(name)}

            def put() -> None:
                file.seek(0)
                with translated(f"Copying the object {key[0]}", target.region):
                    self.aws.client("s3", target.region).put_object(
                        Bucket=target.object_store_bucket,
                        Key=key[0],
                        Body=file,
                        IfNoneMatch="*",
                        # S3 refuses it where other bytes arrive
                        ChecksumSHA256=sha256,
                        **headers,
                    )

            return self._is_done(put)

    def _fetch(self, source: RegionalFacts, key: Key, file: IO[bytes]) -> tuple[Mapping[str, Any], str]:
        """The object's bytes into ``file``; what S3 tells of it, and its SHA-256 in base64."""
        file.seek(0)
        file.truncate()
        sha256, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
        with translated(f"Reading the object {key[0]}", source.region):
            # botocore checks what it reads against the checksum that S3 keeps, where it keeps one
            told = self.aws.client("s3", source.region).get_object(
                Bucket=source.object_store_bucket, Key=key[0], ChecksumMode="ENABLED"
            )
            for chunk in told["Body"].iter_chunks(_CHUNK_BYTES):
                sha256.update(chunk)
                md5.update(chunk)
                file.write(chunk)
        etag = str(told["ETag"]).strip('"')
        # the ETag is the MD5 but for uploads in parts and for keys of a customer's own
        if "-" not in etag and told.get("ServerSideEncryption") in (None, "AES256") and etag != md5.hexdigest():
            raise AwsError(
                f"The object {key[0]} arrived from {source.region} with other bytes than S3 keeps.",
                code="ChecksumMismatch",
            )
        return told, base64.b64encode(sha256.digest()).decode()

    def _is_done(self, put: Any) -> bool:
        """True once put, False where something was there."""
        try:
            patiently(self.clock, put, attempts=_ATTEMPTS)
        except AwsError as error:
            if error.code in _CONDITION_CODES:
                return False
            raise
        return True
