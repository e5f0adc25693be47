"""A client that writes comments while the stacks change, and remembers what was acknowledged."""

import threading
import time
from types import TracebackType

from mraa.aws import Aws
from mraa.errors import UnreachableError
from mraa.recovery.models import RegionInfo
from mraa.recovery.regions.ids import uuid7
from mraa.sample import photos

_PAUSE_S = 0.05


class Writer:
    """While entered, posts comments to one Region's API; ``acknowledged`` are the ids that were answered with 200."""

    def __init__(self, aws: Aws, info: RegionInfo) -> None:
        self.aws, self.info = aws, info
        self.photo_id = uuid7(time.time())
        self.acknowledged: set[str] = set()
        self.refused: list[int] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._write, daemon=True)

    def __enter__(self) -> "Writer":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join(timeout=60)

    def _write(self) -> None:
        while not self._stop.wait(_PAUSE_S):
            comment_id = uuid7(time.time())
            try:
                answer = photos.post_comment(self.aws, self.info, self.photo_id, comment_id, "writer", "still there")
            except UnreachableError:
                continue  # not acknowledged, whatever became of it
            if answer.status == 200:
                self.acknowledged.add(comment_id)
            else:
                self.refused.append(answer.status)

    def kept(self, region: str) -> set[str]:
        """The acknowledged ids in a Region's table."""
        table = self.aws.client("dynamodb", region)
        pages = table.get_paginator("scan").paginate(TableName=self.info.key_value_store_table)
        values = {value for page in pages for item in page["Items"] for of in item.values() for value in of.values()}
        text = "\n".join(str(value) for value in values)
        return {comment_id for comment_id in self.acknowledged if comment_id in text}
