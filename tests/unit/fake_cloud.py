"""Two Regions small enough to read: tables and buckets that replicate late, the state function, stacks, and faults.

``FakeCloud.aws`` stands in for ``mraa.aws.Aws``. Time moves only when the code under test sleeps, and each sleep runs
the next frame: ``cloud.then(lambda: cloud.event(...))``. The state function is the real one, on a client of this
cloud's.
"""

import functools
import io
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import boto3
from botocore.exceptions import EndpointConnectionError

from app_state_updater.change import change_state
from app_state_updater.payload import parse
from app_state_updater.rules import Regions
from app_state_updater.table import StateTable
from mraa.aws import ApiAnswer, Aws, Clock
from mraa.aws_errors import translated
from mraa.sample.photos import PhotoSample
from mraa.settings import Settings
from shared.clock import Clock as FunctionClock
from tests.errors import client_error
from tests.regions import PRIMARY, REGIONS, SECONDARY, other
from tests.unit.fake_stacks import APP_ID, TOKEN, FakeStacks
from tests.unit.fake_tables import FakeTables, Stamp

CONFIG, STORE = f"mraa-{TOKEN}-app-config", f"mraa-{TOKEN}-key-value-store"
SETTINGS = Settings(secondary_region=SECONDARY)
PHOTOS = PhotoSample()
FENCE_IDS = [f"{APP_ID}#fence#{number:02x}" for number in range(8)]  # fewer than by default: faster


class Killed(BaseException):
    """kill -9: nothing of the run continues, cleaning up included."""


def bucket(region: str) -> str:
    return f"mraa-{TOKEN}-{region}-objects"


def parameter_document(region: str) -> dict[str, Any]:
    return {
        "schemaVersion": 1,
        "stackName": "mraa",
        "appId": APP_ID,
        "role": "primary" if region == PRIMARY else "secondary",
        "region": region,
        "primaryRegion": PRIMARY,
        "secondaryRegion": SECONDARY,
        "routingLayerApiId": "routing",
        "photosApiId": "photos",
        "objectStoreBucket": bucket(region),
        "keyValueStoreTable": STORE,
        "appConfigTable": CONFIG,
        "appStateUpdaterFunction": f"mraa-{TOKEN}-app-state-updater",
        "photosFunction": f"mraa-{TOKEN}-photos-api",
    }


@dataclass
class ReplicatedWrite:
    """One write on its way to the other Region; ``value`` None deletes."""

    due: float
    to: str
    store: str
    key: str
    value: Any
    stamp: Stamp


@dataclass
class FakeCloud(FakeTables, FakeStacks):
    """``down`` are Regions that do not answer."""

    lag_s: float = 0.3
    metrics: str = "second"  # "minute", "none"
    alarms: dict[str, str] = field(default_factory=lambda: {f"mraa-{TOKEN}-state-guard-failures": "OK"})
    published_at: float | None = None  # the newest count by the minute, if it is late
    past_latencies: list[tuple[float, float]] = field(default_factory=list)  # when, and how many seconds
    down: set[str] = field(default_factory=set)
    cut: set[str] = field(default_factory=set)  # Regions that nothing arrives in
    bare_buckets: set[str] = field(default_factory=set)  # without replication rules
    # stacks of applications in the primary Region: the type and the physical id of each resource
    application_stacks: dict[str, list[tuple[str, str]]] = field(default_factory=lambda: {"mraa-orders": []})
    frames: list[Callable[[], None]] = field(default_factory=list)
    slow: dict[str, float] = field(default_factory=dict)  # tables with a replication latency of their own, in seconds
    calls: list[tuple[str, str, str]] = field(default_factory=list)
    # before: may raise instead of the call; after: may raise although the call was carried out
    before: Callable[[str, str, str], None] = lambda service, region, operation: None
    after: Callable[[str, str, str], None] = lambda service, region, operation: None

    def __post_init__(self) -> None:
        self._lock = threading.RLock()
        self._serial = 0
        self.queue: list[ReplicatedWrite] = []
        self.keys = {CONFIG: {"appId": "S"}, STORE: {"pk": "S", "sk": "S"}}
        self.stores = {region: {CONFIG: {}, STORE: {}, "objects": {}} for region in REGIONS}
        self.parameters: dict[str, dict[str, Any]] = {
            region: {f"/mraa/{TOKEN}/regional": parameter_document(region)} for region in REGIONS
        }
        self.rules = {region: [("mraa-forward", bucket(other(region)))] for region in REGIONS}
        self.api_status = dict.fromkeys(REGIONS, 200)
        self.clock = Clock(now=lambda: self.now, monotonic=lambda: self.now, sleep=self.sleep)
        self.aws = cast(
            Aws,
            SimpleNamespace(
                client=lambda service, region, fast=False: FakeClient(self, service, region),
                api_request=self._api_request,
            ),
        )
        self.set_state("active", PRIMARY, 1)
        self.settle()

    # --- what tests ask and do ---------------------------------------------------------------------------------

    def add_table(self, name: str, **key: str) -> str:
        """A table with replicas in both Regions and the deployment's prefix; its name."""
        table = f"mraa-{TOKEN}-{name}"
        self.keys[table] = key
        for stores in self.stores.values():
            stores[table] = {}
        return table

    def set_state(self, state: str, writable: str, epoch: int, *, region: str = PRIMARY, previous: str = "") -> None:
        record = {
            "state": state,
            "writableRegion": writable,
            "epoch": epoch,
            "updatedAt": f"t{epoch}",
            "updatedBy": "somebody",
            "reason": "",
            "previousState": previous,
            "fences": len(FENCE_IDS),
        }
        self.write(region, CONFIG, APP_ID, record)
        for fence_id in FENCE_IDS:
            self.write(region, CONFIG, fence_id, {"writableRegion": writable, "epoch": epoch})

    def record(self, region: str) -> dict[str, Any]:
        return dict(self.stores[region][CONFIG][APP_ID][0])

    def fences(self, region: str) -> set[tuple[str, int]]:
        found = (self.stores[region][CONFIG].get(fence_id, (None,))[0] for fence_id in FENCE_IDS)
        return {(fence["writableRegion"], fence["epoch"]) if fence else ("missing", 0) for fence in found}

    def app_write(self, region: str, name: str) -> bool:
        """A write as the application makes it: acknowledged only if the fence allows it."""
        fence = self.stores[region][CONFIG][FENCE_IDS[len(name) % len(FENCE_IDS)]][0]
        if fence["writableRegion"] != region or region in self.down:
            return False
        self.write(region, STORE, f"PHOTO/{name}", {"writtenIn": region})
        return True

    def canaries(self) -> list[str]:
        return [
            key
            for stores in self.stores.values()
            for name, store in stores.items()
            for key in store
            if name != CONFIG and "canary" in key.lower() and store[key][0] is not None
        ]

    def then(self, *frames: Callable[[], None]) -> None:
        """What happens during the next sleeps, one frame each."""
        self.frames += frames

    def settle(self) -> None:
        """Let time pass until all replication that is not cut is done."""
        self.now += 60
        self._replicate()

    # --- the machinery -----------------------------------------------------------------------------------------

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.now += seconds
            self._replicate()
            if self.frames:
                self.frames.pop(0)()

    def _replicate(self) -> None:
        held = []
        for write in self.queue:
            if write.due > self.now or {write.to, other(write.to)} & self.down or write.to in self.cut:
                held.append(write)
                continue
            store = self.stores[write.to][write.store]
            if write.key not in store or store[write.key][1] < write.stamp:  # the last writer wins
                store[write.key] = (write.value, write.stamp)
        self.queue = held

    def write(self, region: str, store: str, key: str, value: Any) -> None:
        self._serial += 1
        stamp = (self.now, self._serial)
        self.stores[region][store][key] = (value, stamp)
        self.queue.append(ReplicatedWrite(self.now + self.lag_s, other(region), store, key, value, stamp))

    def call(self, service: str, region: str, operation: str, arguments: dict[str, Any]) -> Any:
        with self._lock:
            self.calls.append((service, region, operation))
            self.before(service, region, operation)
            if region in self.down:
                raise EndpointConnectionError(endpoint_url=f"https://{service}.{region}")
            self._replicate()
            if service != "lambda":
                answer = self.carry_out(service, region, operation, arguments)
        if service == "lambda":  # a function has threads of its own
            answer = getattr(self, f"_{service}_{operation}")(region, **arguments)
        with self._lock:
            self.after(service, region, operation)
        return answer

    def carry_out(self, service: str, region: str, operation: str, arguments: dict[str, Any]) -> Any:
        """The call itself, neither counted nor failed."""
        with self._lock:
            return getattr(self, f"_{service}_{operation}")(region, **arguments)

    def _ssm_get_parameters_by_path(self, region: str, **_: Any) -> Any:
        found = self.parameters[region]
        return {
            "Parameters": [
                {"Name": name, "Value": value if isinstance(value, str) else json.dumps(value)}
                for name, value in found.items()
            ]
        }

    def _cloudformation_list_stack_resources(self, region: str, StackName: str) -> Any:
        if StackName not in self.application_stacks or region != PRIMARY:
            raise client_error("ValidationError", f"Stack with id {StackName} does not exist")
        return {
            "StackResourceSummaries": [
                {
                    "ResourceType": kind,
                    "LogicalResourceId": f"Resource{number}",
                    "PhysicalResourceId": name,
                    "ResourceStatus": "CREATE_COMPLETE",
                }
                for number, (kind, name) in enumerate(self.application_stacks[StackName])
            ]
        }

    def _s3_get_bucket_replication(self, region: str, Bucket: str) -> Any:
        if not self.rules[region] or Bucket in self.bare_buckets:
            raise client_error("ReplicationConfigurationNotFoundError", status=404)
        rules = [
            {"ID": rule_id, "Status": "Enabled", "Destination": {"Bucket": f"arn:aws:s3:::{name}"}}
            for rule_id, name in self.rules[region]
        ]
        return {"ReplicationConfiguration": {"Rules": rules}}

    def _s3_put_object(self, region: str, Key: str, **_: Any) -> None:
        self.write(region, "objects", Key, self.now)

    def _s3_head_object(self, region: str, Key: str, **_: Any) -> Any:
        found = self.stores[region]["objects"].get(Key, (None,))[0]
        if found is None:
            raise client_error("404", status=404)
        return {"LastModified": datetime.fromtimestamp(int(found), UTC), "ContentLength": 1, "ETag": "e"}

    def _s3_list_objects_v2(self, region: str, StartAfter: str = "", **_: Any) -> Any:
        found = sorted(self.stores[region]["objects"].items())
        return {
            "Contents": [
                {"Key": key, "Size": 1, "ETag": "e", "LastModified": datetime.fromtimestamp(0, UTC)}
                for key, (value, _) in found
                if key > StartAfter and value is not None
            ]
        }

    def _s3_list_object_versions(self, region: str, Prefix: str, **_: Any) -> Any:
        found = self.stores[region]["objects"].items()
        keys = [key for key, (value, _) in found if key.startswith(Prefix) and value is not None]
        return {"Versions": [{"Key": key, "VersionId": "v"} for key in keys]}

    def _s3_delete_object(self, region: str, Key: str, **_: Any) -> None:
        self.stores[region]["objects"][Key] = (None, (self.now, 0))

    def _cloudwatch_describe_alarms(self, region: str, **_: Any) -> Any:
        return {"MetricAlarms": [{"AlarmName": name, "StateValue": state} for name, state in self.alarms.items()]}

    def _cloudwatch_get_metric_data(self, region: str, MetricDataQueries: Any, StartTime: datetime, **_: Any) -> Any:
        stat = MetricDataQueries[0]["MetricStat"]
        name, period = stat["Metric"]["MetricName"], stat["Period"]
        points: list[tuple[datetime, float]] = []
        if self.metrics == "none" or (self.metrics == "minute" and period < 60):
            pass
        elif name == "ReplicationLatency":
            (table,) = [of["Value"] for of in stat["Metric"]["Dimensions"] if of["Name"] == "TableName"]
            latency_s = self.slow.get(table, self.lag_s)
            found = [*self.past_latencies, (self.now, latency_s)]
            points = [(datetime.fromtimestamp(at // 60 * 60, UTC), seconds * 1000) for at, seconds in found]
            points = [point for point in points if point[0] >= StartTime]
        elif name == "OperationsPendingReplication":
            at = self.now if self.published_at is None else self.published_at
            pending = sum(1.0 for write in self.queue if write.store == "objects" and write.to == region)
            points = [(datetime.fromtimestamp(at // period * period, UTC), pending)]
        else:
            raise client_error("InvalidParameterValue", f"no such metric: {name}")
        return {"MetricDataResults": [{"Timestamps": [at for at, _ in points], "Values": [v for _, v in points]}]}

    def _sts_get_caller_identity(self, region: str) -> Any:
        return {"Arn": "arn:aws:iam::123456789012:user/operator"}

    def _lambda_invoke(self, region: str, Payload: bytes, **_: Any) -> Any:
        clock = FunctionClock(self.clock.monotonic, self.clock.sleep, lambda: 0.5, self.clock.now)
        try:
            change = parse(json.loads(Payload))
            client = FakeClient(self, "dynamodb", region, is_own=True)
            table = StateTable(client, change.table_name, change.app_id, region, clock, self.now + 30)
            change_state(table, change, Regions(region, PRIMARY, SECONDARY), clock.timestamp())
        except Exception as error:  # noqa: BLE001 - as Lambda does
            document = {"errorType": type(error).__name__, "errorMessage": str(error)}
            return {"FunctionError": "Unhandled", "Payload": io.BytesIO(json.dumps(document).encode())}
        return {"Payload": io.BytesIO(b'{"statusCode":200,"body":"..."}')}

    def _api_request(
        self, method: str, region: str, api_id: str, path: str, body: Any = None, *, timeout_s: int = 10
    ) -> ApiAnswer:
        with translated(f"{method} {path}", region):
            return cast(ApiAnswer, self.call("api", region, api_id, {}))

    def _api_routing(self, region: str) -> ApiAnswer:
        if APP_ID not in self.stores[region][CONFIG]:
            return ApiAnswer(200, {})
        names = ("state", "writableRegion", "epoch", "updatedAt")
        return ApiAnswer(self.api_status[region], {name: self.record(region)[name] for name in names})

    def _api_photos(self, region: str) -> ApiAnswer:
        return ApiAnswer(self.api_status[region], {"photos": []})


@dataclass
class FakeClient:
    """A client of boto3's; ``is_own``: a function's, whose calls are neither counted nor failed."""

    cloud: FakeCloud
    service: str
    region: str
    is_own: bool = False

    @property
    def meta(self) -> Any:
        return _meta(self.service)

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        call = self.cloud.carry_out if self.is_own else self.cloud.call
        return lambda **arguments: call(self.service, self.region, operation, arguments)


@functools.cache
def _meta(service: str) -> Any:
    return boto3.client(service, region_name=PRIMARY, aws_access_key_id="x", aws_secret_access_key="x").meta
