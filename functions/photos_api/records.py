"""Records in the key-value store. Every write checks, in its own transaction, that this Region may write."""

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from photos_api.http import ApiError, busy
from shared.aws import Client, codes_of, log
from shared.retries import Clock, is_transient, retry

PAGE_SIZE = 50

Item = dict[str, str]


@dataclass(frozen=True)
class Records:
    """The tables and the bucket of this Region. ``until_s`` (of ``clock.monotonic``) ends all retries."""

    dynamodb: Client
    s3: Client
    region: str
    app_id: str
    app_config_table: str
    key_value_table: str
    bucket: str
    fences: int
    clock: Clock
    until_s: float

    def object_bytes(self, key: str) -> int | None:
        """Size of an object in this Region's bucket; None if it does not exist."""
        try:
            return int(self.s3.head_object(Bucket=self.bucket, Key=key)["ContentLength"])
        except ClientError as error:
            if codes_of(error)[0] in ("404", "NoSuchKey"):
                return None
            # without s3:ListBucket S3 answers 403 for a missing object: whether it exists is unknown
            log("object not readable", key=key, error=error)
            raise busy("The photo's object cannot be checked now. Retry the request.") from error

    def require_writable(self) -> None:
        """409 if this Region may not write."""
        self._transact()

    def create(self, pk: str, sk: str, attributes: dict[str, str], author: str) -> Item:
        """Write a record and return it as stored.

        The same id from the same author is a retry: it changes nothing and returns the stored record, even in a fenced
        Region, because that write succeeded. From another author: 409.
        """
        item = {
            "pk": pk,
            "sk": sk,
            **attributes,
            "author": author,
            "createdAt": self.clock.timestamp(),
            "writtenIn": self.region,
        }
        put = {
            "TableName": self.key_value_table,
            "Item": {name: {"S": value} for name, value in item.items()},
            "ConditionExpression": "attribute_not_exists(pk)",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        stored = self._transact({"Put": put}) or item
        if stored.get("author") != author:
            raise ApiError(409, "AlreadyExists", "This id belongs to another author's record.")
        return stored

    def page(self, pk: str, after: str | None, *, is_newest_first: bool) -> tuple[list[Item], str | None]:
        """One page of records, and the last id on it if there are more."""
        query: dict[str, Any] = {"ExclusiveStartKey": {"pk": {"S": pk}, "sk": {"S": after}}} if after else {}
        found = self.dynamodb.query(
            TableName=self.key_value_table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": pk}},
            ScanIndexForward=not is_newest_first,
            ConsistentRead=True,  # whoever has just posted must see it here
            Limit=PAGE_SIZE + 1,  # one more shows whether there is a next page
            **query,
        )["Items"]
        page = [_plain(item) for item in found[:PAGE_SIZE]]
        return page, page[-1]["sk"] if len(found) > PAGE_SIZE else None

    def _transact(self, *writes: dict[str, Any]) -> Item | None:
        """Write if this Region may write; returns the record if it already exists."""
        try:
            retry(
                lambda: self.dynamodb.transact_write_items(TransactItems=[self._fence_check(), *writes]),
                self.clock,
                self.until_s,
            )
        except ClientError as error:
            for reason in error.response.get("CancellationReasons", []):
                if reason.get("Item"):
                    return _plain(reason["Item"])
            if "ConditionalCheckFailed" in codes_of(error):
                message = f"{self.region} is not writable; get the application state."
                raise ApiError(409, "RegionFenced", message) from error
            raise
        return None

    def _fence_check(self) -> dict[str, Any]:
        """A check of one random fence item: if all writes checked the same one, they would conflict."""
        number = int(self.clock.random() * self.fences)
        return {
            "ConditionCheck": {
                "TableName": self.app_config_table,
                "Key": {"appId": {"S": f"{self.app_id}#fence#{number:02x}"}},
                "ConditionExpression": "writableRegion = :region",
                "ExpressionAttributeValues": {":region": {"S": self.region}},
            }
        }


def is_unavailable(error: ClientError) -> bool:
    """Whether the same request may succeed later."""
    return is_transient(error) or error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= 500


def _plain(item: dict[str, Any]) -> Item:
    return {name: str(value.get("S", "")) for name, value in item.items()}
