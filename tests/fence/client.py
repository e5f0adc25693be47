"""A client under test: a program that reads requests and writes answers, one JSON document a line."""

import itertools
import json
import os
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Answer = dict[str, Any]
_PATIENCE_S = 120.0


class Client:
    """The running program. Many requests may be on their way; an answer names the one that it is for."""

    def __init__(self, words: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self._log = log
        with log.open("wb") as errors:
            self._process = subprocess.Popen(
                list(words),
                env=dict(environment),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        self._numbers = itertools.count(1)
        self._waiting: dict[int, Future[Answer]] = {}
        self._lock = threading.Lock()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def send(self, do: str, **more: Any) -> "Future[Answer]":
        """Ask; the answer comes later."""
        number, asked = next(self._numbers), Future[Answer]()
        assert self._process.stdin
        with self._lock:
            self._waiting[number] = asked
            self._process.stdin.write(json.dumps({"id": number, "do": do, **more}) + "\n")
            self._process.stdin.flush()
        return asked

    def ask(self, do: str, **more: Any) -> Answer:
        """Ask and wait for the answer."""
        return self.send(do, **more).result(_PATIENCE_S)

    def close(self) -> None:
        """End it; AssertionError if it failed or did not answer everything."""
        assert self._process.stdin
        self._process.stdin.close()
        self._reader.join(_PATIENCE_S)
        code = self._process.wait(_PATIENCE_S)
        assert code == 0, self._log.read_text()
        assert not self._waiting, "requests without an answer"

    def kill(self) -> None:
        """End it now, if it still runs."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._reader.join()

    def _read(self) -> None:
        assert self._process.stdout
        with self._process.stdout as lines:
            for line in lines:
                answer = json.loads(line)
                # KeyError for a second answer to one request
                self._waiting.pop(answer.pop("id")).set_result(answer)
        for left in list(self._waiting.values()):
            left.set_exception(AssertionError(f"the client ended: {self._log.read_text()}"))


@contextmanager
def started(words: Sequence[str], log: Path, **environment: str) -> Iterator[Client]:
    """A running client with these variables, and none of the developer's AWS settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    client = Client(words, {**kept, **environment}, log)
    try:
        yield client
        client.close()
    finally:
        client.kill()
