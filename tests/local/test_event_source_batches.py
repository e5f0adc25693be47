"""How a mapping works through its stream, without a cloud."""

from typing import Any

import pytest

from mraa_local.event_sources.batches import Batch, Next, Record, Rules, after, failed_from

REPORTING = Rules(reports_items=True)


def batch(*numbers: str, end: int | None = None, failures: int = 0) -> Batch:
    records = tuple(Record(int(number), {"dynamodb": {"SequenceNumber": number}}) for number in numbers)
    return Batch(records, records[-1].end if end is None else end, failures)


@pytest.mark.parametrize(
    ("rules", "result", "expected"),
    [
        (Rules(), {"body": {"batchItemFailures": [{"itemIdentifier": "2"}]}}, None),
        (Rules(), {"error": True, "body": {}}, 0),
        (REPORTING, {"error": True, "body": {}}, 0),
        (REPORTING, {"body": None}, None),
        (REPORTING, {"body": ""}, None),
        (REPORTING, {"body": {}}, None),
        (REPORTING, {"body": {"batchItemFailures": None}}, None),
        (REPORTING, {"body": {"batchItemFailures": []}}, None),
        (REPORTING, {"body": '{"batchItemFailures": [{"itemIdentifier": "3"}, {"itemIdentifier": "2"}]}'}, 1),
        (REPORTING, {"body": {"batchItemFailures": [{"itemIdentifier": ""}]}}, 0),
        (REPORTING, {"body": {"batchItemFailures": [{"itemIdentifier": None}]}}, 0),
        (REPORTING, {"body": {"batchItemFailures": [{"id": "3"}]}}, 0),
        (REPORTING, {"body": {"batchItemFailures": [{"itemIdentifier": "9"}]}}, 0),
        (REPORTING, {"body": "neither"}, 0),
    ],
)
def test_the_answer_says_from_which_record_on_to_retry(
    rules: Rules, result: dict[str, Any], expected: int | None
) -> None:
    assert failed_from(batch("1", "2", "3"), result, rules) == expected


def test_a_success_moves_behind_the_batch_and_what_was_filtered() -> None:
    assert after(batch("1", "2", end=5), None, Rules()) == Next(5, (), None)


def test_a_failure_is_retried_as_often_as_the_mapping_says_and_then_given_up() -> None:
    rules = Rules(maximum_retries=1)
    first = after(batch("1", "2"), 0, rules)
    assert first == Next(None, (batch("1", "2", failures=1),), None)
    assert after(first.waiting[0], 0, rules) == Next(2, (), batch("1", "2", failures=2))


def test_a_failure_is_retried_for_ever_by_default() -> None:
    assert after(batch("1", failures=1000), 0, Rules()).discarded is None


def test_a_split_is_not_a_retry() -> None:
    rules = Rules(maximum_retries=0, splits=True)
    split = after(batch("1", "2", "3", end=4), 0, rules)
    assert split == Next(None, (batch("1"), batch("2", "3", end=4)), None)
    assert after(split.waiting[0], 0, rules) == Next(1, (), batch("1", failures=1))


def test_what_was_done_before_the_first_failure_is_not_repeated() -> None:
    done = after(batch("1", "2", "3", end=4, failures=1), 2, Rules(splits=True))
    assert done == Next(2, (batch("3", end=4),), None)
