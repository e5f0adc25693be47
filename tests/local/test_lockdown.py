"""Nobody but programs on this machine, and pages that came from here, may talk to the cloud."""

from typing import Any

import pytest

from mraa_local.access.lockdown import is_own_host, refusal
from mraa_local.process import LocalCloud
from tests.local.requests import send

PORT, TOKEN = 4566, "the-token"


def scope(path: str = "/", method: str = "GET", query: str = "", **headers: str) -> dict[str, Any]:
    named = {"host": f"127.0.0.1:{PORT}", **{name.replace("_", "-"): value for name, value in headers.items()}}
    return {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in named.items()],
    }


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1:4566",
        "localhost:4566",
        "LOCALHOST:4566",
        "[::1]:4566",
        "abcd1234.execute-api.localhost:4566",
        "e1abc.cloudfront.localhost:4566",
        "bucket.s3.localhost:4566",
    ],
)
def test_loopback_names_on_our_port_are_ours(host: str) -> None:
    assert is_own_host(host, PORT)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "127.0.0.1",
        "127.0.0.1:4567",
        "evil.example:4566",
        "127.0.0.1.evil.example:4566",
        "evil-localhost:4566",
        "localhost.evil.example:4566",
        "bucket.s3.us-east-1.amazonaws.com:4566",
        "0.0.0.0:4566",
        "192.168.1.10:4566",
        "evil.example@127.0.0.1:4566",
        "127.0.0.1:4566:4566",
    ],
)
def test_any_other_name_is_not(host: str) -> None:
    assert not is_own_host(host, PORT)
    assert "loopback" in refusal(scope(host=host), PORT, TOKEN)


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://localhost:5173"},
        {"origin": "https://127.0.0.1:4566"},
        {"origin": "http://127.0.0.1:4566.evil.example"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site", "referer": "http://localhost:5173/"},
        {"sec_fetch_site": "cross-site", "referer": "http://evil.example/http://127.0.0.1:4566/"},
        {"origin": "http://evil.example", "sec_fetch_site": "same-origin"},
    ],
)
def test_another_page_is_refused(headers: dict[str, str]) -> None:
    assert "web page" in refusal(scope(**headers), PORT, TOKEN)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "http://127.0.0.1:4566"},
        {"origin": "http://e1abc.cloudfront.localhost:4566"},
        {"sec_fetch_site": "none"},
        {"sec_fetch_site": "same-origin"},
        {"sec_fetch_site": "cross-site", "referer": "http://e1abc.cloudfront.localhost:4566/index.html"},
    ],
)
def test_programs_and_our_own_pages_pass(headers: dict[str, str]) -> None:
    assert refusal(scope(**headers), PORT, TOKEN) == ""


@pytest.mark.parametrize(
    "path", ["/_ministack/ses/messages", "/_ministack/reset", "/_mraa/faults", "/_localstack/health", "/health"]
)
def test_control_endpoints_require_the_token(path: str) -> None:
    assert "token" in refusal(scope(path), PORT, TOKEN)
    assert "token" in refusal(scope(path, query="token=guessed"), PORT, TOKEN)
    assert refusal(scope(path, query=f"token={TOKEN}"), PORT, TOKEN) == ""
    assert refusal(scope(path, x_mraa_token=TOKEN), PORT, TOKEN) == ""


def test_a_custom_resource_may_answer_at_its_own_address_and_nothing_else() -> None:
    assert refusal(scope("/_ministack/cfn-response/abc", "PUT"), PORT, TOKEN) == ""
    assert "token" in refusal(scope("/_ministack/cfn-response/abc", "GET"), PORT, TOKEN)


def test_a_link_elsewhere_may_lead_to_the_site_but_not_read_it() -> None:
    link = {"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate", "sec_fetch_dest": "document"}
    assert refusal(scope("/_mraa/site/E1/", **link), PORT, TOKEN) == ""
    for worse in ({"sec_fetch_dest": "iframe"}, {"sec_fetch_mode": "cors"}, {"host": "evil.example:4566"}):
        assert refusal(scope("/_mraa/site/E1/", **{**link, **worse}), PORT, TOKEN)
    assert refusal(scope("/bucket/key", **link), PORT, TOKEN)
    assert refusal(scope("/_mraa/site/E1/", "POST", **link), PORT, TOKEN)


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/", {"Host": "evil.example:{port}"}),
        ("/bucket/key", {"Origin": "http://evil.example"}),
        ("/_ministack/ses/messages", {}),
        ("/%5Fministack/ses/messages", {}),
        ("/_mraa/faults", {}),
        ("/_mraa/nothing", {}),
    ],
)
def test_the_running_cloud_refuses_them_all(cloud: LocalCloud, path: str, headers: dict[str, str]) -> None:
    filled = {name: value.format(port=cloud.port) for name, value in headers.items()}
    for method in ("GET", "POST", "OPTIONS", "HEAD"):
        answer = send(cloud, method, path, filled)
        assert answer.status == 403
        assert "access-control-allow-origin" not in answer.headers


def test_the_mails_require_the_token(cloud: LocalCloud) -> None:
    assert send(cloud, "GET", "/_ministack/ses/messages", {"X-Mraa-Token": cloud.token}).status == 200


def test_it_listens_on_loopback_only(cloud: LocalCloud) -> None:
    import socket

    with socket.socket() as other:
        other.settimeout(2)
        # any 127/8 address reaches a server that listens on all interfaces
        assert other.connect_ex(("127.0.0.2", cloud.port)) != 0
