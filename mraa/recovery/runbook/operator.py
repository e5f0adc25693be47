"""Who changes the state: a name for the record, and a mark that distinguishes one run of the tool from every other."""

import getpass
import secrets
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass

from mraa.aws import Aws, Clock, call
from mraa.errors import MraaError

# from when STS is asked until the failover goes on without its answer
_NAME_S = 2.0


@dataclass(frozen=True)
class Operator:
    """Whoever runs the tool, why, and the mark of this run."""

    name: str
    mark: str
    reason: str = ""


def local_operator(reason: str) -> Operator:
    """Named by user and machine: makes no call, so it works with every Region down."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = "unknown"  # a container whose user has no name
    return Operator(f"{user}@{socket.gethostname()}", secrets.token_hex(4), reason)


def known_operator(aws: Aws, region: str, reason: str) -> Operator:
    """Named by the caller's ARN from the Region's own STS, by user and machine if it does not answer."""
    operator = local_operator(reason)
    try:
        client = aws.client("sts", region, fast=True)
        arn = str(call(client.get_caller_identity, "Asking AWS who is calling", region)["Arn"])
    except MraaError:
        return operator
    return Operator(arn, operator.mark, reason)


def ask_for_operator(aws: Aws, clock: Clock, region: str, reason: str) -> Callable[[], Operator]:
    """Ask for the caller's name while other work is done; the function returned gives it.

    That waits until two seconds after the question at most, and is then by user and machine: an unplanned failover is
    recorded as who made it, but not held up by it.
    """
    operator = local_operator(reason)
    until = clock.monotonic() + _NAME_S
    answered = threading.Event()
    named: list[Operator] = []

    def ask() -> None:
        try:
            named.append(known_operator(aws, region, reason))
        finally:
            answered.set()

    # a daemon: the tool must not wait for it at its end either
    threading.Thread(target=ask, daemon=True).start()

    def get() -> Operator:
        answered.wait(max(0.0, until - clock.monotonic()))
        return named[0] if named else operator

    return get
