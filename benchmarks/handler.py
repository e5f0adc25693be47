"""The photos function's own share of a request, beside boto3's: ``python -m benchmarks.handler``. Exit 1 above 10 %.

DynamoDB's answers come at once, from another process of this machine, and only this process's time counts. The same
calls are made by themselves, in turn with whole requests.
"""

import json
import multiprocessing
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace
from typing import Any

os.environ |= {
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_REGION": "us-east-1",
    "APP_ID": "app",
    "APP_CONFIG_TABLE": "app-config",
    "KEY_VALUE_TABLE": "key-value-store",
    "OBJECT_STORE_BUCKET": "objects",
    "FENCES": "64",
}

from photos_api import handler

GOAL = 0.10
_ROUNDS = 15
_REQUESTS = 100  # in each round
_PHOTO = "0193a5d0-7c1e-7b3a-9f00-1234567890ab"
_CONTEXT = SimpleNamespace(get_remaining_time_in_millis=lambda: 10_000)
_ITEMS = [
    {
        name: {"S": value}
        for name, value in {
            "pk": "PHOTO",
            "sk": f"0193a5d0-7c1e-7b3a-9f00-{number:012x}",
            "title": "Dawn",
            "user": "ana",
            "author": "ana",
            "contentType": "image/jpeg",
            "createdAt": "2026-01-01T00:00:00.000Z",
        }.items()
    }
    for number in range(50)
]

Call = tuple[Callable[..., Any], dict[str, Any]]


def event(method: str, resource: str, body: Any = None) -> dict[str, Any]:
    """What API Gateway sends for a signed request."""
    return {
        "httpMethod": method,
        "resource": resource,
        "pathParameters": {"photoId": _PHOTO},
        "queryStringParameters": None,
        "body": body and json.dumps(body),
        "requestContext": {"identity": {"userArn": "arn:aws:iam::123456789012:user/ana"}},
    }


class DynamoDB(BaseHTTPRequestHandler):
    """Answers at once: fifty photos to a query, nothing to a transaction."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        is_query = self.headers["X-Amz-Target"].endswith(".Query")
        content = json.dumps({"Items": _ITEMS, "Count": len(_ITEMS)} if is_query else {}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def answering() -> Iterator[str]:
    """Its URL while the block runs."""
    with HTTPServer(("127.0.0.1", 0), DynamoDB) as server:
        process = multiprocessing.get_context("fork").Process(target=server.serve_forever)
        process.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            process.terminate()
            process.join()


def own_share(asked: dict[str, Any]) -> tuple[float, float]:
    """Our share of such a request, and microseconds of the whole; medians."""
    client = handler._client("dynamodb")
    calls: list[Call] = []
    names = {wire: method for method, wire in client.meta.method_to_api_mapping.items()}

    def note(params: Any, model: Any, **_: Any) -> None:
        calls.append((getattr(client, names[model.name]), params))

    client.meta.events.register_first("provide-client-params.dynamodb", note)
    first = handler.handle(asked, _CONTEXT)
    client.meta.events.unregister("provide-client-params.dynamodb", note)
    if first["statusCode"] != 200:
        raise RuntimeError(f"{asked['httpMethod']} {asked['resource']}: {first}")

    def requests() -> None:
        handler.handle(asked, _CONTEXT)

    def boto3_alone() -> None:
        for operation, params in calls:
            operation(**params)

    rounds = [(_seconds(requests), _seconds(boto3_alone)) for _ in range(_ROUNDS)]
    share = statistics.median(1 - alone / whole for whole, alone in rounds)
    return share, statistics.median(whole for whole, _ in rounds) / _REQUESTS * 1e6


def _seconds(work: Callable[[], None]) -> float:
    started = time.process_time()
    for _ in range(_REQUESTS):
        work()
    return time.process_time() - started


def main() -> int:
    """Print the share of each kind of request."""
    comment = {"commentId": _PHOTO, "user": "ana", "message": "So nice"}
    asked = (
        event("POST", "/comments/{photoId}", comment),
        event("GET", "/photos"),
        event("GET", "/comments/{photoId}"),
    )
    shares = []
    with answering() as url:
        os.environ["AWS_ENDPOINT_URL"] = url
        for one in asked:
            share, whole_us = own_share(one)
            shares.append(share)
            what = f"{one['httpMethod']} {one['resource']}"
            print(f"{what}: {share:.1%} of {whole_us:,.0f} \u00b5s of processor time is ours")
    return int(max(shares) > GOAL)


if __name__ == "__main__":
    sys.exit(main())
