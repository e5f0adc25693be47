"""Calls to AWS: retried where that can help, page by page, and refused in our words where it cannot."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError

from mraa.aws import THROTTLED_ATTEMPTS, Clock, call, pages
from mraa.errors import AwsError, UnreachableError
from tests.errors import client_error

SILENCE = EndpointConnectionError(endpoint_url="https://x")


class Table:
    """A client whose scans go by a script: an exception is raised, a dict is the answer."""

    def __init__(self, *script: Any) -> None:
        self.script = list(script)
        self.asked: list[dict[str, Any]] = []
        self.slept: list[float] = []
        self.clock = Clock(sleep=self.slept.append)
        self.meta = boto3.client("dynamodb", region_name="us-east-1").meta

    def scan(self, **arguments: Any) -> Any:
        self.asked.append(arguments)
        step = self.script.pop(0)
        if isinstance(step, Exception):
            raise step
        return step


def scanned(table: Table, attempts: int) -> Any:
    return call(table.scan, "Scanning", "us-east-1", attempts=attempts, clock=table.clock, TableName="t")


@pytest.mark.parametrize("attempts", [1, 2, 3])
def test_silence_is_retried_as_often_as_was_asked(attempts: int) -> None:
    table = Table(*[SILENCE] * 9)
    with pytest.raises(UnreachableError, match="Scanning in us-east-1 failed: no answer"):
        scanned(table, attempts)
    assert len(table.asked) == attempts


def test_throttling_is_worth_more_attempts_than_silence() -> None:
    table = Table(*[client_error("ThrottlingException")] * (THROTTLED_ATTEMPTS - 1), {"Items": []})
    assert scanned(table, 2) == {"Items": []}
    assert table.slept == sorted(table.slept)
    assert len(table.slept) == THROTTLED_ATTEMPTS - 1


def test_throttling_that_goes_on_is_told() -> None:
    table = Table(*[client_error("ThrottlingException")] * 9)
    with pytest.raises(AwsError, match="ThrottlingException"):
        scanned(table, 2)
    assert len(table.asked) == THROTTLED_ATTEMPTS


@pytest.mark.parametrize("attempts", [1, 3])
def test_a_refusal_is_told_at_once(attempts: int) -> None:
    table = Table(client_error("AccessDeniedException"), {"Items": []})
    with pytest.raises(AwsError, match="AccessDeniedException"):
        scanned(table, attempts)
    assert len(table.asked) == 1


def test_one_attempt_is_one_whatever_came_of_it() -> None:
    table = Table(client_error("ThrottlingException"), {"Items": []})
    with pytest.raises(AwsError):
        scanned(table, 1)
    assert not table.slept


@pytest.fixture
def two_pages() -> Callable[..., Table]:
    first: dict[str, Any] = {"Items": [{"pk": {"S": "1"}}], "LastEvaluatedKey": {"pk": {"S": "1"}}}
    second: dict[str, Any] = {"Items": [{"pk": {"S": "2"}}]}
    return lambda *between: Table(first, *between, second)


def scanned_pages(table: Table, attempts: int) -> list[str]:
    found = pages(table, "scan", "Scanning", "us-east-1", attempts=attempts, clock=table.clock, TableName="t")
    return [item["pk"]["S"] for page in found for item in page["Items"]]


def test_pages_are_read_to_the_last(two_pages: Callable[..., Table]) -> None:
    table = two_pages()
    assert scanned_pages(table, 1) == ["1", "2"]
    assert table.asked[1]["ExclusiveStartKey"] == {"pk": {"S": "1"}}


def test_a_page_that_failed_is_asked_for_again_and_no_other(two_pages: Callable[..., Table]) -> None:
    table = two_pages(SILENCE)
    assert scanned_pages(table, 2) == ["1", "2"]
    assert [bool(asked.get("ExclusiveStartKey")) for asked in table.asked] == [False, True, True]


def test_a_page_that_goes_on_failing_ends_the_listing(two_pages: Callable[..., Table]) -> None:
    table = two_pages(SILENCE, SILENCE)
    with pytest.raises(UnreachableError):
        scanned_pages(table, 2)
