"""What `mraa demo` looks at before its drill: text comes back as it was sent, and objects are copied both ways.

Writes go through both Regions' public APIs, signed, as a client's would.
"""

import os
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass, field

from mraa.aws import ApiAnswer, Aws, Clock, translated
from mraa.errors import MraaError
from mraa.events import Event, OnEvent, Progress
from mraa.recovery.models import RegionalFacts
from mraa.recovery.regions.ids import uuid7

REPLICATION_LIMIT_S = 20.0
TEXT = 'quotes " and \\, a line\nbreak, an emoji 🛰 and x"}, "user": {"S": "ADMIN'


@dataclass
class Rehearsal:
    """Two Regions, and what was acknowledged by them."""

    aws: Aws
    primary: RegionalFacts
    secondary: RegionalFacts
    on_event: OnEvent
    clock: Clock = field(default_factory=Clock)
    photo_id: str = ""
    acknowledged: list[str] = field(default_factory=list)

    def run(self) -> None:
        """Run it all; raises MraaError at the first thing that is not as promised."""
        self.photo_id = uuid7(self.clock.now())
        self.expect_writes_in_primary_alone()
        for facts in (self.primary, self.secondary):
            self.expect_comments_in(facts)
        self.expect_object_copied(self.primary, self.secondary)
        self.expect_object_copied(self.secondary, self.primary)

    def expect_writes_in_primary_alone(self) -> None:
        """A comment must be accepted by the primary and refused as RegionFenced by the secondary."""
        for facts in (self.primary, self.secondary):
            comment_id = uuid7(self.clock.now())
            body = {"commentId": comment_id, "user": "rehearsal", "message": TEXT}
            answer = self.aws.api_request("POST", facts.region, facts.photos_api_id, f"comments/{self.photo_id}", body)
            if facts is self.primary:
                self._require(answer.status == 200, "a write", facts, answer)
                self.acknowledged.append(comment_id)
            else:
                code = answer.body.get("error", {}).get("code") if isinstance(answer.body, dict) else None
                is_refused = answer.status == 409 and code == "RegionFenced"
                self._require(is_refused, "a write that the fence must refuse", facts, answer)
        self._done("writes", f"accepted by {self.primary.region}, refused by {self.secondary.region}")

    def expect_comments_in(self, facts: RegionalFacts) -> None:
        """Every acknowledged comment must be readable in this Region, exactly as it was sent."""
        answer = ApiAnswer(0, None)

        def arrived() -> bool:
            nonlocal answer
            answer = self._comments(facts)
            texts = {c["commentId"]: c["message"] for c in answer.body["comments"]} if answer.status == 200 else {}
            return all(texts.get(comment_id) == TEXT for comment_id in self.acknowledged)

        self._require(self._wait(arrived), "reading the acknowledged writes", facts, answer)
        self._done("reads", f"{len(self.acknowledged)} acknowledged writes readable", facts.region)

    def expect_object_copied(self, source: RegionalFacts, target: RegionalFacts) -> None:
        """An object put into one Region's bucket must appear in the other's; removed again from both."""
        key = f"public/{uuid7(self.clock.now())}"
        content = os.urandom(64)
        with translated("Putting an object", source.region):
            self.aws.client("s3", source.region).put_object(Bucket=source.object_store_bucket, Key=key, Body=content)
        target_s3 = self.aws.client("s3", target.region)

        def arrived() -> bool:
            with translated("Looking for an object", target.region):
                found = target_s3.list_objects_v2(Bucket=target.object_store_bucket, Prefix=key).get("Contents", [])
                return (
                    bool(found)
                    and target_s3.get_object(Bucket=target.object_store_bucket, Key=key)["Body"].read() == content
                )

        self._require(self._wait(arrived), "the copy of an object", target, ApiAnswer(0, None))
        self._done("objects", f"an object put in {source.region} is there", target.region)
        with translated("Deleting an object", source.region):
            self.aws.client("s3", source.region).delete_object(Bucket=source.object_store_bucket, Key=key)

    def _comments(self, facts: RegionalFacts) -> ApiAnswer:
        return self.aws.api_request(
            "GET", facts.region, facts.photos_api_id, f"comments/{urllib.parse.quote(self.photo_id)}"
        )

    def _wait(self, condition: Callable[[], bool]) -> bool:
        deadline = self.clock.monotonic() + REPLICATION_LIMIT_S
        while not condition():
            if self.clock.monotonic() > deadline:
                return False
            self.clock.sleep(0.1)
        return True

    def _require(self, is_met: bool, what: str, facts: RegionalFacts, answer: ApiAnswer) -> None:
        if not is_met:
            raise MraaError(f"Rehearsal: {what} failed in {facts.region} (answer {answer.status}: {answer.body}).")

    def _done(self, subject: str, text: str, region: str = "") -> None:
        self.on_event(Event(Progress.DONE, subject, text, region))
