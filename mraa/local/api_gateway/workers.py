"""Function workers answer as soon as they are done.

After each invocation the engine waits 50 ms for a first line of the function's log, also where the function logs
nothing: most of the time of a request through a proxy. The log was written before the answer, so a line that comes at
all is there within a few milliseconds; one that is later is logged with the next invocation.
"""

import functools

from ministack.core import lambda_runtime

HOOKED = ("ministack.core.lambda_runtime.Worker._drain_stderr_bounded",)

_FIRST_LINE_WAIT_S = 0.005


def install() -> None:
    """Wait less for a log's first line."""
    lambda_runtime.Worker._drain_stderr_bounded = functools.partialmethod(
        lambda_runtime.Worker._drain_stderr_bounded, first_line_wait=_FIRST_LINE_WAIT_S
    )
