"""One connect time-out for each attempt, however many addresses the host has.

urllib3 waits the whole time-out for each address in turn, and an endpoint of AWS has up to eight: with its Region down,
a time-out of one second took as many seconds as there are addresses.
"""

import contextlib
import os
import selectors
import socket
import time
from collections.abc import Sequence
from typing import Any

from urllib3.util import connection

# the next address is tried when the last one has not answered for this long (RFC 8305)
_STAGGER_S = 0.25

_in_turn = connection.create_connection


def install() -> None:
    """Have urllib3, and so boto3, connect this way; safe to repeat. urllib3 has no other place to say so."""
    connection.create_connection = connect


def connect(
    address: tuple[str, int],
    timeout: Any = None,
    source_address: tuple[str, int] | None = None,
    socket_options: Sequence[tuple[int, int, int | bytes]] | None = None,
) -> socket.socket:
    """Connect to whichever address answers first; TimeoutError after ``timeout`` seconds in all.

    Takes and raises what ``urllib3.util.connection.create_connection`` does; without a time-out it is that function.
    """
    if not isinstance(timeout, int | float):
        return _in_turn(address, timeout, source_address, list(socket_options or ()) or None)
    until = time.monotonic() + timeout
    host, port = address
    to_try = socket.getaddrinfo(host.strip("[]"), port, connection.allowed_gai_family(), socket.SOCK_STREAM)
    failure: OSError = OSError(f"{host} has no address")
    with contextlib.ExitStack() as losers, selectors.DefaultSelector() as waiting:
        next_at = time.monotonic()
        while to_try or waiting.get_map():
            now = time.monotonic()
            if now >= until:
                raise TimeoutError("timed out")
            if to_try and (now >= next_at or not waiting.get_map()):
                family, kind, protocol, _, target = to_try.pop(0)
                next_at = now + _STAGGER_S
                try:
                    attempt = losers.enter_context(socket.socket(family, kind, protocol))
                    _begin(attempt, target, source_address, socket_options)
                    waiting.register(attempt, selectors.EVENT_WRITE)
                except OSError as error:  # no route, or no such family on this machine
                    failure = error
                continue
            for key, _ in waiting.select(max(0.0, (min(until, next_at) if to_try else until) - now)):
                done = key.fileobj
                assert isinstance(done, socket.socket)
                waiting.unregister(done)
                if number := done.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                    failure = OSError(number, os.strerror(number))
                    continue
                # a descriptor of its own, which outlives the ones that are closed here
                winner = done.dup()
                winner.settimeout(timeout)
                return winner
    raise failure


def _begin(attempt: socket.socket, target: Any, source_address: Any, options: Any) -> None:
    for option in options or ():
        attempt.setsockopt(*option)
    if source_address:
        attempt.bind(source_address)
    attempt.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        attempt.connect(target)
