"""An external sort, for more than fits into memory: sorted runs in a temporary file each, merged when they are read.

A table's scan comes in the order of an internal hash of DynamoDB's, so it has to be sorted before it can be compared
with another Region's.
"""

import heapq
import json
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import astuple
from types import TracebackType
from typing import IO

from mraa.recovery.reconcile.merge import Entry

RUN_LENGTH = 20_000  # entries in memory at a time: about 10 MB


class ExternalSort:
    """Entries, written once in any order, read in the order of keys as often as needed. A context manager."""

    def __init__(self, *, run_length: int = RUN_LENGTH) -> None:
        self._run_length = run_length
        self._files = ExitStack()
        self._runs: list[IO[str]] = []
        self.count = 0

    def __enter__(self) -> "ExternalSort":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._files.close()

    def fill(self, entries: Iterable[Entry]) -> None:
        """Add all of them."""
        run: list[Entry] = []
        for entry in entries:
            run.append(entry)
            if len(run) >= self._run_length:
                self._keep(run)
                run = []
        if run:
            self._keep(run)

    def __iter__(self) -> Iterator[Entry]:
        """In the order of keys; one reading at a time, for the runs share their files."""
        return heapq.merge(*(_read(run) for run in self._runs), key=lambda entry: entry.key)

    def _keep(self, run: list[Entry]) -> None:
        run.sort(key=lambda entry: entry.key)
        # a file without a name is gone with the process, however it ends
        file = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - closed with the others
        self._files.enter_context(file)
        for entry in run:
            file.write(json.dumps(astuple(entry)) + "\n")
        file.flush()
        self._runs.append(file)
        self.count += len(run)


def _read(run: IO[str]) -> Iterator[Entry]:
    run.seek(0)
    for line in run:
        key, *rest = json.loads(line)
        yield Entry(tuple(key), *rest)
