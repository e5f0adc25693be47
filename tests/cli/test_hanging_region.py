"""A lost Region does not refuse, it hangs: what it takes to get an answer about the other one all the same.

Requests to the primary Region's hosts reach listeners that accept and never answer, or addresses that do not even
accept; the secondary Region is moto's.
"""

import contextlib
import gc
import http.server
import json
import socket
import threading
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from tests.cli.recovery_moto import FLAGS, deploy_in, exit_code
from tests.regions import PRIMARY, SECONDARY
from tests.unit.test_connections import silent

# what `status` promises is 3 s; a loaded machine gets three times as long
BOUND_S = 9.0

ROLE = """
[profile operator]
role_arn = arn:aws:iam::123456789012:role/operator
source_profile = keys
[profile keys]
aws_access_key_id = a
aws_secret_access_key = b
"""
PROCESS = """
[profile operator]
credential_process = {process}
"""
KEYS = """
[profile operator]
aws_access_key_id = a
aws_secret_access_key = b
"""
ANSWER = '{"Version": 1, "AccessKeyId": "a", "SecretAccessKey": "b"}'


@dataclass
class Network:
    """Where the names of the primary Region's hosts lead, and which names were looked up."""

    targets: list[tuple[str, int]]
    asked: list[str] = field(default_factory=list)

    def look_up(self, host: str, port: Any, *_: Any, **__: Any) -> list[Any]:
        self.asked.append(host)
        targets = self.targets if f".{PRIMARY}." in f".{host}." else [(host, port)]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", target) for target in targets]


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Network]:
    """The primary Region accepts and never answers, the secondary Region is deployed."""
    monkeypatch.chdir(tmp_path)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_PROFILE", "operator")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("MRAA_API_URL", "http://127.0.0.1:9/{id}")
    use(KEYS)
    # queues connections and never reads one
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener, deployed_in_secondary():
        found = Network([listener.getsockname()])
        monkeypatch.setattr(socket, "getaddrinfo", found.look_up)
        before = set(threading.enumerate())
        yield found
        # calls that the verb gave up on end by their own time-outs, and must not leave a socket to a later test
        for thread in set(threading.enumerate()) - before:
            thread.join(10)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@contextlib.contextmanager
def deployed_in_secondary() -> Iterator[None]:
    passed = {"urls": [rf".*\.{PRIMARY}\.amazonaws\.com.*"]}
    with mock_aws(config={"core": {"mock_credentials": False, "passthrough": passed}}):
        deploy_in(SECONDARY)
        yield


def use(profile: str) -> None:
    Path("config").write_text(profile)


def status(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """Both Regions' entries of `mraa status`, within its time."""
    begun = time.monotonic()
    assert exit_code(["status", "--json", *FLAGS]) == 3
    assert time.monotonic() - begun < BOUND_S
    document = json.loads(capsys.readouterr().out.splitlines()[-1])
    return {region["region"]: region for region in document["regions"]}


def assert_only_the_secondary_answers(regions: dict[str, Any]) -> None:
    assert (regions[PRIMARY]["isReachable"], regions[PRIMARY]["problem"]) == (False, "no answer")
    assert (regions[SECONDARY]["isReachable"], regions[SECONDARY]["state"]) == (True, "active")


def test_with_keys(network: Network, capsys: pytest.CaptureFixture[str]) -> None:
    assert_only_the_secondary_answers(status(capsys))


def test_with_an_assumed_role_each_region_asks_its_own_sts(
    network: Network, capsys: pytest.CaptureFixture[str]
) -> None:
    use(ROLE)
    assert_only_the_secondary_answers(status(capsys))
    # of the secondary Region's hosts moto needs no address
    assert set(network.asked) == {f"sts.{PRIMARY}.amazonaws.com", "127.0.0.1"}


def test_with_a_credential_process_that_is_run_once(network: Network, capsys: pytest.CaptureFixture[str]) -> None:
    script = Path("process.sh")
    script.write_text(f"echo run >> runs\necho '{ANSWER}'\n")
    use(PROCESS.format(process=f"sh {script.absolute()}"))
    assert_only_the_secondary_answers(status(capsys))
    assert Path("runs").read_text() == "run\n"


def test_a_credential_process_that_hangs_is_named(network: Network, capsys: pytest.CaptureFixture[str]) -> None:
    script = Path("process.sh")
    script.write_text("exec sleep 30\n")
    use(PROCESS.format(process=f"sh {script.absolute()}"))
    begun = time.monotonic()
    assert exit_code(["status", *FLAGS]) == 2
    assert time.monotonic() - begun < BOUND_S
    assert "Error: No AWS credentials within 2 s: " in capsys.readouterr().err
    assert network.asked == []


def test_with_four_addresses_that_never_answer(network: Network, capsys: pytest.CaptureFixture[str]) -> None:
    with silent("127.0.0.1") as port:
        network.targets = [("127.0.0.1", port)] * 4
        assert_only_the_secondary_answers(status(capsys))


def test_more_seconds_for_credentials_can_be_allowed(
    network: Network, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MRAA_CREDENTIALS_TIMEOUT", "nan")
    assert exit_code(["status", *FLAGS]) == 2
    assert "Error: MRAA_CREDENTIALS_TIMEOUT is 'nan', not a number of seconds up to 600." in capsys.readouterr().err


class Portal(http.server.BaseHTTPRequestHandler):
    """A network's sign-in page, in the place of everything."""

    def do_POST(self) -> None:
        page = b"<html>Welcome to the hotel</html>"
        self.send_response(self.status)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    status = 200

    def log_message(self, format: str, *args: Any) -> None:
        """Silent."""


@pytest.mark.parametrize("code", [200, 403])
def test_a_sign_in_page_is_no_outage(
    code: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    handler = type("Handler", (Portal,), {"status": code})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        for name, value in {
            "AWS_ACCESS_KEY_ID": "a",
            "AWS_SECRET_ACCESS_KEY": "b",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}",
        }.items():
            monkeypatch.setenv(name, value)
        assert exit_code(["status", *FLAGS]) == 3
        server.shutdown()
    captured = capsys.readouterr()
    assert captured.out.startswith("What answers is not AWS: sign in to this machine's network")
    assert "(primary): Listing the parameters under /mraa/ in us-east-1 failed: the answer is not AWS's" in captured.err


@pytest.mark.parametrize("profile", [KEYS, ROLE])
@pytest.mark.parametrize("regions", [(PRIMARY, SECONDARY), (SECONDARY, PRIMARY)])
def test_a_deployment_says_which_region_is_lost(
    profile: str, regions: tuple[str, str], network: Network, capsys: pytest.CaptureFixture[str]
) -> None:
    use(profile)
    primary, secondary = regions
    begun = time.monotonic()
    words = ["--primary-region", primary, "--secondary-region", secondary, "--bucket-prefix", "code"]
    assert exit_code(["deploy", *words, "--yes"]) == 1
    assert time.monotonic() - begun < BOUND_S
    assert f"{PRIMARY} does not answer" in capsys.readouterr().err


@pytest.mark.parametrize("verb", ["outputs", "open"])
def test_who_asks_for_the_stacks_outputs_is_told_in_seconds(
    verb: str, network: Network, capsys: pytest.CaptureFixture[str]
) -> None:
    begun = time.monotonic()
    assert exit_code([verb]) == 1
    assert time.monotonic() - begun < BOUND_S
    assert f"{PRIMARY} does not answer" in capsys.readouterr().err


@pytest.mark.parametrize("regions", [(PRIMARY, SECONDARY), (SECONDARY, PRIMARY)])
def test_doctor_names_the_lost_region_in_seconds(
    regions: tuple[str, str], network: Network, capsys: pytest.CaptureFixture[str]
) -> None:
    primary, secondary = regions
    begun = time.monotonic()
    words = ["--primary-region", primary, "--secondary-region", secondary, "--bucket-prefix", "code"]
    assert exit_code(["doctor", *words]) == 3
    assert time.monotonic() - begun < BOUND_S
    assert f"{PRIMARY} does not answer" in capsys.readouterr().out
