"""The load of a drill: writers at both Regions' APIs, as clients that know nothing of fences would be.

They comment on a photo that has no record, so nothing of it shows in a gallery.
"""

import random
import threading
import urllib.parse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from mraa.aws import ApiAnswer, Aws, Clock
from mraa.errors import MraaError
from mraa.recovery.drill.ledger import Fate, Ledger, Sighting, Write
from mraa.recovery.models import RegionalFacts
from mraa.recovery.regions.ids import uuid7

_TIMEOUT_S = 5
_LOOK_EVERY_S = 0.25


class Load:
    """Writers and a watcher for each Region, in threads. ``begun_at`` is the drill's zero on ``clock.monotonic``."""

    def __init__(self, aws: Aws, clock: Clock, ledger: Ledger, begun_at: float, photo_id: str, seed: int) -> None:
        self._aws = aws
        self._clock = clock
        self._ledger = ledger
        self._begun_at = begun_at
        self._photo_id = photo_id
        self._seed = seed
        self._stop = threading.Event()

    @contextmanager
    def on(self, regions: Sequence[RegionalFacts], writers: int, rate: float) -> Iterator[None]:
        """Write at ``rate`` a second and Region, by ``writers`` threads each, while the block runs."""
        threads = [
            threading.Thread(target=self._write, args=(facts, number, writers / rate), daemon=True)
            for facts in regions
            for number in range(writers)
        ]
        threads += [threading.Thread(target=self._watch, args=(facts,), daemon=True) for facts in regions]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stop.set()
            for thread in threads:
                thread.join(2 * _TIMEOUT_S)

    def _write(self, facts: RegionalFacts, number: int, pause_s: float) -> None:
        dice = random.Random(f"{self._seed}/{facts.region}/{number}")  # noqa: S311 - a load, not a secret
        path = f"comments/{urllib.parse.quote(self._photo_id)}"
        while not self._stop.wait(pause_s * dice.uniform(0.5, 1.5)):
            write_id = uuid7(self._clock.now())
            body = {"commentId": write_id, "user": "drill", "message": f"written in {facts.region} by {number}"}
            sent_at = self._elapsed()
            try:
                answer = self._aws.api_request(
                    "POST", facts.region, facts.photos_api_id, path, body, timeout_s=_TIMEOUT_S
                )
                fate, reason = fate_of(answer)
            except MraaError as error:
                fate, reason = Fate.UNKNOWN, type(error).__name__
            self._ledger.note(Write(write_id, facts.region, sent_at, self._elapsed(), fate, reason))

    def _watch(self, facts: RegionalFacts) -> None:
        while not self._stop.wait(_LOOK_EVERY_S):
            sighting = Sighting(self._elapsed(), facts.region)
            try:
                answer = self._aws.api_request(
                    "GET", facts.region, facts.routing_layer_api_id, f"state/{facts.app_id}", timeout_s=2
                )
                if answer.status == 200 and isinstance(answer.body, dict) and type(answer.body.get("epoch")) is int:
                    sighting = Sighting(
                        self._elapsed(),
                        facts.region,
                        str(answer.body.get("state")),
                        str(answer.body.get("writableRegion")),
                        answer.body["epoch"],
                    )
            except MraaError:
                pass
            self._ledger.note(sighting)

    def _elapsed(self) -> float:
        return self._clock.monotonic() - self._begun_at


def fate_of(answer: ApiAnswer) -> tuple[Fate, str]:
    """What an answer says of a write, and in which word."""
    error = answer.body.get("error") if isinstance(answer.body, dict) else None
    code = str(error.get("code", answer.status)) if isinstance(error, dict) else str(answer.status)
    if answer.status == 200:
        return Fate.ACKNOWLEDGED, ""
    if answer.status == 409 and code == "RegionFenced":
        return Fate.REFUSED, code
    return Fate.UNKNOWN, code
