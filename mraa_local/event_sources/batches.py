"""How an event source mapping works through its source: in order, with retries, splits and partial successes.

Pure: knows no engine and no clock. What AWS promises:
https://docs.aws.amazon.com/lambda/latest/dg/ services-dynamodb-errors.html, services-ddb-batchfailurereporting.html
and services-sqs-errorhandling.html.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

UNLIMITED = -1


class Record(NamedTuple):
    """A record of a stream and the position behind it."""

    end: int
    content: dict[str, Any]


@dataclass(frozen=True)
class Batch:
    """Records that are passed to the function together; ``failures`` counts how often that has failed."""

    records: tuple[Record, ...]
    end: int
    """The position of the mapping once all of them are done with, filtered ones behind them included."""
    failures: int = 0


@dataclass(frozen=True)
class Rules:
    """What a mapping says about failures."""

    maximum_retries: int = UNLIMITED
    splits: bool = False
    reports_items: bool = False


class Next(NamedTuple):
    """What follows an invocation: the position that is reached (None: none), what is still to do, what is given up."""

    position: int | None
    waiting: tuple[Batch, ...]
    discarded: Batch | None


def failed_from(batch: Batch, result: Mapping[str, Any], rules: Rules) -> int | None:
    """The index of the first record to be retried; None if the function is done with all of them.

    Where items are reported, an answer without failures is a success, and one that names no record of the batch a
    complete failure.
    """
    if result.get("error"):
        return 0
    named = _reported(result) if rules.reports_items else []
    numbers = {sequence_number(record): at for at, record in enumerate(batch.records)}
    return min((numbers.get(name, 0) for name in named), default=None)


def failed_messages(message_ids: Sequence[str], result: Mapping[str, Any], *, reports_items: bool) -> set[str]:
    """The messages of a queue that stay in it: those that are reported, or all of them.

    All of them if the function fails, or names a message that was not among them.
    """
    if result.get("error"):
        return set(message_ids)
    named = _reported(result) if reports_items else []
    return {str(name) for name in named} if set(named) <= set(message_ids) else set(message_ids)


def sequence_number(record: Record) -> str:
    """The record's sequence number in its stream."""
    of_table, of_kinesis = record.content.get("dynamodb"), record.content.get("kinesis")
    return str(of_table["SequenceNumber"] if of_table else (of_kinesis or {})["sequenceNumber"])


def after(batch: Batch, failed: int | None, rules: Rules) -> Next:
    """What follows. A split does not count as a retry, nor do failures of records before those that are left."""
    if failed is None:
        return Next(batch.end, (), None)
    if failed:
        return Next(batch.records[failed - 1].end, (Batch(batch.records[failed:], batch.end),), None)
    if rules.splits and len(batch.records) > 1:
        middle = len(batch.records) // 2
        first, second = batch.records[:middle], batch.records[middle:]
        halves = Batch(first, first[-1].end, batch.failures), Batch(second, batch.end, batch.failures)
        return Next(None, halves, None)
    failures = batch.failures + 1
    tried = Batch(batch.records, batch.end, failures)
    if rules.maximum_retries != UNLIMITED and failures > rules.maximum_retries:
        return Next(batch.end, (), tried)
    return Next(None, (tried,), None)


def _reported(result: Mapping[str, Any]) -> list[Any]:
    """The identifiers that a function reports as failed; None for one that it does not give as it should."""
    answer = _parsed(result.get("body"))
    failures = answer.get("batchItemFailures") if isinstance(answer, dict) else answer
    named = [of.get("itemIdentifier") if isinstance(of, dict) else None for of in _listed(failures or [])]
    return [name if isinstance(name, str) else None for name in named]


def _parsed(body: Any) -> Any:
    if not isinstance(body, str):
        return body
    try:
        return json.loads(body or "null")
    except ValueError:
        return body


def _listed(failures: Any) -> Sequence[Any]:
    return failures if isinstance(failures, list) else [failures]
