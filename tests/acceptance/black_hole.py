"""A proxy that loses one Region: connections to its hosts are accepted and never answered, all others pass.

What a client sees of a lost Region is silence, not a refusal. A client with ``HTTPS_PROXY`` set to this one sees that
of a Region that works, so that the surviving Region's tools can be tried in an account without harming anything.
"""

import contextlib
import selectors
import socket
import socketserver
import threading
from collections.abc import Iterator

# hosts without a Region in their names are served by this one
_GLOBAL_REGION = "us-east-1"
_GLOBAL = ("s3.amazonaws.com", "sts.amazonaws.com")
_PIECE = 65536


def is_of(host: str, region: str) -> bool:
    """True for the hosts of a Region: ``dynamodb.us-east-1.amazonaws.com``, buckets and APIs included."""
    if region == _GLOBAL_REGION and any(host == name or host.endswith(f".{name}") for name in _GLOBAL):
        return True
    return f".{region}." in host and host.endswith((".amazonaws.com", ".amazonaws.com.cn", ".api.aws"))


class _Tunnel(socketserver.StreamRequestHandler):
    server: "_Proxy"

    def handle(self) -> None:
        words = self.rfile.readline(_PIECE).split()
        while self.rfile.readline(_PIECE).strip():
            pass  # the headers
        if len(words) < 2 or words[0] != b"CONNECT":
            self.wfile.write(b"HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n")
            return
        host, _, port = words[1].decode("ascii", "replace").rpartition(":")
        if is_of(host, self.server.lost):
            self.server.swallowed.append(host)
            self.connection.settimeout(None)
            with contextlib.suppress(OSError):
                self.connection.recv(1)  # until the client gives up
            return
        try:
            target = socket.create_connection((host, int(port)), timeout=10)
        except (OSError, ValueError):
            self.wfile.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
            return
        with target:
            self.wfile.write(b"HTTP/1.1 200 Connection Established\r\n\r\n")
            _copy(self.connection, target)


def _copy(one: socket.socket, other: socket.socket) -> None:
    """Both ways, until either side ends."""
    one.settimeout(None)
    other.settimeout(None)
    with selectors.DefaultSelector() as ready, contextlib.suppress(OSError):
        ready.register(one, selectors.EVENT_READ, other)
        ready.register(other, selectors.EVENT_READ, one)
        while True:
            for key, _ in ready.select():
                piece = key.fileobj.recv(_PIECE)  # type: ignore[union-attr]
                if not piece:
                    return
                key.data.sendall(piece)


class _Proxy(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False  # a swallowed connection ends with its client
    allow_reuse_address = True

    def __init__(self, lost: str) -> None:
        super().__init__(("127.0.0.1", 0), _Tunnel)
        self.lost = lost
        self.swallowed: list[str] = []


@contextlib.contextmanager
def lost(region: str) -> Iterator[tuple[str, list[str]]]:
    """The proxy's URL, and the hosts that were asked for in vain."""
    with _Proxy(region) as proxy:
        thread = threading.Thread(target=proxy.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{proxy.server_address[1]}", proxy.swallowed
        finally:
            proxy.shutdown()
            thread.join()
