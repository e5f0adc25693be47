"""What is between a client and the cloud: passes requests on, and loses or replaces answers where a test says so."""

import json
import re
import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from mraa_local.process import LocalCloud
from tests.fence.application import CONFIG

_SCOPE = re.compile(r"Credential=[^/]+/\d+/([a-z0-9-]+)/dynamodb/aws4_request")
_WRITE = "DynamoDB_20120810.TransactWriteItems"
_TYPES = "com.amazonaws.dynamodb.v20120810"
_KEPT = ("Content-Type", "X-Amz-Target")
_CONNECTIONS = 64

Event = Mapping[str, Any]


@dataclass
class Network:
    """What happens to the next transactions (``events``, see fence/conformance/README.md), and which there were."""

    cloud: LocalCloud
    url: str = ""
    events: deque[Event] = field(default_factory=deque)
    always: Event | None = None
    lose_every: int = 0
    transactions: list[dict[str, Any]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _pool: urllib3.PoolManager = field(default_factory=lambda: urllib3.PoolManager(maxsize=_CONNECTIONS))

    def script(self, events: Sequence[Event], always: Event | None = None) -> None:
        """From now on: ``events`` one after the other, then ``always``; the transactions are counted anew."""
        with self._lock:
            self.events, self.always = deque(events), always
            self.transactions.clear()

    def event(self, body: bytes) -> Event:
        """What happens to this transaction; nothing by default."""
        with self._lock:
            self.transactions.append(json.loads(body))
            if self.events:
                return self.events.popleft()
            if self.lose_every and len(self.transactions) % self.lose_every == 0:
                return {"lose": "answer"}
            return self.always or {}

    def forward(self, headers: Message, body: bytes) -> urllib3.BaseHTTPResponse:
        """The cloud's answer. The request is signed anew: its signature is for this host and port."""
        found = _SCOPE.search(headers.get("Authorization", ""))
        assert found, "a request of another service, or without a signature"
        kept = {name: headers[name] for name in _KEPT}
        request = AWSRequest("POST", f"{self.cloud.endpoint}/", data=body, headers=kept)
        keys = self.cloud.environment
        signer = SigV4Auth(Credentials(keys["AWS_ACCESS_KEY_ID"], keys["AWS_SECRET_ACCESS_KEY"]), "dynamodb", found[1])
        signer.add_auth(request)
        return self._pool.request("POST", request.url, body=body, headers=dict(request.headers.items()), retries=False)


@contextmanager
def between(cloud: LocalCloud) -> Iterator[Network]:
    """A network that leads to ``cloud``, on a port of its own."""
    network = Network(cloud)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            is_write = self.headers["X-Amz-Target"] == _WRITE
            event = network.event(body) if is_write else {}
            if codes := event.get("cancelled"):
                self._send(400, json.dumps(cancellation(json.loads(body), codes)).encode())
                return
            if error := event.get("error"):
                self._send(error["status"], json.dumps({"__type": f"{_TYPES}#{error['code']}"}).encode())
                return
            answered = None if event.get("lose") == "request" else network.forward(self.headers, body)
            if "then" in event:
                event["then"]()
            if answered is None or "lose" in event:
                self.close_connection = True
                return
            self._send(answered.status, answered.data)

        def _send(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.0")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = _CONNECTIONS

    with Server(("127.0.0.1", 0), Handler) as server:
        network.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield network
        server.shutdown()
        thread.join()


def cancellation(transaction: Mapping[str, Any], codes: Mapping[str, Any]) -> dict[str, Any]:
    """DynamoDB's answer to a transaction that it cancelled, in the order of its items, wherever the check is."""
    left = list(codes["items"])
    reasons = []
    for item in transaction["TransactItems"]:
        (of,) = item.values()
        code = codes["check"] if of["TableName"] == CONFIG else left.pop(0)
        reasons.append({"Code": code} if code == "None" else {"Code": code, "Message": f"because of {code}"})
    shown = ", ".join(reason["Code"] for reason in reasons)
    return {
        "__type": f"{_TYPES}#TransactionCanceledException",
        "Message": f"Transaction cancelled, please refer cancellation reasons for specific reasons [{shown}]",
        "CancellationReasons": reasons,
    }
