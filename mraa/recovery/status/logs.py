"""What functions and APIs of the deployment, and applications of one's own, logged in a Region.

CloudWatch Logs takes some seconds until what was logged can be read, and does not keep the order: who follows reads the
last seconds again and leaves out what was seen.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from mraa import names
from mraa.aws import Aws, Clock, pages
from mraa.errors import AwsError
from mraa.recovery.models import RegionInfo
from mraa.recovery.regions.parameter import token
from mraa.recovery.regions.stack_resources import resources_of_stack
from mraa.recovery.retries import QUICK_ATTEMPTS

_GROUP, _FUNCTION = "AWS::Logs::LogGroup", "AWS::Lambda::Function"
LATE_S = 30.0  # after so long everything that was logged can be read


@dataclass(frozen=True)
class LogLine:
    """One log event.

    ``source`` is the function or API without the deployment's prefix; or an application of one's own and a logical id.
    """

    at_ms: int
    region: str
    source: str
    message: str

    @property
    def order(self) -> tuple[int, str, str]:
        """By time; of one millisecond those of one source together, which stay in the order that they were read in."""
        return self.at_ms, self.region, self.source

    @property
    def at(self) -> str:
        """When it was logged: ISO 8601 in UTC with milliseconds."""
        return datetime.fromtimestamp(self.at_ms / 1000, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


@dataclass
class LogReader:
    """One Region's log groups; each ``read`` leaves out what an earlier one returned of the last ``LATE_S``.

    They are the deployment's own, or those of ``application``.
    """

    aws: Aws
    clock: Clock
    info: RegionInfo
    application: str = ""
    _seen: dict[str, int] = field(default_factory=dict)  # event id -> time in milliseconds

    @property
    def label(self) -> str:
        """Whose log groups these are."""
        return f"{self.application} in {self.info.region}" if self.application else self.info.region

    def read(self, since_ms: int) -> Iterator[LogLine]:
        """What was logged at ``since_ms`` (since 1970) or later, one log group after the other."""
        late_ms = int((self.clock.now() - LATE_S) * 1000)
        self._seen = {event_id: at_ms for event_id, at_ms in self._seen.items() if at_ms >= late_ms}
        for group, source in self._groups_of_stack() if self.application else self._groups():
            for event in self._events(group, since_ms):
                if event["eventId"] in self._seen:
                    continue
                if event["timestamp"] >= late_ms:
                    self._seen[event["eventId"]] = event["timestamp"]
                yield LogLine(event["timestamp"], self.info.region, source, event["message"].rstrip())

    def _groups(self) -> Iterator[tuple[str, str]]:
        prefix = f"{names.prefix(token(self.info))}-"
        for start, kind in ((names.function_logs(token(self.info), ""), ""), (names.api_logs(prefix), " API")):
            for group in self._pages(
                "describe_log_groups", f"Listing the log groups {start}*", logGroupNamePrefix=start
            ):
                for found in group["logGroups"]:
                    name = str(found["logGroupName"])
                    yield name, name.removeprefix(start) + kind

    def _groups_of_stack(self) -> Iterator[tuple[str, str]]:
        """Those that the template has, and each function's own, which need not exist."""
        stack = self.info.applications[self.application].stack
        if not stack:
            again = f"mraa app deploy {self.application}"
            raise AwsError(f"its parameter names no stack until it is deployed again: {again}", f"Run: {again}")
        found = resources_of_stack(
            self.aws, self.clock, self.info.region, stack, (_GROUP, _FUNCTION), attempts=QUICK_ATTEMPTS
        )
        groups: dict[str, str] = {}
        for resource in sorted(found, key=lambda of: of.type != _GROUP):
            name = resource.physical_id if resource.type == _GROUP else f"/aws/lambda/{resource.physical_id}"
            groups.setdefault(name, f"{self.application} {resource.logical_id}")
        yield from groups.items()

    def _events(self, group: str, since_ms: int) -> Iterator[dict[str, Any]]:
        try:
            for page in self._pages("filter_log_events", f"Reading {group}", logGroupName=group, startTime=since_ms):
                yield from page["events"]
        except AwsError as error:
            # deleted since it was listed
            if error.code != "ResourceNotFoundException":
                raise

    def _pages(self, operation: str, doing: str, **arguments: Any) -> Iterator[Any]:
        client, region = self.aws.client("logs", self.info.region, fast=True), self.info.region
        return pages(client, operation, doing, region, attempts=QUICK_ATTEMPTS, clock=self.clock, **arguments)
