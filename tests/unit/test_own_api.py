"""An application's own API over HTTP: what an answer says of a write, and which addresses are refused."""

import http.server
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from mraa.applications.api import OwnApi
from mraa.applications.description import ApiRequest, DrillDescription
from mraa.aws import Aws, Clock
from mraa.errors import AwsError, UnreachableError
from mraa.recovery.models import ApplicationInfo, Fate, RegionInfo
from tests.regions import PRIMARY, REGIONS

INFO = RegionInfo("mraa", "app", "primary", PRIMARY, *REGIONS, "r", "b", "kv", "config", "f")
DESCRIPTION = DrillDescription(
    url="Url",
    write=ApiRequest("PUT", "/orders/{id}", {"note": "drill {id}", "lines": ["{id}", 1]}),
    read=ApiRequest("GET", "/orders/{id}"),
    remove=ApiRequest("DELETE", "/orders/{id}"),
    refused=frozenset({409}),
    is_signed=True,
    headers={"x-api-key": "k"},
)
NO_WAIT = Clock(sleep=lambda seconds: None)


@dataclass
class Server:
    """Orders over HTTP; ``answer`` takes method and path, and returns status, headers and body."""

    url: str
    answer: Callable[[str, str], tuple[int, dict[str, str], bytes]]
    seen: list[dict[str, Any]] = field(default_factory=list)

    def info(self, url: str = "") -> RegionInfo:
        return replace(INFO, applications={"orders": ApplicationInfo("orders", {"Url": url or self.url})})


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "y")
    for name in ("AWS_PROFILE", "MRAA_API_URL", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            made.seen.append({"method": self.command, "path": self.path, "headers": self.headers, "body": body})
            status, headers, content = made.answer(self.command, self.path)
            self.send_response(status)
            for name, value in {"Content-Length": str(len(content)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_PUT = do_DELETE = do_GET

        def log_message(self, format: str, *args: Any) -> None:
            """Silent."""

    running = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made = Server(f"http://127.0.0.1:{running.server_port}/prod", lambda method, path: (200, {}, b"{}"))
    threading.Thread(target=running.serve_forever, args=(0.05,), daemon=True).start()
    yield made
    running.shutdown()
    running.server_close()


def write(server: Server, api: OwnApi | None = None) -> tuple[Fate, str]:
    return (api or OwnApi("orders", DESCRIPTION)).write(Aws(), server.info(), "run", "id-1", "text", 5)


def test_a_write_is_one_signed_request_with_the_id_in_path_and_body(server: Server) -> None:
    assert write(server) == (Fate.ACKNOWLEDGED, "")
    (seen,) = server.seen
    assert (seen["method"], seen["path"]) == ("PUT", "/prod/orders/id-1")
    assert json.loads(seen["body"]) == {"note": "drill id-1", "lines": ["id-1", 1]}
    assert f"/{PRIMARY}/execute-api/aws4_request" in seen["headers"]["Authorization"]
    assert seen["headers"]["x-api-key"] == "k"


def test_an_api_of_another_kind_gets_the_headers_alone(server: Server) -> None:
    write(server, OwnApi("orders", replace(DESCRIPTION, is_signed=False, headers={"Authorization": "Bearer t"})))
    assert server.seen[0]["headers"]["Authorization"] == "Bearer t"


@pytest.mark.parametrize(
    ("status", "headers", "body", "fate"),
    [
        (201, {}, b"", (Fate.ACKNOWLEDGED, "")),
        (409, {}, b'{"error": {"code": "RegionFenced"}}', (Fate.REFUSED, "RegionFenced")),
        (409, {}, b'{"message": "no"}', (Fate.REFUSED, "409")),
        (409, {}, b'{"error": {"code": ["x"]}}', (Fate.REFUSED, "409")),
        (403, {}, b'{"message": "Forbidden"}', (Fate.UNKNOWN, "403")),
        (503, {}, b"", (Fate.UNKNOWN, "503")),
        (200, {"Content-Type": "text/html; charset=utf-8"}, b"<html>", (Fate.UNKNOWN, "200 with a web page")),
        (409, {"Content-Type": "text/html"}, b"<html>", (Fate.UNKNOWN, "409 with a web page")),
        (302, {"Location": "http://127.0.0.1:9/"}, b"", (Fate.UNKNOWN, "302, a redirection, which is not followed")),
        (200, {}, b"[" * 100_000, (Fate.ACKNOWLEDGED, "")),
    ],
)
def test_only_a_clear_answer_decides_the_fate_of_a_write(
    server: Server, status: int, headers: dict[str, str], body: bytes, fate: tuple[Fate, str]
) -> None:
    server.answer = lambda method, path: (status, headers, body)
    assert write(server) == fate
    assert len(server.seen) == 1


def test_a_write_without_an_answer_is_unreachable(server: Server) -> None:
    with pytest.raises(UnreachableError):
        OwnApi("orders", DESCRIPTION).write(Aws(), server.info("http://127.0.0.1:9"), "run", "id", "text", 1)


def test_those_that_the_api_returns_are_written(server: Server) -> None:
    server.answer = lambda method, path: (200 if path.endswith(("a", "c")) else 404, {}, b"{}")
    api = OwnApi("orders", DESCRIPTION)
    assert api.written_ids(Aws(), NO_WAIT, server.info(), "run", ["a", "b", "c"]) == {"a", "c"}


def test_a_read_that_fails_is_tried_again_and_then_an_error(server: Server) -> None:
    server.answer = lambda method, path: (200 if len(server.seen) > 2 else 503, {}, b"{}")
    api = OwnApi("orders", DESCRIPTION)
    assert api.written_ids(Aws(), NO_WAIT, server.info(), "run", ["a"]) == {"a"}
    server.answer = lambda method, path: (403, {}, b"{}")
    with pytest.raises(AwsError, match=f"GET /orders/a of orders in {PRIMARY} answers 403"):
        api.written_ids(Aws(), NO_WAIT, server.info(), "run", ["a"])


def test_a_region_that_does_not_write_refuses_the_removal(server: Server) -> None:
    server.answer = lambda method, path: ({"a": 204, "b": 404, "c": 409}[path[-1]], {}, b"")
    api = OwnApi("orders", DESCRIPTION)
    assert api.remove(Aws(), NO_WAIT, server.info(), "run", ["a", "b", "c"]) == {"c"}
    assert {seen["method"] for seen in server.seen} == {"DELETE"}


@pytest.mark.parametrize(
    ("status", "problem"), [(200, ""), (404, ""), (403, "answers 403"), (500, "answers 500"), (409, "answers 409")]
)
def test_an_api_is_healthy_if_it_answers_for_a_record_that_does_not_exist(
    server: Server, status: int, problem: str
) -> None:
    server.answer = lambda method, path: (status, {}, b"{}")
    assert OwnApi("orders", DESCRIPTION).problem(Aws(), server.info()) == problem


def test_an_api_that_does_not_answer_is_a_problem(server: Server) -> None:
    assert OwnApi("orders", DESCRIPTION).problem(Aws(), server.info("http://127.0.0.1:9")) == "no answer"


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("https://abc.execute-api.us-east-1.amazonaws.com/prod/", ""),
        ("https://orders.example:8443", ""),
        ("http://localhost:8000", ""),
        ("http://[::1]:8000/x", ""),
        ("http://orders.example", "is not encrypted"),
        ("http://127.0.0.1.evil.example", "is not encrypted"),
        ("ftp://orders.example", "is no URL of an API"),
        ("orders.example", "is no URL of an API"),
        ("https://user@orders.example", "is no URL of an API"),
        ("https://orders.example/?x=1", "is no URL of an API"),
        ("https://orders.example:port", "is no URL"),
        ("https://[::1", "is no URL"),
        ("https:///x", "is no URL of an API"),
    ],
)
def test_an_address_that_is_none_or_not_encrypted_is_refused(server: Server, url: str, why: str) -> None:
    refusal = OwnApi("orders", DESCRIPTION).refusal(server.info(url))
    assert (why in refusal) if why else refusal == ""


def test_an_application_that_is_not_there_or_has_no_such_output_is_refused() -> None:
    api = OwnApi("orders", DESCRIPTION)
    assert "not deployed" in api.refusal(INFO)
    bare = replace(INFO, applications={"orders": ApplicationInfo("orders")})
    assert api.refusal(bare) == "orders has no output Url"


def test_an_address_of_api_gateway_is_reached_where_apis_answer(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = server.url.removesuffix("/prod")
    monkeypatch.setenv("MRAA_API_URL", f"{base}/{{region}}/{{id}}")
    url = "https://abc123.execute-api.ap-northeast-1.amazonaws.com/prod"
    OwnApi("orders", DESCRIPTION).write(Aws(), server.info(url), "run", "id-1", "text", 5)
    assert server.seen[0]["path"] == "/ap-northeast-1/abc123/prod/orders/id-1"
