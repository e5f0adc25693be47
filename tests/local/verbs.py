"""Run a verb to its end, as a process of its own, forked from one that has imported the tool already."""

import multiprocessing
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.local import sabotage
from tests.local.sabotage import Plan

_TIMEOUT_S = 300
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.local.warm"])


@dataclass(frozen=True)
class Ended:
    """A verb that has ended; the exit code is negative if a signal killed it."""

    exit_code: int
    out: str
    err: str


def run(
    words: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    plan: Plan | None = None,
    *,
    timeout_s: float = _TIMEOUT_S,
) -> Ended:
    """Run ``mraa WORDS`` in a folder, with failures injected if there is a plan for them. Prompts get no answer."""
    with tempfile.TemporaryDirectory() as streams:
        out, err = Path(streams, "out"), Path(streams, "err")
        process = _FORKS.Process(target=_run, args=(list(words), folder, dict(environment), plan, out, err))
        process.start()
        process.join(timeout_s)
        if process.exitcode is None:
            process.kill()
            process.join()
        assert process.exitcode is not None
        return Ended(process.exitcode, out.read_text("utf-8"), err.read_text("utf-8"))


def _run(words: list[str], folder: Path, environment: dict[str, str], plan: Plan | None, out: Path, err: Path) -> None:
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    for descriptor, path, flags in (
        (0, Path(os.devnull), os.O_RDONLY),
        (1, out, os.O_WRONLY | os.O_CREAT),
        (2, err, os.O_WRONLY | os.O_CREAT),
    ):
        os.dup2(os.open(path, flags), descriptor)
    sabotage.run(words, plan or Plan())
