"""A deployment as recovery sees it, on moto: parameters, tables with a state, buckets. No functions, no APIs."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import boto3
import pytest
from moto import mock_aws

from mraa.cli.main import main
from tests.regions import PRIMARY, REGIONS, SECONDARY
from tests.unit.fake_cloud import CONFIG, FENCE_IDS, parameter_document
from tests.unit.fake_stacks import APP_ID, TOKEN

FLAGS = ["--secondary-region", SECONDARY]


@contextmanager
def deployed(monkeypatch: pytest.MonkeyPatch, state: str = "active", writable: str = PRIMARY) -> Iterator[None]:
    """Both Regions deployed, each with its own copy of the same state at epoch 1."""
    with nothing_deployed(monkeypatch):
        for region in REGIONS:
            deploy_in(region, state, writable)
        yield


def deploy_in(region: str, state: str = "active", writable: str = PRIMARY) -> None:
    """One Region's part of a deployment."""
    boto3.client("ssm", region).put_parameter(
        Name=f"/mraa/{TOKEN}/regional", Type="String", Value=json.dumps(parameter_document(region))
    )
    boto3.client("dynamodb", region).create_table(
        TableName=CONFIG,
        KeySchema=[{"AttributeName": "appId", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "appId", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    table = boto3.resource("dynamodb", region).Table(CONFIG)
    with table.batch_writer() as batch:
        for item_id in (APP_ID, *FENCE_IDS):
            batch.put_item(
                {"appId": item_id, "state": state, "writableRegion": writable, "epoch": 1, "fences": len(FENCE_IDS)}
            )


@contextmanager
def nothing_deployed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Two empty Regions; APIs answer nowhere, so that no test leaves this machine."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("MRAA_API_URL", "http://127.0.0.1:9/{id}")
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        yield


def exit_code(arguments: list[str]) -> int:
    """Run the tool as a shell would and return its exit code."""
    try:
        main(arguments)
    except SystemExit as stop:
        return int(stop.code or 0)
    return 0
