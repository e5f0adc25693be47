"""Connecting: one time-out for all addresses of a host, and the one that answers wins."""

import contextlib
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest
from urllib3.util import connection

from mraa.connections import connect, install


@contextlib.contextmanager
def silent(address: str) -> Iterator[int]:
    """A port on the address whose queue is full: the system drops every further connection, as a lost Region does."""
    with contextlib.ExitStack() as held:
        listener = held.enter_context(socket.socket())
        listener.bind((address, 0))
        listener.listen(0)
        port: int = listener.getsockname()[1]
        for _ in range(4):
            filler = held.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex((address, port))
        yield port


def resolving(monkeypatch: pytest.MonkeyPatch, *targets: tuple[str, int]) -> None:
    def found(*_: Any, **__: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", target) for target in targets]

    monkeypatch.setattr(socket, "getaddrinfo", found)


@contextlib.contextmanager
def answering() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_four_addresses_that_never_answer_cost_one_time_out(monkeypatch: pytest.MonkeyPatch) -> None:
    with silent("127.0.0.1") as port:
        resolving(monkeypatch, *[("127.0.0.1", port)] * 4)
        begun = time.monotonic()
        with pytest.raises(TimeoutError):
            connect(("lost.example", 443), 0.5)
        # one after the other they take two seconds
        assert time.monotonic() - begun < 1.5


def test_an_address_that_answers_wins_over_those_before_it_that_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    with silent("127.0.0.1") as lost, answering() as port, socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        resolving(monkeypatch, ("127.0.0.1", lost), unused.getsockname(), ("127.0.0.1", port))
        with connect(("half.example", 443), 30) as connected:
            assert connected.getpeername() == ("127.0.0.1", port)
            assert connected.gettimeout() == 30


def test_a_refusal_is_raised_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        resolving(monkeypatch, unused.getsockname())
        with pytest.raises(ConnectionRefusedError, match="refused"):
            connect(("refusing.example", 443), 30)


def test_a_host_without_an_address_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    resolving(monkeypatch)
    with pytest.raises(OSError, match=r"nowhere\.example has no address"):
        connect(("nowhere.example", 443), 30)


def test_options_of_the_socket_are_set_and_no_time_out_is_urllib3s_own_way() -> None:
    with answering() as port:
        options = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]
        for timeout in (5, None):
            with connect(("127.0.0.1", port), timeout, None, options) as connected:
                assert connected.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_urllib3_connects_this_way() -> None:
    install()
    assert connection.create_connection is connect
