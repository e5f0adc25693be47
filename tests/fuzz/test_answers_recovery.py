"""What the Regions answer in an outage and before one: parameters, state, history, metrics, records, objects."""

import io
import json
from dataclasses import replace
from typing import Any

import pytest

from mraa.applications.own import OwnApplications
from mraa.aws import Clock
from mraa.recovery.models import ApplicationInfo, KeyAttribute, RegionInfo, Table
from mraa.recovery.reconcile import recheck, scan
from mraa.recovery.regions import canary, metrics, notes
from mraa.recovery.regions.estimate import estimate_drain
from mraa.recovery.regions.history import read_history
from mraa.recovery.regions.parameter import find_region_info
from mraa.recovery.regions.stack_resources import resources_of_stack
from mraa.recovery.regions.state import fence_problem, highest_epoch, read_state
from mraa.recovery.regions.system import read_object_rules, read_survivor
from mraa.recovery.regions.tables import find_unnamed_tables
from mraa.recovery.runbook.operator import known_operator
from mraa.recovery.runbook.set_state import ChangeRequest, set_state
from mraa.recovery.status.alarms import read_alarms
from mraa.recovery.status.stacks import read_stack_statuses
from mraa.release import buckets
from tests.functions.fakes import FakeTime
from tests.fuzz.aws_answers import MOMENT, AnsweredAws, Reader, require_read, require_read_or_refused
from tests.regions import PRIMARY, REGIONS
from tests.unit.fake_cloud import CONFIG, PHOTOS, SETTINGS, STORE, parameter_document
from tests.unit.fake_stacks import APP_ID, STACK_ID, TOKEN

DOCUMENT = parameter_document(PRIMARY)
INFO = RegionInfo(
    "mraa", APP_ID, "primary", PRIMARY, *REGIONS, "r", "objects", STORE, CONFIG, "f",
    {key: value for key, value in DOCUMENT.items() if isinstance(value, str)},
)  # fmt: skip
TABLE = PHOTOS.tables(INFO)[0]
DB = "dynamodb"
MARK = ChangeRequest("fenced", "active", 2, "ana", "mark")


def clock() -> Clock:
    time = FakeTime()
    return Clock(now=lambda: MOMENT.timestamp() + time.seconds, monotonic=lambda: time.seconds, sleep=time.sleep)


def nothing(*_: Any) -> None:
    """Where events go."""


def item(item_id: str) -> dict[str, Any]:
    """A state record, or a fence, and a history entry."""
    texts = {
        "appId": item_id, "state": "active", "writableRegion": PRIMARY, "updatedAt": "2026-11-23T08:00:00.000Z",
        "updatedBy": MARK.signature, "reason": "quake", "previousState": "", "authority": PRIMARY,
    }  # fmt: skip
    numbers = {"epoch": "2", "fences": "2", "tookMs": "41"}
    return {name: {"S": text} for name, text in texts.items()} | {name: {"N": n} for name, n in numbers.items()}


FENCES = [item(f"{APP_ID}#fence#0{number}") for number in range(2)]
STATE = {"Responses": {CONFIG: [item(APP_ID), *FENCES]}, "UnprocessedKeys": {}}
HISTORY = {"Responses": {CONFIG: [item(f"{APP_ID}#history#{PRIMARY}#2")]}}
RECORD = {name: {"S": "x"} for name in ("pk", "sk", "user", "message", "createdAt", "writtenIn", "author")}
RULE = {"ID": "r", "Status": "Enabled", "Destination": {"Bucket": "arn:aws:s3:::objects"}}
METRICS = {"Timestamps": [MOMENT, MOMENT], "Values": [1.0, 0.0]}
DESCRIBED = {
    "Replicas": [{"RegionName": region} for region in REGIONS],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
}
ORDERS = {"version": 1, "name": "orders", "outputs": {"Url": "https://x"}, "tables": ["orders"], "buckets": ["own"]}
PARAMETERS = [
    {"Name": f"/mraa/{TOKEN}/regional", "Value": json.dumps(DOCUMENT)},
    {"Name": f"/mraa/{TOKEN}/application/orders", "Value": json.dumps(ORDERS)},
]
OWN = replace(INFO, applications={"orders": ApplicationInfo("orders", {}, ("orders",), ("own",))})
BINARY = Table("t", (KeyAttribute("id", "B"),))


def state(aws: AnsweredAws) -> None:
    record, fences = read_state(aws, INFO, clock=clock())
    fence_problem(record, fences)
    highest_epoch(record, fences)


def canaries(aws: AnsweredAws) -> None:
    canary.write_canary(aws, clock(), PHOTOS, INFO, "name")
    canary.has_item(aws, INFO, TABLE, PRIMARY, "name")
    canary.remove_canaries(aws, clock(), PHOTOS, INFO, PRIMARY, "name")


READERS = [
    Reader(
        "parameter",
        (("ssm", "GetParametersByPath"),),
        lambda aws: find_region_info(aws, PRIMARY, SETTINGS),
        {"Parameters": PARAMETERS},
    ),
    Reader("state", ((DB, "BatchGetItem"),), state, STATE),
    Reader("history", ((DB, "BatchGetItem"),), lambda aws: read_history(aws, clock(), [INFO]), HISTORY, weight=5),
    Reader(
        "survivor",
        (("ssm", "GetParametersByPath"), (DB, "BatchGetItem")),
        lambda aws: read_survivor(aws, SETTINGS, clock(), attempts=1),
        STATE | {"Parameters": [{**PARAMETERS[0], "Value": json.dumps(parameter_document(REGIONS[1]))}]},
        weight=5,
    ),
    Reader(
        "change of the state",
        (("lambda", "Invoke"), (DB, "BatchGetItem")),
        lambda aws: set_state(aws, clock(), INFO, MARK),
        STATE | {"FunctionError": None, "Payload": io.BytesIO(b"{}")},
        weight=10,
    ),
    Reader(
        "metric",
        (("cloudwatch", "GetMetricData"),),
        lambda aws: metrics.read_metric(aws, clock(), PRIMARY, "AWS/S3", "x", {}, MOMENT, period_s=60),
        METRICS,
        weight=5,
    ),
    Reader(
        "estimate",
        (("cloudwatch", "GetMetricData"), ("s3", "GetBucketReplication"), (DB, "ListTables"), (DB, "DescribeTable")),
        lambda aws: estimate_drain(aws, clock(), PHOTOS, INFO, INFO),
        METRICS | DESCRIBED | {"Rules": [RULE], "TableNames": [f"mraa-{TOKEN}-more"]},
        weight=10,
    ),
    Reader(
        "alarms",
        (("cloudwatch", "DescribeAlarms"),),
        lambda aws: read_alarms(aws, clock(), INFO),
        {"StateValue": "OK"},
        weight=5,
    ),
    Reader(
        "tables",
        ((DB, "ListTables"), (DB, "DescribeTable")),
        lambda aws: find_unnamed_tables(aws, clock(), PHOTOS, INFO),
        DESCRIBED | {"TableNames": [f"mraa-{TOKEN}-more", STORE]},
        weight=5,
    ),
    Reader(
        "stores of an application",
        ((DB, "DescribeTable"), ("s3", "GetBucketReplication")),
        lambda aws: (
            OwnApplications(aws, clock(), {}).tables(OWN),
            OwnApplications(aws, clock(), {}).buckets(OWN),
            OwnApplications(aws, clock(), {}).unreplicated(OWN),
        ),
        DESCRIBED | {"Rules": [RULE]},
        weight=5,
    ),
    Reader(
        "resources of a stack",
        (("cloudformation", "ListStackResources"),),
        lambda aws: resources_of_stack(aws, clock(), PRIMARY, "mraa-orders", {"AWS::DynamoDB::GlobalTable"}),
        {
            "ResourceType": "AWS::DynamoDB::GlobalTable",
            "LogicalResourceId": "T",
            "PhysicalResourceId": "t",
            "ResourceStatus": "CREATE_COMPLETE",
        },
        weight=5,
    ),
    Reader(
        "rules",
        (("s3", "GetBucketReplication"),),
        lambda aws: read_object_rules(aws, clock(), PHOTOS, INFO),
        {},
        weight=5,
    ),
    Reader(
        "notes",
        ((DB, "GetItem"),),
        lambda aws: notes.read_notes(aws, PHOTOS, INFO),
        {"Item": {"runs": {"SS": ["x"]}}},
        weight=5,
    ),
    Reader(
        "records",
        ((DB, "Scan"),),
        lambda aws: list(scan.read_records(aws, clock(), PHOTOS, INFO, TABLE)),
        {"Items": [RECORD]},
        weight=5,
    ),
    Reader(
        "binary records",
        ((DB, "Scan"),),
        lambda aws: list(scan.read_records(aws, clock(), PHOTOS, INFO, BINARY)),
        {"Items": [{"id": {"B": b"x"}}]},
        weight=5,
    ),
    Reader("objects", (("s3", "ListObjectsV2"),), lambda aws: list(scan.read_objects(aws, clock(), INFO, "objects"))),
    Reader(
        "recheck",
        ((DB, "BatchGetItem"), ("s3", "HeadObject"), ("s3", "ListObjectVersions")),
        lambda aws: (
            recheck.recheck_records(aws, clock(), PHOTOS, INFO, TABLE, [("x", "x")]),
            recheck.recheck_objects(aws, clock(), INFO, "objects", [("x",)]),
            recheck.is_deleted(aws, clock(), INFO, "objects", ("x",)),
            PHOTOS.is_deleted(aws, clock(), INFO, "public/x"),
        ),
        {"Responses": {STORE: [RECORD]}, "UnprocessedKeys": {}},
        weight=3,
    ),
    Reader(
        "newest", ((DB, "Query"),), lambda aws: PHOTOS.newest(aws, clock(), INFO, 10), {"Items": [RECORD]}, weight=5
    ),
    Reader(
        "written",
        ((DB, "Query"),),
        lambda aws: PHOTOS.written_ids(aws, clock(), INFO, "x"),
        {"Items": [RECORD]},
        weight=5,
    ),
    Reader(
        "removal",
        ((DB, "Query"), (DB, "BatchWriteItem")),
        lambda aws: PHOTOS.remove(aws, clock(), INFO, "x"),
        {"Items": [RECORD]},
        weight=5,
    ),
    Reader(
        "canary",
        (("s3", "HeadObject"), ("s3", "ListObjectVersions"), (DB, "Query"), (DB, "GetItem")),
        canaries,
        {"Items": [RECORD]},
        weight=5,
    ),
    Reader(
        "stacks",
        (("cloudformation", "DescribeStacks"), ("cloudformation", "ListStackInstances")),
        lambda aws: read_stack_statuses(aws, SETTINGS),
        {"StackId": STACK_ID},
        weight=5,
    ),
    Reader("operator", (("sts", "GetCallerIdentity"),), lambda aws: known_operator(aws, PRIMARY, "quake"), weight=5),
    Reader(
        "code buckets",
        (
            ("s3", "HeadBucket"),
            ("s3", "GetPublicAccessBlock"),
            ("s3", "GetBucketEncryption"),
            ("s3", "GetBucketVersioning"),
        ),
        lambda aws: buckets.inspect(aws, "prefix", REGIONS, "123456789012", may_create=True),
        {"BucketRegion": None},
        weight=3,
    ),
]


@pytest.mark.parametrize("reader", READERS, ids=str)
def test_a_complete_answer_is_read(aws: AnsweredAws, reader: Reader) -> None:
    require_read(aws, reader)


@pytest.mark.parametrize("reader", READERS, ids=str)
def test_any_answer_is_read_or_refused(aws: AnsweredAws, reader: Reader) -> None:
    require_read_or_refused(aws, reader, len(READERS))
