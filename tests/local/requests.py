"""Requests as they go over the wire: any Host, any Origin, signed or not; and a function to run."""

import http.client
import io
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mraa_local.process import LocalCloud


@dataclass(frozen=True)
class Answer:
    """What came back; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


def send(cloud: LocalCloud, method: str, path: str, headers: Mapping[str, str] | None = None, body: str = "") -> Answer:
    """One request to the cloud, with exactly these headers (Host too, if it is among them)."""
    connection = http.client.HTTPConnection("127.0.0.1", cloud.port, timeout=20)
    try:
        connection.request(method, path, body or None, dict(headers or {}))
        response = connection.getresponse()
        named = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, named, response.read())
    finally:
        connection.close()


TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


def create_function(client: Callable[..., Any], region: str, name: str, source: str) -> None:
    """A Python function ``name`` in ``region`` with a role of its own; ``source`` defines ``handle``."""
    role = f"{name}-{region}"
    arn = client("iam").create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("probe.py", source)
    functions = client("lambda", region)
    functions.create_function(
        FunctionName=name,
        Runtime="python3.13",
        Role=arn,
        Handler="probe.handle",
        Code={"ZipFile": packed.getvalue()},
        Timeout=30,
    )
    functions.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})
