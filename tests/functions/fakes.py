"""Plain fakes: a clock without waiting, clients that fail on request."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from shared.clock import Clock
from tests.regions import PRIMARY

OnCall = Callable[[str, int, dict[str, Any]], None]


class FakeTime:
    """Time passes only by sleeping."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.pauses: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.seconds += seconds

    def clock(self, random: Callable[[], float] = lambda: 0.5) -> Clock:
        """A clock that starts at 2026-11-23T08:00:00.250Z."""
        return Clock(
            now=lambda: 1795420800.25 + self.seconds, monotonic=lambda: self.seconds, sleep=self.sleep, random=random
        )


class FakeClient:
    """A client in front of another one; records its calls.

    ``on_call(operation, number, arguments)`` may raise before each call; ``number`` counts the calls of one operation,
    from 1. ``answers`` replace operations: each a value, or a function of the arguments.
    """

    meta = SimpleNamespace(region_name=PRIMARY)

    def __init__(self, client: Any = None, on_call: OnCall = lambda *_: None, **answers: Any) -> None:
        self._client = client
        self._on_call = on_call
        self._answers = answers
        self.calls: list[tuple[str, dict[str, Any]]] = []

    @property
    def requests(self) -> list[dict[str, Any]]:
        """The arguments of its calls."""
        return [arguments for _, arguments in self.calls]

    def __getattr__(self, name: str) -> Any:
        answer = self._answers[name] if name in self._answers else getattr(self._client, name)

        def call(*positional: Any, **arguments: Any) -> Any:
            self.calls.append((name, arguments))
            self._on_call(name, sum(called == name for called, _ in list(self.calls)), arguments)
            return answer(*positional, **arguments) if callable(answer) else answer

        return call


def failing(*errors: Exception, forever: bool = False) -> OnCall:
    """Raise ``errors`` in turn, then nothing; with ``forever`` always the first one."""
    left = list(errors)

    def fail(*_: Any) -> None:
        if left:
            raise left[0] if forever else left.pop(0)

    return fail
