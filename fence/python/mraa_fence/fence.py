"""One application's fence in one Region.

A write is one transaction with a check of one fence item, ``writableRegion = <this Region>``. A transaction that
DynamoDB cancelled is over, so the next try draws another fence. After a lost answer nobody knows, so the very same
request is sent again: its token makes DynamoDB say whether it was carried out, even if the Region is fenced by now.
"""

import os
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property, wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from mraa_fence.keys import DEFAULT_FENCES, FENCE_COUNTS, fence_id
from mraa_fence.retries import Clock, codes_of, is_transient, is_unanswered, retry
from mraa_fence.validation import FenceError, Item, require_count, require_items, require_text, require_timeout

_FAILED = "ConditionalCheckFailed"

P = ParamSpec("P")
T = TypeVar("T")


class RegionFenced(Exception):
    """This Region may not write, and nothing was written.

    ``writable_region`` and ``epoch`` are what the fence says (``none``: no Region may), None if there is no such fence.
    ``reasons`` are DynamoDB's cancellation reasons of the caller's items, in their order.
    """

    def __init__(self, message: str, fence: Item, reasons: list[dict[str, Any]]) -> None:
        super().__init__(message)
        self.writable_region: str | None = fence.get("writableRegion", {}).get("S")
        self.epoch: int | None = _number(fence, "epoch")
        self.reasons = reasons


@dataclass(frozen=True)
class Fence:
    """The fence of an application in the Region of ``client``, a DynamoDB client (not a resource's).

    ``fences`` is how many fence items there are (the template's parameter ``Fences``); None: as the application's state
    record says, which is read once.
    """

    client: Any
    table: str
    app_id: str
    region: str
    fences: int | None = None
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        for name in ("table", "app_id", "region"):
            require_text(name, getattr(self, name))
        if self.fences is not None:
            require_count(self.fences)
        if self.client.meta.region_name != self.region:
            raise FenceError(
                f"The client is of {self.client.meta.region_name}, not of {self.region}: a check of one Region says "
                f"nothing about a write in another one."
            )

    @classmethod
    def from_environment(cls, client: Any = None, clock: Clock | None = None) -> "Fence":
        """By ``APP_ID``, ``APP_CONFIG_TABLE``, ``AWS_REGION`` and, if set, ``FENCES``; by default a new client."""
        names = ("APP_CONFIG_TABLE", "APP_ID", "AWS_REGION")
        if missing := [name for name in names if not os.environ.get(name)]:
            raise FenceError(f"Not set in the environment: {', '.join(missing)}.")
        table, app_id, region = (os.environ[name] for name in names)
        text = os.environ.get("FENCES")
        counts = {str(count): count for count in FENCE_COUNTS}
        fences = None if text is None else require_count(counts.get(text, text))
        if client is None:
            import boto3  # slow, and most callers have a client

            client = boto3.client("dynamodb", region_name=region)
        return cls(client, table, app_id, region, fences, clock or Clock())

    def check(self) -> dict[str, Any]:
        """A ConditionCheck of one fence, for the ``TransactItems`` of any transaction in this Region.

        Drawn at random: if all writes checked the same fence, they would conflict.
        """
        return {
            "ConditionCheck": {
                **self._drawn(),
                "ConditionExpression": "writableRegion = :region",
                "ExpressionAttributeValues": {":region": {"S": self.region}},
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            }
        }

    def write(self, items: Iterable[Item], timeout_s: float = 5.0) -> None:
        """Make 1 to 99 ``items`` of ``TransactItems`` in one transaction, if this Region may write.

        Conflicts, throttling and lost answers are retried until ``timeout_s`` is over. Raises RegionFenced, and
        FenceError for items that cannot be sent; otherwise botocore's error, its cancellation reasons in the order of
        the items, the check's last. Whether it wrote is then known (no) unless ``is_unanswered(error)``.
        """
        writes = require_items(items)
        require_timeout(timeout_s)
        request = self._request(writes)
        lost: Exception | None = None

        def attempt() -> None:
            nonlocal request, lost
            try:
                self.client.transact_write_items(**request)
            except (BotoCoreError, ClientError) as error:
                if is_unanswered(error) or _was_sent_again(error):
                    lost = error
                elif not lost:
                    request = self._request(writes)
                raise

        try:
            retry(
                attempt,
                self.clock,
                self.clock.monotonic() + timeout_s,
                is_retried=lambda error: is_transient(error) or is_unanswered(error),
            )
        except ClientError as error:
            if lost and is_transient(error):
                raise lost from error  # the lost one may still be carried out
            self._raise_clearly(error, writes)
            raise

    def require(self) -> int:
        """The epoch in which this Region may write; RegionFenced if it may not.

        For what no transaction can include. The state may change right after it: the epoch is what another store can
        compare.
        """
        fence = self._get(self._drawn()["Key"])
        if fence.get("writableRegion", {}).get("S") == self.region:
            return _number(fence, "epoch") or 0
        raise self._refusal(fence, [])

    def active_only(
        self, body: Callable[Concatenate[int, P], T], otherwise: Callable[P, T] | None = None
    ) -> Callable[P, T]:
        """Run ``body(epoch, ...)`` only where this Region may write; a decorator.

        Elsewhere ``otherwise(...)`` is run, or RegionFenced raised: a queue then delivers its messages again.
        """

        @wraps(body)
        def run(*arguments: P.args, **named: P.kwargs) -> T:
            try:
                epoch = self.require()
            except RegionFenced:
                if otherwise is None:
                    raise
                return otherwise(*arguments, **named)
            return body(epoch, *arguments, **named)

        return run

    @cached_property
    def count(self) -> int:
        """How many fences the application has."""
        if self.fences is not None:
            return self.fences
        record = self._get({"appId": {"S": self.app_id}})
        if not record:
            raise FenceError(f"{self.table} in {self.region} has no state record of the application {self.app_id}.")
        return require_count(_number(record, "fences") or DEFAULT_FENCES)

    def _drawn(self) -> dict[str, Any]:
        number = int(self.clock.random() * self.count)
        return {"TableName": self.table, "Key": {"appId": {"S": fence_id(self.app_id, number)}}}

    def _request(self, writes: list[Item]) -> dict[str, Any]:
        return {"TransactItems": [*writes, self.check()], "ClientRequestToken": str(uuid.uuid4())}

    def _get(self, key: Item) -> Item:
        try:
            answer = self.client.get_item(TableName=self.table, Key=key, ConsistentRead=True)
        except ClientError as error:
            self._raise_clearly(error, [])
            raise
        found: Item = answer.get("Item", {})
        return found

    def _raise_clearly(self, error: ClientError, writes: list[Item]) -> None:
        """What the fence says, and what AWS says without a name."""
        reasons = error.response.get("CancellationReasons", [])
        if len(reasons) > len(writes) and reasons[-1].get("Code") == _FAILED:
            raise self._refusal(reasons[-1].get("Item", {}), reasons[:-1]) from error
        if codes_of(error)[0] == "ResourceNotFoundException":
            tables = {self.table, *(str(of.get("TableName")) for write in writes for of in write.values())}
            raise FenceError(f"{self.region} does not have all of the tables {', '.join(sorted(tables))}.") from error

    def _refusal(self, fence: Item, reasons: list[dict[str, Any]]) -> RegionFenced:
        if fence:
            return RegionFenced(
                f"{self.region} may not write: the writable Region is {fence.get('writableRegion', {}).get('S')}.",
                fence,
                reasons,
            )
        return RegionFenced(
            f"{self.region} may not write: {self.table} lacks a fence of {self.app_id} there. The application's id or "
            f"the number of fences ({self.count}) is wrong, or the table was created just now.",
            fence,
            reasons,
        )


def _was_sent_again(error: Exception) -> bool:
    """Whether the SDK itself retried: of what it sent before, no answer is known."""
    metadata = error.response.get("ResponseMetadata", {}) if isinstance(error, ClientError) else {}
    return bool(metadata.get("RetryAttempts"))


def _number(item: Item, name: str) -> int | None:
    text = item.get(name, {}).get("N")
    return None if text is None else int(text)
