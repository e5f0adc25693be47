"""Two Regions small enough to read: tables and buckets that replicate late, a state function, metrics, and faults.

``FakeCloud.aws`` stands where ``mraa.aws.Aws`` does. Time moves only when the code under test sleeps.
"""

import io
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

from botocore.exceptions import ClientError, EndpointConnectionError

from mraa.aws import ApiAnswer, Aws, Clock
from mraa.settings import Settings

PRIMARY, SECONDARY = "us-east-1", "ap-northeast-1"
APP_ID = "0a1b2c3d-0000-1111-2222-333344445555"
TOKEN = APP_ID.replace("-", "")
CONFIG, STORE = f"mraa-{TOKEN}-app-config", f"mraa-{TOKEN}-key-value-store"
SETTINGS = Settings(secondary_region=SECONDARY)
FENCE_IDS = [f"{APP_ID}#fence#{number:02x}" for number in range(64)]
EPOCH_ZERO = 1_800_000_000.25


class Killed(BaseException):
    """kill -9: nothing of the run goes on, tidying up included."""


def bucket(region: str) -> str:
    return f"mraa-{TOKEN}-{region}-objects"


def other(region: str) -> str:
    return SECONDARY if region == PRIMARY else PRIMARY


def client_error(code: str, status: int = 400) -> ClientError:
    answer = {"Error": {"Code": code, "Message": "as told"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "Operation")


def facts_document(region: str) -> dict[str, Any]:
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
class Write:
    """One write on its way to the other Region; ``value`` None deletes."""

    due: float
    to: str
    store: str
    key: str
    value: Any
    stamp: tuple[float, int]


@dataclass
class FakeCloud:
    lag_s: float = 0.3
    metrics: str = "second"  # "minute", "none", "change": when an object is put
    now: float = EPOCH_ZERO
    down: set[str] = field(default_factory=set)
    cut: set[str] = field(default_factory=set)  # Regions that nothing arrives in
    calls: list[tuple[str, str, str]] = field(default_factory=list)
    # before: may raise instead of the call; after: may raise although the call was carried out
    before: Callable[[str, str, str], None] = lambda service, region, operation: None
    after: Callable[[str, str, str], None] = lambda service, region, operation: None

    def __post_init__(self) -> None:
        self._lock = threading.RLock()
        self._serial = 0
        self.put_at = 0.0
        self.queue: list[Write] = []
        self.stores: dict[str, dict[str, dict[str, tuple[Any, tuple[float, int]]]]] = {
            region: {CONFIG: {}, STORE: {}, "objects": {}} for region in (PRIMARY, SECONDARY)
        }
        self.parameters: dict[str, dict[str, Any]] = {
            region: {f"/mraa/{TOKEN}/regional": facts_document(region)} for region in self.stores
        }
        self.rules = {region: [("mraa-forward", bucket(other(region)))] for region in self.stores}
        self.api_status = dict.fromkeys(self.stores, 200)
        self.clock = Clock(now=lambda: self.now, monotonic=lambda: self.now, sleep=self._sleep)
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

    def set_state(self, state: str, writable: str, epoch: int, *, region: str = PRIMARY, previous: str = "") -> None:
        record = {
            "state": state,
            "writableRegion": writable,
            "epoch": epoch,
            "updatedAt": f"t{epoch}",
            "updatedBy": "somebody",
            "reason": "",
            "previousState": previous,
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
        """A write as the application makes it: acknowledged only where the fence lets it through."""
        fence = self.stores[region][CONFIG][FENCE_IDS[len(name) % 64]][0]
        if fence["writableRegion"] != region or region in self.down:
            return False
        self.write(region, STORE, f"PHOTO/{name}", {"writtenIn": region})
        return True

    def canaries(self) -> list[str]:
        return [
            key
            for stores in self.stores.values()
            for store in (STORE, "objects")
            for key in stores[store]
            if "canary" in key.lower() and stores[store][key][0] is not None
        ]

    def settle(self) -> None:
        """Let time pass until all replication that is not cut is done."""
        self.now += 60
        self._replicate()

    # --- the machinery -----------------------------------------------------------------------------------------

    def _sleep(self, seconds: float) -> None:
        with self._lock:
            self.now += seconds
            self._replicate()

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
        self.queue.append(Write(self.now + self.lag_s, other(region), store, key, value, stamp))

    def call(self, service: str, region: str, operation: str, arguments: dict[str, Any]) -> Any:
        with self._lock:
            self.calls.append((service, region, operation))
            self.before(service, region, operation)
            if region in self.down:
                raise EndpointConnectionError(endpoint_url=f"https://{service}.{region}")
            self._replicate()
            answer = getattr(self, f"_{service}_{operation}")(region, **arguments)
            self.after(service, region, operation)
            return answer

    def _ssm_get_parameters_by_path(self, region: str, **_: Any) -> Any:
        found = self.parameters[region]
        return {
            "Parameters": [
                {"Name": name, "Value": value if isinstance(value, str) else json.dumps(value)}
                for name, value in found.items()
            ]
        }

    def _records(self, region: str) -> list[dict[str, Any]]:
        return [
            {"pk": {"S": key.partition("/")[0]}, "sk": {"S": key.partition("/")[2]}}
            | {name: {"S": text} for name, text in value.items()}
            for key, (value, _) in self.stores[region][STORE].items()
            if value is not None
        ]

    def _dynamodb_scan(self, region: str, Limit: int = 3, ExclusiveStartKey: Any = None, **_: Any) -> Any:
        items = self._records(region)[int(ExclusiveStartKey or 0) :]
        more = {"LastEvaluatedKey": int(ExclusiveStartKey or 0) + Limit} if len(items) > Limit else {}
        return {"Items": items[:Limit], **more}

    def _dynamodb_batch_get_item(self, region: str, RequestItems: Any) -> Any:
        if STORE in RequestItems:
            wanted = RequestItems[STORE]["Keys"]
            found = [item for item in self._records(region) if {"pk": item["pk"], "sk": item["sk"]} in wanted]
            return {"Responses": {STORE: found}}
        wanted = [key["appId"]["S"] for key in RequestItems[CONFIG]["Keys"]]
        items = [
            {"appId": {"S": key}}
            | {
                name: {"N": str(value)} if isinstance(value, int) else {"S": value}
                for name, value in self.stores[region][CONFIG][key][0].items()
            }
            for key in wanted
            if key in self.stores[region][CONFIG]
        ]
        return {"Responses": {CONFIG: items}, "UnprocessedKeys": {}}

    def _dynamodb_put_item(self, region: str, Item: Any, **_: Any) -> None:
        self.write(region, STORE, f"{Item['pk']['S']}/{Item['sk']['S']}", {})

    def _dynamodb_delete_item(self, region: str, Key: Any, **_: Any) -> None:
        self.write(region, STORE, f"{Key['pk']['S']}/{Key['sk']['S']}", None)

    def _dynamodb_get_item(self, region: str, Key: Any, **_: Any) -> Any:
        found = self.stores[region][STORE].get(f"{Key['pk']['S']}/{Key['sk']['S']}", (None,))[0]
        return {} if found is None else {"Item": {}}

    def _dynamodb_query(self, region: str, ExpressionAttributeValues: Any, **_: Any) -> Any:
        prefix = ExpressionAttributeValues[":pk"]["S"] + "/"
        return {
            "Items": [
                {"sk": {"S": key.removeprefix(prefix)}} | {name: {"S": text} for name, text in value.items()}
                for key, (value, _) in self.stores[region][STORE].items()
                if key.startswith(prefix) and value is not None
            ]
        }

    def _s3_get_bucket_replication(self, region: str, **_: Any) -> Any:
        if not self.rules[region]:
            raise client_error("ReplicationConfigurationNotFoundError", 404)
        rules = [
            {"ID": rule_id, "Status": "Enabled", "Destination": {"Bucket": f"arn:aws:s3:::{name}"}}
            for rule_id, name in self.rules[region]
        ]
        return {"ReplicationConfiguration": {"Rules": rules}}

    def _s3_put_object(self, region: str, Key: str, **_: Any) -> None:
        self.put_at = self.now
        self.write(region, "objects", Key, self.now)

    def _s3_head_object(self, region: str, Key: str, **_: Any) -> Any:
        found = self.stores[region]["objects"].get(Key, (None,))[0]
        if found is None:
            raise client_error("404", 404)
        return {"LastModified": datetime.fromtimestamp(int(found), UTC), "ContentLength": 1, "ETag": "e"}

    def _s3_list_objects_v2(self, region: str, Prefix: str = "", **_: Any) -> Any:
        found = sorted(self.stores[region]["objects"].items())
        return {
            "Contents": [
                {"Key": key, "Size": 1, "ETag": "e", "LastModified": datetime.fromtimestamp(0, UTC)}
                for key, (value, _) in found
                if key.startswith(Prefix) and value is not None
            ]
        }

    def _s3_list_object_versions(self, region: str, Prefix: str, **_: Any) -> Any:
        found = self.stores[region]["objects"].items()
        keys = [key for key, (value, _) in found if key.startswith(Prefix) and value is not None]
        return {"Versions": [{"Key": key, "VersionId": "v"} for key in keys]}

    def _s3_delete_object(self, region: str, Key: str, **_: Any) -> None:
        self.stores[region]["objects"][Key] = (None, (self.now, 0))

    def _cloudwatch_get_metric_data(self, region: str, MetricDataQueries: Any, **_: Any) -> Any:
        stat = MetricDataQueries[0]["MetricStat"]
        name, period = stat["Metric"]["MetricName"], stat["Period"]
        points: list[tuple[datetime, float]] = []
        if self.metrics == "none" or (self.metrics == "minute" and period < 60):
            pass
        elif name == "ReplicationLatency":
            points = [(datetime.fromtimestamp(self.now // 60 * 60, UTC), self.lag_s * 1000)]
        else:
            at = self.put_at if self.metrics == "change" else self.now
            pending = sum(1.0 for write in self.queue if write.store == "objects" and write.to == region)
            points = [(datetime.fromtimestamp(at // period * period, UTC), pending)]
        return {"MetricDataResults": [{"Timestamps": [at for at, _ in points], "Values": [v for _, v in points]}]}

    def _sts_get_caller_identity(self, region: str) -> Any:
        return {"Arn": "arn:aws:iam::123456789012:user/operator"}

    def _lambda_invoke(self, region: str, Payload: bytes, **_: Any) -> Any:
        wish = json.loads(Payload)
        found = self.record(region)
        if (wish["ExpectedState"], wish["ExpectedEpoch"]) != (found["state"], found["epoch"]):
            return _function_error("StateConflict", f"it is '{found['state']}' at epoch {found['epoch']}")
        state = wish["NewState"]
        if {found["state"], state} == {"active", "failover"} and not wish["Force"]:
            return _function_error("TransitionRefused", "not without Force")
        fences = [self.stores[region][CONFIG][fence_id][0]["epoch"] for fence_id in FENCE_IDS]
        epoch = 1 + max(found["epoch"], *fences)
        writable = {"active": PRIMARY, "failover": SECONDARY}.get(state, "none")
        self.set_state(
            state,
            writable,
            epoch,
            region=region,
            previous=found["previousState"] if found["state"] == state else found["state"],
        )
        self.write(
            region, CONFIG, APP_ID, self.record(region) | {"updatedBy": wish["RequestedBy"], "reason": wish["Reason"]}
        )
        return {"Payload": io.BytesIO(b'{"statusCode":200,"body":"..."}')}

    def _api_request(
        self, method: str, region: str, api_id: str, path: str, body: Any = None, *, timeout_s: int = 10
    ) -> ApiAnswer:
        from mraa.aws import translated

        with translated(f"{method} {path}", region):
            return cast(ApiAnswer, self.call("api", region, api_id, {}))

    def _api_routing(self, region: str) -> ApiAnswer:
        if APP_ID not in self.stores[region][CONFIG]:
            return ApiAnswer(200, {})
        record = self.record(region)
        return ApiAnswer(self.api_status[region], {"state": record["state"], "epoch": record["epoch"]})

    def _api_photos(self, region: str) -> ApiAnswer:
        return ApiAnswer(self.api_status[region], {"photos": []})


@dataclass
class FakeClient:
    cloud: FakeCloud
    service: str
    region: str

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        return lambda **arguments: self.cloud.call(self.service, self.region, operation, arguments)


def _function_error(kind: str, text: str) -> dict[str, Any]:
    document = json.dumps({"errorType": kind, "errorMessage": text}).encode()
    return {"FunctionError": "Unhandled", "Payload": io.BytesIO(document)}
