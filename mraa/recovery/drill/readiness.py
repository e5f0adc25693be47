"""What must hold before a drill changes anything, besides a healthy system: the Region that writes accepts a write."""

from collections.abc import Mapping

from mraa.errors import MraaError, NotReadyError
from mraa.events import Progress
from mraa.recovery.drill.cleanup import DrillData
from mraa.recovery.drill.load import TIMEOUT_S
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


def require_writes(target: Target, data: DrillData, info: RegionInfo, run_id: str) -> None:
    """One write must be acknowledged; NotReadyError otherwise. What was written is removed again."""
    clock = target.clock
    until = clock.monotonic() + _WRITE_S
    unanswered: dict[str, float] = {}
    try:
        while problem := _problem_of_a_write(target, info, run_id, unanswered):
            if clock.monotonic() > until:
                raise NotReadyError(
                    f"A drill requires a healthy system: {info.region} ({info.role}) should accept writes, and does "
                    f"not: {problem}.",
                    "Nothing was changed. See the API's and the function's logs in this Region.",
                )
            clock.sleep(_POLL_S)
    finally:
        data.wait_for(run_id, unanswered)
        data.remove_writes(run_id)


def _problem_of_a_write(target: Target, info: RegionInfo, run_id: str, unanswered: dict[str, float]) -> str:
    """Try one; empty if it was acknowledged."""
    write_id, sent_at = uuid7(target.clock.now()), target.clock.monotonic()
    try:
        fate, reason = target.application.write(target.aws, info, run_id, write_id, "before the drill", TIMEOUT_S)
    except MraaError as error:
        unanswered[write_id] = sent_at
        return error.message.rstrip(".")
    return "" if fate is Fate.ACKNOWLEDGED else f"a write was {fate} ({reason})"
