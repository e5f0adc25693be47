"""What is under way when a persisted local cloud stops continues when it starts again, APIs and stages too."""

import functools
import json
from pathlib import Path
from typing import Any

from mraa_local import process
from tests.local import sample_api
from tests.local.conftest import make_client
from tests.local.deploying import make_stack
from tests.local.replicating import Faults
from tests.local.requests import signed
from tests.regions import PRIMARY, REGIONS, SECONDARY


def make_everything(client: Any) -> dict[str, str]:
    """A global table, two buckets with a rule, and the sample API."""
    table = client("dynamodb", PRIMARY)
    table.create_table(
        TableName="things",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    table.update_table(TableName="things", ReplicaUpdates=[{"Create": {"RegionName": SECONDARY}}])
    trust = {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sts:AssumeRole"}
    rights = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    documents = [json.dumps({"Version": "2012-10-17", "Statement": [each]}) for each in (trust, rights)]
    role = client("iam", PRIMARY).create_role(RoleName="r", AssumeRolePolicyDocument=documents[0])["Role"]["Arn"]
    client("iam", PRIMARY).put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=documents[1])
    for region in REGIONS:
        s3 = client("s3", region)
        place = {} if region == PRIMARY else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        s3.create_bucket(Bucket=f"b-{region}", **place)
        s3.put_bucket_versioning(Bucket=f"b-{region}", VersioningConfiguration={"Status": "Enabled"})
    rule = {"ID": "r", "Status": "Enabled", "Priority": 1, "Filter": {"Prefix": ""}}
    rule |= {"DeleteMarkerReplication": {"Status": "Enabled"}, "Destination": {"Bucket": f"arn:aws:s3:::b-{SECONDARY}"}}
    client("s3", PRIMARY).put_bucket_replication(
        Bucket=f"b-{PRIMARY}", ReplicationConfiguration={"Role": role, "Rules": [rule]}
    )
    return make_stack(client, PRIMARY, "sample", sample_api.resources())


def test_a_stop_loses_nothing_that_was_in_flight(local_home: Path) -> None:
    first = process.start(persist=True)
    try:
        client: Any = functools.partial(make_client, first)
        ids = make_everything(client)
        Faults(first).between("cut", PRIMARY, SECONDARY)
        client("dynamodb", PRIMARY).put_item(TableName="things", Item={"id": {"S": "k"}, "v": {"S": "v"}})
        version = client("s3", PRIMARY).put_object(Bucket=f"b-{PRIMARY}", Key="k", Body=b"one")["VersionId"]
        client("s3", PRIMARY).put_object(Bucket=f"b-{PRIMARY}", Key="k", Body=b"two")
    finally:
        process.stop(first.port)
    second = process.start(first.port, persist=True)
    try:
        client = functools.partial(make_client, second)
        waiter = client("s3", SECONDARY).get_waiter("object_exists")
        waiter.wait(Bucket=f"b-{SECONDARY}", Key="k", WaiterConfig={"Delay": 1, "MaxAttempts": 20})
        item = client("dynamodb", SECONDARY).get_item(TableName="things", Key={"id": {"S": "k"}}, ConsistentRead=True)[
            "Item"
        ]
        assert item["v"] == {"S": "v"}
        objects = client("s3", SECONDARY)
        assert objects.get_object(Bucket=f"b-{SECONDARY}", Key="k")["Body"].read() == b"two"
        assert objects.get_object(Bucket=f"b-{SECONDARY}", Key="k", VersionId=version)["Body"].read() == b"one"
        assert client("s3", PRIMARY).head_object(Bucket=f"b-{PRIMARY}", Key="k")["ReplicationStatus"] == "COMPLETED"
        path = f"/_aws/execute-api/{ids['Api']}/prod/things/none"
        assert signed(second, "execute-api", "GET", path).json == {}
    finally:
        process.stop(second.port)
