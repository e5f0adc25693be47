"""What a drill writes, and its removal.

A note of each drill is kept (``regions/notes.py``), so that the next drill finds and removes what a killed one left.
"""

from collections.abc import Callable, Mapping

from mraa.errors import NotReadyError
from mraa.events import Progress
from mraa.recovery.drill.load import Sent
from mraa.recovery.drill.target import Target
from mraa.recovery.models import RegionInfo
from mraa.recovery.regions.ids import created_at
from mraa.recovery.regions.notes import add_note, read_notes, remove_note

_STALE_S = 3600.0
_POLL_S = 0.5

# A write whose client has given up may still be carried out: API Gateway ends a request after 29 seconds
# (https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html)
_LANDS_WITHIN_S = 30.0


class DrillData:
    """What a drill wrote to its applications, in both Regions.

    ``maybe_written`` answers with the ids of all writes to a Region so far that may have been carried out, by
    application; of both Regions if it is empty.
    """

    def __init__(
        self,
        target: Target,
        infos: Mapping[str, RegionInfo],
        maybe_written: Callable[[str], Mapping[str, frozenset[str]]],
    ) -> None:
        self._target = target
        self._maybe_written = maybe_written
        self._aws, self._clock, self._application = target.aws, target.clock, target.application
        self._infos = infos
        self._primary = infos[target.primary]

    def begin(self, run_id: str) -> None:
        """Leave the note, in the primary Region."""
        if not add_note(self._aws, self._application, self._primary, run_id):
            self._target.say(Progress.NOTE, "no table to note it in: if it is killed, its data is left behind")

    def ids(
        self, region: str, run_id: str, *, written_to: str = "", besides: frozenset[str] = frozenset()
    ) -> frozenset[str]:
        """The ids of the writes that a Region's own replica has: at least of those to one Region, but for some.

        An application may have to be asked for each by itself, so nothing is asked for that is not needed.
        """
        written = self._maybe_written(written_to)
        return self._found(region, run_id, {name: ids - besides for name, ids in written.items()})

    def wait_for(self, run_id: str, unanswered: Mapping[Sent, float]) -> None:
        """Wait until each of these writes, by when it was sent, has arrived somewhere or cannot arrive any more."""
        is_said = False
        while True:
            since = self._clock.monotonic() - _LANDS_WITHIN_S
            pending = {sent for sent, sent_at in dict(unanswered).items() if sent_at > since}
            if pending:
                ids = {name: frozenset(write_id for of, write_id in pending if of == name) for name, _ in pending}
                arrived = frozenset().union(*(self._found(region, run_id, ids) for region in self._infos))
                pending = {sent for sent in pending if sent[1] not in arrived}
            if not pending:
                return
            if not is_said:
                writes = f"{len(pending)} write{'' if len(pending) == 1 else 's'}"
                text = f"{writes} got no answer and may still be carried out: waiting for them"
                self._target.say(Progress.RUNNING, text)
                is_said = True
            self._clock.sleep(_POLL_S)

    def remove(self, run_id: str) -> None:
        """Remove the writes and the note from both Regions, each from its own replica: replication may be behind."""
        self.remove_writes(run_id)
        for info in self._infos.values():
            remove_note(self._aws, self._application, info, run_id)

    def remove_writes(self, run_id: str, more: Mapping[str, frozenset[str]] | None = None) -> None:
        """Remove the writes alone; ``more`` are some that are not in the ledger.

        NotReadyError if no Region removes them.
        """
        written = self._maybe_written("")
        for workload in self._target.workloads:
            ids = written.get(workload.name, frozenset()) | (more or {}).get(workload.name, frozenset())
            refused = [workload.remove(self._aws, self._clock, info, run_id, ids) for info in self._infos.values()]
            if left := frozenset.intersection(*refused):
                raise NotReadyError(
                    f"{len(left)} writes of the drill are left in {workload.name}: no Region removes them.",
                    "Remove them by hand: drill.json has their ids.",
                )

    def _found(self, region: str, run_id: str, ids: Mapping[str, frozenset[str]]) -> frozenset[str]:
        return frozenset().union(
            *(
                workload.written_ids(
                    self._aws, self._clock, self._infos[region], run_id, ids.get(workload.name, frozenset())
                )
                for workload in self._target.workloads
            )
        )

    def sweep(self) -> None:
        """Remove what drills that were killed an hour ago or earlier have left."""
        for run_id in read_notes(self._aws, self._application, self._primary):
            if created_at(run_id) < self._clock.now() - _STALE_S:
                self.remove(run_id)
