"""What `mraa demo` checks before its drill: text is returned as it was sent, and objects are replicated both ways.

Writes go through both Regions' public APIs, signed, as a client's would.
"""

import os
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass, field

from mraa.aws import ApiAnswer, Aws, Clock, call
from mraa.errors import MraaError
from mraa.events import Event, OnEvent, Progress
from mraa.recovery.models import Fate, RegionInfo
from mraa.recovery.regions.ids import uuid7
from mraa.sample import photos

REPLICATION_LIMIT_S = 20.0
TEXT = 'quotes " and \\, a line\nbreak, an emoji 🛰 and x"}, "user": {"S": "ADMIN'


@dataclass
class Rehearsal:
    """Two Regions, and what was acknowledged by them."""

    aws: Aws
    primary: RegionInfo
    secondary: RegionInfo
    on_event: OnEvent
    clock: Clock = field(default_factory=Clock)
    photo_id: str = ""
    acknowledged: list[str] = field(default_factory=list)

    def run(self) -> None:
        """Run it all; raises MraaError at the first thing that is not as promised."""
        self.photo_id = uuid7(self.clock.now())
        self.expect_writes_in_primary_alone()
        for info in (self.primary, self.secondary):
            self.expect_comments_in(info)
        self.expect_object_copied(self.primary, self.secondary)
        self.expect_object_copied(self.secondary, self.primary)

    def expect_writes_in_primary_alone(self) -> None:
        """A comment must be accepted by the primary and refused as RegionFenced by the secondary."""
        for info in (self.primary, self.secondary):
            comment_id = uuid7(self.clock.now())
            answer = photos.post_comment(self.aws, info, self.photo_id, comment_id, "rehearsal", TEXT)
            fate, _ = photos.fate_of(answer)
            if info is self.primary:
                self._require(fate is Fate.ACKNOWLEDGED, "a write", info, answer)
                self.acknowledged.append(comment_id)
            else:
                self._require(fate is Fate.REFUSED, "a write that the fence must refuse", info, answer)
        self._done("writes", f"accepted by {self.primary.region}, refused by {self.secondary.region}")

    def expect_comments_in(self, info: RegionInfo) -> None:
        """Every acknowledged comment must be readable in this Region, exactly as it was sent."""
        answer = ApiAnswer(0, None)
        path = f"comments/{urllib.parse.quote(self.photo_id)}"

        def arrived() -> bool:
            nonlocal answer
            answer = self.aws.api_request("GET", info.region, photos.api_id(info), path)
            texts = {c["commentId"]: c["message"] for c in answer.body["comments"]} if answer.status == 200 else {}
            return all(texts.get(comment_id) == TEXT for comment_id in self.acknowledged)

        self._require(self._wait(arrived), "reading the acknowledged writes", info, answer)
        self._done("reads", f"{len(self.acknowledged)} acknowledged writes readable", info.region)

    def expect_object_copied(self, source: RegionInfo, target: RegionInfo) -> None:
        """An object put into one Region's bucket must appear in the other's; removed again from both."""
        content = os.urandom(64)
        s3, target_s3 = (self.aws.client("s3", info.region) for info in (source, target))
        key = photos.OBJECT_PREFIX + uuid7(self.clock.now())
        here, there = source.object_store_bucket, target.object_store_bucket
        call(s3.put_object, "Putting an object", source.region, Bucket=here, Key=key, Body=content)

        def read() -> bool:
            listed = target_s3.list_objects_v2(Bucket=there, Prefix=key).get("Contents", [])
            return bool(listed) and target_s3.get_object(Bucket=there, Key=key)["Body"].read() == content

        is_copied = self._wait(lambda: call(read, "Reading an object", target.region))
        self._require(is_copied, "the copy of an object", target, ApiAnswer(0, None))
        self._done("objects", f"an object put in {source.region} was replicated", target.region)
        call(s3.delete_object, "Deleting an object", source.region, Bucket=here, Key=key)

    def _wait(self, condition: Callable[[], bool]) -> bool:
        deadline = self.clock.monotonic() + REPLICATION_LIMIT_S
        while not condition():
            if self.clock.monotonic() > deadline:
                return False
            self.clock.sleep(0.1)
        return True

    def _require(self, is_met: bool, what: str, info: RegionInfo, answer: ApiAnswer) -> None:
        if not is_met:
            raise MraaError(
                f"Rehearsal: {what} failed in {info.region} (answer {answer.status}: {answer.body}).",
                "See the API's and the function's logs in this Region.",
            )

    def _done(self, subject: str, text: str, region: str = "") -> None:
        self.on_event(Event(Progress.DONE, subject, text, region))
