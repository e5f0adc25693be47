"""Signed HTTP requests to an API of the local cloud, and a stack made from a template in Python."""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import WaiterError

from mraa_local.process import LocalCloud
from tests.regions import PRIMARY


class StackFailedError(Exception):
    """A stack did not come to stand; the text holds the reasons."""


@dataclass(frozen=True)
class Reply:
    """An HTTP answer, errors included; header names are lower case."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        """The body as a JSON document."""
        return json.loads(self.text)


def operator(cloud: LocalCloud) -> Credentials:
    """The operator's keys."""
    return Credentials(cloud.environment["AWS_ACCESS_KEY_ID"], cloud.environment["AWS_SECRET_ACCESS_KEY"])


def send(
    method: str,
    url: str,
    *,
    credentials: Credentials | None = None,
    region: str = PRIMARY,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
) -> Reply:
    """Send a request, signed for execute-api where credentials are given."""
    request = AWSRequest(method=method, url=url, data=body, headers=headers or {})
    if credentials:
        SigV4Auth(credentials, "execute-api", region).add_auth(request)
    plain = urllib.request.Request(url, data=body, headers=dict(request.headers), method=method)
    try:
        with urllib.request.urlopen(plain, timeout=30) as answer:
            return _reply(answer.status, answer.headers, answer.read())
    except urllib.error.HTTPError as error:
        return _reply(error.code, error.headers, error.read())


def make_stack(client: Any, region: str, name: str, resources: dict[str, Any]) -> dict[str, str]:
    """Create or update a stack and return its resources' physical ids by logical id; raises StackFailedError."""
    formation = client("cloudformation", region)
    template = json.dumps({"Resources": resources})
    existing = any(stack["StackName"] == name for stack in formation.describe_stacks()["Stacks"])
    verb = formation.update_stack if existing else formation.create_stack
    verb(StackName=name, TemplateBody=template, Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"])
    waiter = formation.get_waiter("stack_update_complete" if existing else "stack_create_complete")
    try:
        waiter.wait(StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 30})
    except WaiterError as error:
        events = formation.describe_stack_events(StackName=name)["StackEvents"]
        failed = [event for event in events if event["ResourceStatus"].endswith("FAILED")]
        reasons = "; ".join(event.get("ResourceStatusReason", "") for event in failed)
        raise StackFailedError(f"{name} in {region}: {reasons}") from error
    found = formation.describe_stack_resources(StackName=name)["StackResources"]
    return {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in found}


def _reply(status: int, headers: Any, content: bytes) -> Reply:
    return Reply(status, {name.lower(): value for name, value in headers.items()}, content.decode())
