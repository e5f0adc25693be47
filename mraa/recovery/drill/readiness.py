"""What must hold before a drill changes anything, besides a healthy system: writes are accepted."""

from collections.abc import Collection, Mapping

from mraa.errors import MraaError, NotReadyError
from mraa.events import Progress
from mraa.recovery.application import Workload
from mraa.recovery.drill.cleanup import DrillData
from mraa.recovery.drill.load import TIMEOUT_S, Sent
from mraa.recovery.drill.target import Target
from mraa.recovery.models import Fate, RegionInfo
from mraa.recovery.regions.ids import uuid7

_POLL_S = 0.2
_WARM_UP_S = 60.0
_WRITE_S = 10.0  # a conflict or a throttled call is over by then


def warm_up(target: Target, infos: Mapping[str, RegionInfo]) -> None:
    """A first request meets a cold start, which is not what a drill should measure."""
    clock = target.clock
    for info in infos.values():
        until = clock.monotonic() + _WARM_UP_S
        while (problem := target.application.problem(target.aws, info)) and clock.monotonic() < until:
            target.say(Progress.RUNNING, f"warming up: {problem}", info.region)
            clock.sleep(_POLL_S)


def require_writes(target: Target, data: DrillData, infos: Mapping[str, RegionInfo], run_id: str) -> None:
    """Each application must accept a write in the primary Region, have it read back, and remove it again.

    NotReadyError otherwise; nothing is left behind.
    """
    for workload in target.workloads:
        for info in infos.values():
            if refusal := workload.refusal(info):
                raise NotReadyError(
                    f"A drill of {workload.name} is not possible: in {info.region} {refusal}.", "Nothing was changed."
                )
        Trial(target, data, workload, infos[target.primary], run_id).run()


class Trial:
    """Writes to one application before its drill, to see that all of it works."""

    def __init__(self, target: Target, data: DrillData, workload: Workload, info: RegionInfo, run_id: str) -> None:
        self._target, self._data, self._workload, self._info, self._run_id = target, data, workload, info, run_id
        self._clock = target.clock
        self._ids: set[str] = set()
        self._unanswered: dict[Sent, float] = {}

    def run(self) -> None:
        """NotReadyError unless a write is accepted, is there then, and is gone once it was removed."""
        until = self._clock.monotonic() + _WRITE_S
        try:
            while problem := self._problem_of_a_write():
                if self._clock.monotonic() > until:
                    where = f"{self._info.region} ({self._info.role}) should accept writes"
                    raise self._not_ready(f"{where} to {self._workload.name}, and does not: {problem}")
                self._clock.sleep(_POLL_S)
        finally:
            self._data.wait_for(self._run_id, self._unanswered)
            self._data.remove_writes(self._run_id, {self._workload.name: frozenset(self._ids)})
        if self._found(self._ids):
            raise self._not_ready(f"what it writes to {self._workload.name} is still there after its removal")

    def _problem_of_a_write(self) -> str:
        """Try one; empty if it was acknowledged and can be told from one that was never sent."""
        write_id, sent_at = uuid7(self._clock.now()), self._clock.monotonic()
        self._ids.add(write_id)
        try:
            fate, reason = self._workload.write(
                self._target.aws, self._info, self._run_id, write_id, "before the drill", TIMEOUT_S
            )
        except MraaError as error:
            self._unanswered[self._workload.name, write_id] = sent_at
            return error.message.rstrip(".")
        if fate is not Fate.ACKNOWLEDGED:
            return f"a write was {fate} ({reason})"
        never_sent = uuid7(self._clock.now())
        found = self._found({write_id, never_sent})
        if never_sent in found:
            raise self._not_ready(
                f"{self._workload.name} answers for a record that was never written as for one that was"
            )
        return "" if write_id in found else "what was acknowledged cannot be read"

    def _found(self, ids: Collection[str]) -> frozenset[str]:
        return self._workload.written_ids(self._target.aws, self._clock, self._info, self._run_id, ids)

    def _not_ready(self, why: str) -> NotReadyError:
        return NotReadyError(
            f"A drill requires a healthy system: {why}.",
            "Nothing was changed. See the API's and the function's logs in this Region.",
        )
