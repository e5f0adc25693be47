"""Requests as they go over the wire: any Host, any Origin, signed or not; and a function to run."""

import http.client
import io
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from mraa_local.process import LocalCloud
from tests.regions import PRIMARY


@dataclass(frozen=True)
class Answer:
    """An HTTP answer, errors included; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        """The body as a JSON document."""
        return json.loads(self.body)


def send(
    cloud: LocalCloud, method: str, path: str, headers: Mapping[str, str] | None = None, body: str | bytes = b""
) -> Answer:
    """One request to the cloud, with exactly these headers (Host too, if it is among them); follows no redirect."""
    connection = http.client.HTTPConnection("127.0.0.1", cloud.port, timeout=30)
    try:
        connection.request(method, path, body or None, dict(headers or {}))
        response = connection.getresponse()
        named = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, named, response.read())
    finally:
        connection.close()


def operator(cloud: LocalCloud) -> Credentials:
    """The operator's keys."""
    return Credentials(cloud.environment["AWS_ACCESS_KEY_ID"], cloud.environment["AWS_SECRET_ACCESS_KEY"])


def signed(
    cloud: LocalCloud,
    service: str,
    method: str,
    path: str,
    headers: Mapping[str, str] | None = None,
    body: str | bytes = b"",
    *,
    region: str = PRIMARY,
    credentials: Credentials | None = None,
) -> Answer:
    """One request signed for the service: with the operator's keys unless others are given."""
    request = AWSRequest(method, cloud.endpoint + path, dict(headers or {}), body)
    SigV4Auth(credentials or operator(cloud), service, region).add_auth(request)
    return send(cloud, method, path, dict(request.headers.items()), body)


TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


def create_function(client: Callable[..., Any], region: str, name: str, source: str, **modules: str) -> None:
    """A Python function ``name`` in ``region`` with a role of its own; ``source`` defines ``handle``.

    ``modules`` are sources that lie beside it, by name.
    """
    role = f"{name}-{region}"
    arn = client("iam").create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for module, text in {"probe": source, **modules}.items():
            archive.writestr(f"{module}.py", text)
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
