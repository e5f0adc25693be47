"""The operators of a drill: each runs commands one after the other, may be killed in the midst of one, and is
interrupted (Ctrl-C) when the drill is over.

The commands are the tool's own runbooks, as ``mraa/cli/recovery_options.py`` runs them; only the terminal is left out.
"""

import json
import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from mraa.aws import Aws, Clock, call
from mraa.errors import MraaError
from mraa.recovery.models import RegionInfo, Step, SystemView
from mraa.recovery.regions.system import read_survivor, read_system
from mraa.recovery.retries import QUICK_ATTEMPTS, SURVIVOR_ATTEMPTS
from mraa.recovery.runbook.execute import Executor
from mraa.recovery.runbook.operator import Operator
from mraa.recovery.runbook.plan import runbooks
from mraa.sample.photos import PhotoSample
from mraa.settings import Settings
from tests.drills.chaos.schedule import Command, Invocation, Verb

PHOTOS = PhotoSample()
DRAIN_S, FORCED_DRAIN_S = 60.0, 1.0
# what the state function refuses, or could not finish, in so many words
_REFUSALS = {"StateConflict", "TransitionRefused", "HandOverIncomplete", "ChangeIncomplete", "StateChangeFailed"}
_REGION_DOWN = {"ServiceUnavailable"}


@dataclass(frozen=True)
class Outcome:
    """How a command ended: ``done``, ``refused`` (a clear error), ``interrupted``, ``killed``, or ``crashed``.

    ``mark`` is in ``updatedBy`` of every change that it made.
    """

    command: Command
    mark: str
    began_s: float
    ended_s: float
    ending: str
    text: str = ""


class _Killed(BaseException):
    """The process of the tool is gone: it sends nothing any more."""


class _Refused(Exception):
    """The state function's own refusal."""


class Console:
    """One operator's terminal: clients of its own, kept from drill to drill, and a way to be killed at a call."""

    def __init__(self, settings: Settings, infos: Mapping[str, RegionInfo], number: int) -> None:
        self.number = number
        self._settings = settings
        self._infos = infos
        self._calls_left: int | None = None
        self._aws = Aws()
        self._aws.on_call(self._count)

    def work(
        self, commands: Sequence[Command], mark: str, elapsed_s: Callable[[], float], over: threading.Event
    ) -> list[Outcome]:
        """Run the commands, each when its time has come and the one before has ended, until it is ``over``."""
        outcomes: list[Outcome] = []
        for number, command in enumerate(commands):
            if over.wait(max(0.0, command.at_s - elapsed_s())):
                break
            outcomes.append(self.run(command, f"{mark}-{self.number}-{number}", elapsed_s, over))
        return outcomes

    def run(
        self, command: Command, mark: str, elapsed_s: Callable[[], float], over: threading.Event | None = None
    ) -> Outcome:
        """Run one command; however it ends, it is an outcome."""
        began_s, ending, text = elapsed_s(), "done", ""
        clock = _interruptible(over) if over else Clock()
        self._calls_left = command.dies_at if isinstance(command, Verb) and command.dies_at else None
        try:
            if isinstance(command, Invocation):
                self._invoke(command, mark)
            else:
                self._execute(command, mark, clock)
        except (MraaError, _Refused) as error:
            ending, text = "refused", str(error)
        except KeyboardInterrupt:
            ending = "interrupted"
        except _Killed:
            ending = "killed"
        except Exception:  # noqa: BLE001 - whatever it is, it is what the drill looks for
            ending, text = "crashed", traceback.format_exc()
        self._calls_left = None
        return Outcome(command, mark, began_s, elapsed_s(), ending, text)

    def _execute(self, verb: Verb, mark: str, clock: Clock) -> None:
        if verb.is_unplanned:
            survivor = read_survivor(self._aws, self._settings, clock, attempts=SURVIVOR_ATTEMPTS)
            assert survivor.info is not None, "a survivor that cannot be read raises"
            steps, infos = runbooks.plan_unplanned_failover(survivor), {survivor.region: survivor.info}
        else:
            system = read_system(self._aws, self._settings, clock, PHOTOS, attempts=QUICK_ATTEMPTS)
            steps, infos = _PLANS[verb.name](verb)(system), system.infos
        operator = Operator(f"operator {self.number}", mark)
        drain_s = FORCED_DRAIN_S if verb.is_forced else DRAIN_S
        Executor(self._aws, PHOTOS, infos, operator, clock, lambda _: None, drain_timeout_s=drain_s).run(steps)

    def _invoke(self, by_hand: Invocation, mark: str) -> None:
        info = self._infos[by_hand.region]
        payload: dict[str, Any] = {
            "AppId": info.app_id,
            "TableName": info.app_config_table,
            "NewState": by_hand.state,
            "Authority": by_hand.authority,
            "Force": by_hand.is_forced,
            "RequestedBy": f"by hand [{mark}]",
        }
        client, name = self._aws.client("lambda", info.region), info.app_state_updater_function
        answer = call(
            client.invoke, f"Invoking {name}", info.region, FunctionName=name, Payload=json.dumps(payload).encode()
        )
        if not answer.get("FunctionError"):
            return
        error = json.loads(answer["Payload"].read())
        said = f"{error.get('errorType', '')}: {error.get('errorMessage', '')}"
        if error.get("errorType") in _REFUSALS | _REGION_DOWN or "timed out" in said:
            raise _Refused(said)
        raise AssertionError(f"the state function raised {said}")

    def _count(self, *_: str) -> None:
        if self._calls_left is None:
            return
        self._calls_left -= 1
        if self._calls_left <= 0:
            raise _Killed


def _interruptible(over: threading.Event) -> Clock:
    """Sleeping ends with Ctrl-C, once, when it is ``over``: the tool cleans up after it and may sleep again."""
    interrupted = threading.Event()

    def sleep(seconds: float) -> None:
        if interrupted.is_set():
            time.sleep(seconds)
        elif over.wait(seconds):
            interrupted.set()
            raise KeyboardInterrupt

    return Clock(sleep=sleep)


_Plan = Callable[[SystemView], list[Step]]
_PLANS: Mapping[str, Callable[[Verb], _Plan]] = {
    "fence": lambda verb: runbooks.plan_fence,
    "unfence": lambda verb: runbooks.plan_unfence,
    "failover": lambda verb: partial(runbooks.plan_failover, is_forced=verb.is_forced),
    "failback": lambda verb: partial(runbooks.plan_failback, is_forced=verb.is_forced, is_reconciled=True),
}
