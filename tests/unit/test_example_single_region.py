"""The back end with which the tutorial of an application of one's own begins."""

import json
import runpy
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tests.regions import PRIMARY

EXAMPLE = Path(__file__).parents[2] / "examples" / "single-region"


def test_a_note_is_written_read_and_deleted(monkeypatch: pytest.MonkeyPatch) -> None:
    access = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_DEFAULT_REGION": PRIMARY}
    for name, value in {**access, "TABLE": "notes"}.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        boto3.client("dynamodb").create_table(
            TableName="notes",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        handle = runpy.run_path(str(EXAMPLE / "src" / "app.py"))["handle"]

        def call(method: str, body: str | None = None) -> tuple[int, Any]:
            event = {"httpMethod": method, "pathParameters": {"id": "1"}, "body": body}
            answer = handle(event, None)
            return answer["statusCode"], json.loads(answer["body"])

        assert call("GET") == (404, {})
        for body in (None, "", "[]", "{}", '{"text": 1}'):
            assert call("PUT", body)[0] == 400
        assert call("PUT", '{"text": "milk"}') == (200, {})
        assert call("GET") == (200, {"text": "milk"})
        assert call("DELETE") == (200, {})
        assert call("GET") == (404, {})
