"""Photos put past the web app: records as the API writes them, and their objects."""

from typing import Any

from tests.e2e.deployment import System
from tests.e2e.pictures import Picture, picture
from tests.regions import PRIMARY

_BATCH = 25


def photo_id(number: int, time: str = "01900000") -> str:
    """The id of photo ``number``; ``time`` is its first eight digits, so that other ids come before or after."""
    return f"{time}-0000-7000-8000-{number:012x}"


def photo_item(identifier: str, **values: str) -> dict[str, Any]:
    """A photo's item in the key-value store; somebody else's, unless ``values`` say otherwise."""
    item = {
        "pk": "PHOTO",
        "sk": identifier,
        "title": f"Photo {int(identifier[-6:], 16)}",
        "user": "bob",
        "author": "bob",
        "contentType": "image/png",
        "createdAt": "2024-06-01T00:00:00.000Z",
        "writtenIn": PRIMARY,
        **values,
    }
    return {name: {"S": value} for name, value in item.items()}


def put_items(system: System, items: list[dict[str, Any]]) -> None:
    """Write items to the key-value store."""
    dynamodb, table = system.client("dynamodb"), system.deployer.key_value_table()
    for start in range(0, len(items), _BATCH):
        requests = [{"PutRequest": {"Item": item}} for item in items[start : start + _BATCH]]
        dynamodb.batch_write_item(RequestItems={table: requests})


def put_objects(system: System, identifier: str, **pictures: Picture) -> None:
    """Put a photo's objects: ``full``, ``thumb``, ``large``."""
    s3, bucket = system.client("s3"), system.deployer.object_bucket(PRIMARY)
    for name, one in pictures.items():
        folder = "public" if name == "full" else f"public/{name}"
        s3.put_object(Bucket=bucket, Key=f"{folder}/{identifier}", Body=one.content, ContentType=one.content_type)


def put_large_photo(system: System, identifier: str, title: str) -> None:
    """A photo with all renditions: 800 pixels wide, the larger one 400, the thumbnail 80."""
    put_objects(
        system,
        identifier,
        full=picture("full.png", width=800, height=600),
        large=picture("large.png", width=400, height=300),
        thumb=picture("thumb.png", width=80, height=60),
    )
    put_items(system, [photo_item(identifier, title=title, hasLarge="yes")])
