"""Lambda's environment and context for the functions, and a server at ResponseURL."""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from shared import aws
from tests.regions import PRIMARY, SECONDARY

FENCES = 8  # of the fixture's application: every write of one takes moto milliseconds
EVENTS = Path(__file__).parent / "events"


def event(name: str) -> dict[str, Any]:
    """A fresh copy of a recorded event of ``events/``."""
    return dict(json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8")))


@dataclass
class Context:
    """Lambda's context object, as far as the functions use it."""

    seconds: float = 60.0
    function_name: str = "mraa-token-the-function"
    log_stream_name: str = "2026/11/23/[$LATEST]abcdef"
    started: float = field(default_factory=time.monotonic)

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int(1000 * (self.seconds - (time.monotonic() - self.started))))


@dataclass
class CloudFormation:
    """The server at ResponseURL. It returns ``statuses`` in turn, then 200."""

    url: str
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)

    @property
    def answer(self) -> dict[str, Any]:
        """The one answer that must exist."""
        [body] = self.bodies
        return dict(json.loads(body))

    def request(self, kind: str, properties: dict[str, Any], physical_id: str = "", **more: Any) -> dict[str, Any]:
        """An event as CloudFormation sends it."""
        made = event("cloudformation-create") | {
            "RequestType": kind,
            "ResponseURL": self.url,
            "ResourceProperties": {
                "ServiceToken": "arn:aws:lambda:::function:f",
                "ServiceTimeout": "120",
                **properties,
            },
            **more,
        }
        return made | {"PhysicalResourceId": physical_id} if kind != "Create" else made


@pytest.fixture
def cloudformation() -> Iterator[CloudFormation]:
    """A local server that receives the answers."""
    receiver = CloudFormation("")

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = receiver.statuses.pop(0) if receiver.statuses else 200
            if status == 200:
                receiver.bodies.append(body)
                receiver.headers.append(dict(self.headers))
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", f"{receiver.url}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver.url = f"http://127.0.0.1:{server.server_port}/answer?X-Amz-Signature=secret"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield receiver
        server.shutdown()
        thread.join()


class Locked:
    """A client whose calls go one at a time: moto's stores are not thread-safe."""

    lock = threading.RLock()

    def __init__(self, client: Any) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        if not callable(found):
            return found

        def call(*arguments: Any, **named: Any) -> Any:
            with self.lock:
                return found(*arguments, **named)

        return call


@pytest.fixture(autouse=True)
def lambda_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A function's environment variables in the primary Region, with invalid keys."""
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN", "MRAA_API_URL", "MRAA_OBJECT_URL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_REGION": PRIMARY,
        "AWS_DEFAULT_REGION": PRIMARY,
        "PRIMARY_REGION": PRIMARY,
        "SECONDARY_REGION": SECONDARY,
        "APP_ID": "app-1",
        "APP_CONFIG_TABLE": "app-config",
        "KEY_VALUE_TABLE": "key-value-store",
        "OBJECT_STORE_BUCKET": "objects",
        "FENCES": str(FENCES),
    }.items():
        monkeypatch.setenv(name, value)


@dataclass
class Clients:
    """The clients that functions get: moto's, unless a test puts its own under ``(service, region)``."""

    made: dict[tuple[str, str], Any] = field(default_factory=dict)

    def __call__(self, service: str, region: str = "", **_: Any) -> Any:
        key = (service, region or PRIMARY)
        if key not in self.made:
            self.made[key] = Locked(moto_client(*key))
        return self.made[key]


@cache
def moto_client(service: str, region: str) -> Any:
    """Cached: creating a client takes longer than most tests."""
    return boto3.client(service, region_name=region)


@pytest.fixture
def clients(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clients]:
    """moto instead of AWS."""
    made = Clients()
    monkeypatch.setattr(aws, "client", made)
    with mock_aws():
        yield made


@pytest.fixture
def app_config(clients: Clients) -> Any:
    """DynamoDB with the empty app-config table."""
    dynamodb = clients("dynamodb")
    dynamodb.create_table(
        TableName="app-config",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "appId", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "appId", "AttributeType": "S"}],
    )
    return dynamodb


@pytest.fixture
def application(app_config: Any) -> Any:
    """DynamoDB with an application as its first state leaves it, but for fewer fences."""
    state = {"state": "active", "updatedAt": "2026-11-23T07:00:00.000Z", "updatedBy": "CloudFormation", "reason": ""}
    record = {"appId": "app-1", "previousState": "", "authority": PRIMARY, **state}
    fences = [{"appId": f"app-1#fence#{number:02x}"} for number in range(FENCES)]
    both = {"writableRegion": {"S": PRIMARY}, "epoch": {"N": "2"}}
    items = [
        both | {"fences": {"N": str(FENCES)}} | _strings(record),
        *(both | _strings(fence) for fence in fences),
    ]
    app_config.batch_write_item(RequestItems={"app-config": [{"PutRequest": {"Item": item}} for item in items]})
    return app_config


def _strings(item: dict[str, str]) -> dict[str, Any]:
    return {name: {"S": value} for name, value in item.items()}
