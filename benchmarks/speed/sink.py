"""An S3 in memory for uploads (``sink.mjs``), and what it takes at most: no client can be quicker than this floor."""

import http.client
import os
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SCRIPT = Path(__file__).parent / "sink.mjs"
_FLOOR_REQUESTS = 500


@contextmanager
def running(latency_ms: int = 0) -> Iterator[str]:
    """Its URL while the block runs; each answer comes ``latency_ms`` late."""
    command = [Path(sys.executable).parent / "node", _SCRIPT]
    environment = {**os.environ, "LATENCY_MS": str(latency_ms)}
    with subprocess.Popen(command, stdin=-1, stdout=-1, text=True, env=environment) as process:
        assert process.stdin
        assert process.stdout
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.stdin.close()  # it ends with it


def empty(url: str, *buckets: str) -> None:
    """Make the buckets, or empty them."""
    connection = _connect(url)
    for bucket in buckets:
        _ask(connection, "PUT", f"/{bucket}")
    connection.close()


def floor_us(url: str, size: int) -> float:
    """Microseconds for one PUT of ``size`` bytes after the other, by a client that does nothing but send."""
    empty(url, "floor")
    connection, body = _connect(url), os.urandom(size)
    started = time.perf_counter()
    for number in range(_FLOOR_REQUESTS):
        _ask(connection, "PUT", f"/floor/{number}", body)
    connection.close()
    return (time.perf_counter() - started) / _FLOOR_REQUESTS * 1e6


def _connect(url: str) -> http.client.HTTPConnection:
    address = urllib.parse.urlsplit(url)
    return http.client.HTTPConnection(str(address.hostname), address.port)


def _ask(connection: http.client.HTTPConnection, method: str, path: str, body: bytes = b"") -> None:
    connection.request(method, path, body)
    answer = connection.getresponse()
    answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{method} {path}: {answer.status}")
