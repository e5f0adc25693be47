"""Records in the key-value store.

Every write checks in its own transaction that this Region may write, and that the display name is its author's: an item
``NAME#<name>``, made by the first write that uses it, says whose it is.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from mraa_fence import Fence, RegionFenced, is_transient, is_unanswered
from mraa_fence.retries import codes_of
from photos_api.http import ApiError, busy, deleted
from photos_api.text import compared
from shared.aws import Client, log
from shared.clock import Clock

PAGE_SIZE = 50

_DELETED = "deletedAt"  # the attribute that makes an item a tombstone

Item = dict[str, str]
Reason = dict[str, Any]  # why a write of a transaction was not made, as DynamoDB says it


@dataclass(frozen=True)
class Records:
    """The tables and the bucket of this Region.

    ``make_s3`` returns the client for the bucket; few requests ask for it. ``until_s`` (of ``clock.monotonic``) ends
    all retries.
    """

    dynamodb: Client
    make_s3: Callable[[], Client]
    fence: Fence
    key_value_table: str
    bucket: str
    clock: Clock
    until_s: float

    def object_bytes(self, key: str) -> int | None:
        """Size of an object in this Region's bucket; None if it does not exist."""
        try:
            return int(self.make_s3().head_object(Bucket=self.bucket, Key=key)["ContentLength"])
        except ClientError as error:
            if codes_of(error)[0] in ("404", "NoSuchKey"):
                return None
            # without s3:ListBucket S3 answers 403 for a missing object: whether it exists is unknown
            log("object not readable", key=key, error=error)
            raise busy("The photo's object cannot be checked now. Retry the request.") from error

    def require_writable(self) -> None:
        """409 if this Region may not write."""
        try:
            self.fence.require()
        except RegionFenced as fenced:
            raise self._fenced() from fenced

    def create(self, pk: str, sk: str, attributes: dict[str, str], author: str) -> Item:
        """Write a record and return it as stored; the name in ``user`` must be its author's or nobody's.

        The same id from the same author is a retry: it changes nothing and returns the stored record, even in a fenced
        Region, because that write succeeded. From another author: 409.
        """
        item = {"pk": pk, "sk": sk, **attributes, **self._origin(author)}
        put = self._put(item, "attribute_not_exists(pk)")
        # almost always the name is the author's already, so that is tried first: a check alone is not replicated
        for use_name in (self._check_name, self._take_name):
            reasons, is_fenced = self._transact(put, use_name(attributes["user"], author))
            if not reasons:
                return item
            if stored := _item_of(reasons[0]):
                if stored.get("author") != author:
                    raise ApiError(409, "AlreadyExists", "This id belongs to another author's record.")
                if _DELETED in stored:
                    raise deleted()
                return stored
            if is_fenced:
                raise self._fenced()
            if _item_of(reasons[1]):
                raise ApiError(409, "NameTaken", "This name belongs to another author.", "user")
        raise busy("The name is being taken. Retry the request.")

    def delete(self, pk: str, sk: str, author: str) -> Item:
        """Put a tombstone in the record's place and return it; only the record's author may.

        In its place, so that whatever replication does, it is the later write of one item and wins; for good, so that
        the id cannot be used again. The same request again changes nothing and returns the stored tombstone.
        """
        tombstone = {
            "pk": pk,
            "sk": sk,
            "author": author,
            "writtenIn": self.fence.region,
            _DELETED: self.clock.timestamp(),
        }
        put = self._put(tombstone, f"author = :author AND attribute_not_exists({_DELETED})", author)
        reasons, is_fenced = self._transact(put)
        if not reasons:
            return tombstone
        stored = _item_of(reasons[0])
        if not stored:
            if is_fenced:
                raise self._fenced()
            raise ApiError(404, "NotFound", f"{self.fence.region} has no such record.")
        if stored.get("author") != author:
            raise ApiError(403, "NotAuthor", "Only its author may delete it.")
        return stored

    def is_deleted(self, pk: str, sk: str) -> bool:
        """Whether there is a tombstone in the record's place."""
        key = {"pk": {"S": pk}, "sk": {"S": sk}}
        found = self.dynamodb.get_item(TableName=self.key_value_table, Key=key, ConsistentRead=True)
        return _DELETED in found.get("Item", {})

    def delete_objects(self, *keys: str) -> None:
        """Delete objects of this Region's bucket, which keeps their versions; the delete markers are replicated."""
        objects = [{"Key": key} for key in keys]
        failed = (
            self.make_s3().delete_objects(Bucket=self.bucket, Delete={"Objects": objects, "Quiet": True}).get("Errors")
        )
        if failed:
            log("objects not deleted", errors=failed)
            raise busy("Not all of its objects are deleted. Retry the request.")

    def page(self, pk: str, after: str | None, *, is_newest_first: bool) -> tuple[list[Item], str | None]:
        """One page of records, tombstones left out, and the id to go on after if there are more.

        A page is shorter than others only if it is the last one, or if so many tombstones were read that time is up.
        """
        found: list[Item] = []
        start = {"ExclusiveStartKey": {"pk": {"S": pk}, "sk": {"S": after}}} if after else {}
        while True:
            answer = self.dynamodb.query(
                TableName=self.key_value_table,
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues={":pk": {"S": pk}},
                ScanIndexForward=not is_newest_first,
                ConsistentRead=True,  # whoever has just posted must see it here
                Limit=PAGE_SIZE + 1,  # one more shows whether there is a next page
                **start,
            )
            found += [_plain(item) for item in answer["Items"] if _DELETED not in item]
            last_key = answer.get("LastEvaluatedKey")
            if len(found) > PAGE_SIZE:
                return found[:PAGE_SIZE], found[PAGE_SIZE - 1]["sk"]
            if not last_key:
                return found, None
            if self.clock.monotonic() > self.until_s:
                return found, last_key["sk"]["S"]
            start = {"ExclusiveStartKey": last_key}

    def _transact(self, *writes: dict[str, Any]) -> tuple[list[Reason], bool]:
        """Make all of the writes if this Region may write and their conditions hold; then there are no reasons.

        Otherwise none is made; returns the reason of each, in this order, and whether this Region may not write.
        """
        try:
            self.fence.write(writes, self.until_s - self.clock.monotonic())
        except RegionFenced as fenced:
            return fenced.reasons, True
        except ClientError as error:
            if "ConditionalCheckFailed" not in codes_of(error):
                raise
            return list(error.response["CancellationReasons"]), False
        return [], False

    def _fenced(self) -> ApiError:
        return ApiError(409, "RegionFenced", f"{self.fence.region} is not writable; get the application state.")

    def _check_name(self, name: str, author: str) -> dict[str, Any]:
        """A check that the name is the author's."""
        return {
            "ConditionCheck": {
                "TableName": self.key_value_table,
                "Key": {attribute: {"S": value} for attribute, value in _name_key(name).items()},
                "ConditionExpression": "author = :author",
                "ExpressionAttributeValues": {":author": {"S": author}},
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            }
        }

    def _take_name(self, name: str, author: str) -> dict[str, Any]:
        """Make the name the author's, unless another one was first."""
        item = {**_name_key(name), **self._origin(author)}
        return self._put(item, "attribute_not_exists(pk) OR author = :author", author)

    def _origin(self, author: str) -> Item:
        return {"author": author, "createdAt": self.clock.timestamp(), "writtenIn": self.fence.region}

    def _put(self, item: Item, condition: str, author: str = "") -> dict[str, Any]:
        values = {"ExpressionAttributeValues": {":author": {"S": author}}} if author else {}
        return {
            "Put": {
                "TableName": self.key_value_table,
                "Item": {name: {"S": value} for name, value in item.items()},
                "ConditionExpression": condition,
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
                **values,
            }
        }


def is_unavailable(error: Exception) -> bool:
    """Whether the same request may succeed later."""
    return is_transient(error) or is_unanswered(error) or isinstance(error, BotoCoreError)


def _name_key(name: str) -> Item:
    """The key of the item that says whose a name is."""
    return {"pk": f"NAME#{compared(name)}", "sk": "NAME"}


def _item_of(reason: Reason) -> Item:
    """The item on which a condition failed; empty if there is none, or if it did not fail."""
    return _plain(reason.get("Item") or {})


def _plain(item: dict[str, Any]) -> Item:
    return {name: value.get("S", "") for name, value in item.items()}
