"""The launcher of the acceptance suite: what it refuses, the proxy that loses a Region, the report."""

import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mraa.aws import Aws, call
from mraa.errors import UnreachableError, UsageError
from tests.acceptance import asked, black_hole, in_account, promises, report
from tests.acceptance.on_local_cloud import examples_of
from tests.acceptance.target import Target
from tests.local import people

REGIONS = ("us-east-1", "ap-northeast-1")


@pytest.fixture(autouse=True)
def profile(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """One profile exists, named mine."""
    config = tmp_path / "config"
    config.write_text("[profile mine]\naws_access_key_id = a\naws_secret_access_key = b\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.delenv("AWS_PROFILE", raising=False)


def test_without_words_it_is_the_local_cloud() -> None:
    read = asked.read([])
    assert (read.is_local, read.regions) == (True, REGIONS)


def test_a_profile_and_two_regions_are_an_account() -> None:
    read = asked.read(["--profile=mine", "--regions=eu-west-1, eu-central-1", "--hour=1"])
    assert (read.is_local, read.regions, read.runs_hour) == (False, ("eu-west-1", "eu-central-1"), True)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--regions=us-east-1,eu-west-1"], "PROFILE is not set"),
        (["--profile=theirs", "--regions=us-east-1,eu-west-1"], "'theirs' does not exist"),
        (["--profile=mine", "--operator-profile=no", "--regions=us-east-1,eu-west-1"], "'no' does not exist"),
        (["--profile=mine"], "REGIONS names 0 Regions"),
        (["--profile=mine", "--regions=us-east-1"], "REGIONS names 1 Region;"),
        (["--profile=mine", "--regions=us-east-1,us-east-1"], "REGIONS names us-east-1 twice"),
        (["--profile=mine", "--regions=us-east-1,us-east-7"], "no Region 'us-east-7'"),
        (["--profile=mine", "--regions=us-east-1,cn-north-1"], "different AWS partitions"),
        (["--profile=mine", "--regions=us-gov-east-1,us-gov-west-1"], "sample web app cannot exist in us-gov-east-1"),
        (["--profile=mine", "--regions=cn-north-1,cn-northwest-1"], "sample web app cannot exist in cn-north-1"),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_line_with_a_hint(words: list[str], message: str) -> None:
    with pytest.raises(UsageError) as refused:
        asked.read(words)
    assert message in refused.value.message
    assert "\n" not in refused.value.message
    assert refused.value.hint


def test_other_partitions_run_without_the_web_app() -> None:
    read = asked.read(["--profile=mine", "--regions=us-gov-east-1,us-gov-west-1", "--web-app=no"])
    assert not read.has_web_app


def test_it_says_what_it_creates_and_costs() -> None:
    read = asked.read(["--profile=mine", "--regions=us-east-1,ap-northeast-1"])
    said = in_account.announcement(read, "mraa-acc-0123abcd", "123456789012")
    for part in ("123456789012", "mraa-acc-0123abcd-us-east-1", "below 5 dollars", "about 2 hours", "CloudFront"):
        assert part in said


@pytest.mark.parametrize(
    ("host", "is_lost"),
    [
        ("dynamodb.us-east-1.amazonaws.com", True),
        ("bucket.s3.us-east-1.amazonaws.com", True),
        ("abc.execute-api.us-east-1.amazonaws.com", True),
        ("s3.amazonaws.com", True),
        ("bucket.s3.amazonaws.com", True),
        ("sts.amazonaws.com", True),
        ("dynamodb.us-east-2.amazonaws.com", False),
        ("iam.amazonaws.com", False),
        ("d111.cloudfront.net", False),
    ],
)
def test_the_lost_regions_hosts_are_told_from_others(host: str, is_lost: bool) -> None:
    assert black_hole.is_of(host, "us-east-1") is is_lost
    assert not black_hole.is_of(host, "eu-west-1")


@contextlib.contextmanager
def echo() -> Iterator[int]:
    """A server that answers each connection with what it got first."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection = listener.accept()[0]
                    with connection:
                        connection.sendall(connection.recv(100))

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def connect(proxy: str, host: str) -> socket.socket:
    port = int(proxy.rpartition(":")[2])
    connection = socket.create_connection(("127.0.0.1", port), timeout=10)
    connection.sendall(f"CONNECT {host} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    return connection


def test_the_proxy_never_answers_for_the_lost_region_and_passes_everything_else() -> None:
    with echo() as port, black_hole.lost("us-east-1") as (proxy, swallowed):
        with connect(proxy, f"127.0.0.1:{port}") as connection:
            assert connection.recv(1000).startswith(b"HTTP/1.1 200")
            connection.sendall(b"ping")
            assert connection.recv(100) == b"ping"
        with connect(proxy, "dynamodb.us-east-1.amazonaws.com:443") as connection:
            while not swallowed:  # by the proxy's thread
                time.sleep(0.01)
            connection.settimeout(0.3)
            with pytest.raises(TimeoutError):
                connection.recv(1)
        assert swallowed == ["dynamodb.us-east-1.amazonaws.com"]
        with connect(proxy, "127.0.0.1:1") as connection:
            assert connection.recv(1000).startswith(b"HTTP/1.1 502")


def test_the_policies_are_those_of_the_documentation_for_another_name_and_other_regions() -> None:
    examples = examples_of("111122223333", "mraa-acc-1", "mraa-acc-1", ("eu-west-1", "eu-central-1"))
    texts = people.documents(people.DEPLOYER, examples=examples).values()
    everything = "".join(texts)
    assert all(json.loads(text)["Statement"] for text in texts)
    for gone in ("123456789012", "my-bucket", "us-east-1", "ap-northeast-1", "stack/mraa/", "stack/mraa-web/"):
        assert gone not in everything
    for ours in ("stack/mraa-acc-1/*", "stack/mraa-acc-1-web/*", "arn:aws:s3:::mraa-acc-1-eu-central-1/*"):
        assert ours in everything


def test_every_promise_names_its_source_once_and_is_in_the_documentation() -> None:
    found = promises.every()
    assert len({of.text for of in found}) == len(found) >= 18
    folder = Path(promises.__file__).parent
    assert {f"{stem}.py" for stem in promises.RISK} == {path.name for path in folder.glob("test_*.py")}
    assert promises.table() in promises.PAGE.read_text(encoding="utf-8")


JUNIT = """<testsuites><testsuite>
<testcase classname="tests.acceptance.test_launch"
 name="test_the_documented_create_stack_creates_both_regions" time="2.5"/>
<testcase classname="tests.acceptance.test_deletes"
 name="test_what_was_deleted_in_the_standby_region_is_gone_after_the_failback"
 time="1"><failure message="AssertionError: a | b&#10;more"/></testcase>
<testcase classname="tests.acceptance.test_opt_in" name="test_a_region_that_is_disabled_by_default_can_be_used"
 time="0"><skipped message="no such Region"/></testcase>
</testsuite></testsuites>"""


def test_the_report_labels_its_figures_and_lists_what_was_not_run(tmp_path: Path) -> None:
    (tmp_path / report.JUNIT).write_text(JUNIT)
    results = report.write(tmp_path, "local cloud", REGIONS)
    assert [of.result for of in results].count("passed") == 1
    assert [of.result for of in results].count("FAILED") == 1
    text = (tmp_path / report.TABLE).read_text()
    assert "seconds (local cloud)" in text
    assert "| not run: no such Region | 0.0 |" in text
    assert "not run: the run ended before" in text
    assert "| FAILED: AssertionError: a \\| b | 1.0 |" in text
    assert len([line for line in text.splitlines() if line.startswith("| ")]) == len(results) + 1


def test_a_target_is_read_as_it_was_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.acceptance import target as targets

    made = Target("local cloud", True, REGIONS, "s", "s", str(tmp_path), {"operator": "p"}, {"A": "b"})
    monkeypatch.setenv(targets.VARIABLE, str(made.save()))
    assert targets.load() == made


def test_the_tool_takes_a_region_behind_the_proxy_for_one_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "mine")
    for name in ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with black_hole.lost("us-east-1") as (proxy, swallowed):
        monkeypatch.setenv("HTTPS_PROXY", proxy)
        monkeypatch.setenv("https_proxy", proxy)
        begun = time.monotonic()
        with pytest.raises(UnreachableError) as unreachable:
            call(Aws().client("ssm", "us-east-1", fast=True).describe_parameters, "Asking", "us-east-1")
        assert time.monotonic() - begun < 10
    assert unreachable.value.message.startswith("Asking in us-east-1 failed: no answer")
    assert swallowed == ["ssm.us-east-1.amazonaws.com"]
