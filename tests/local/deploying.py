"""Steps that the tests of the local cloud's CloudFormation share: deploy, wait, and say what happened."""

import json
import time
import uuid
from collections.abc import Callable
from typing import Any

ACCOUNT = "000000000000"
PRIMARY, SECONDARY = "us-east-1", "eu-west-1"


def unique(prefix: str) -> str:
    """A name that no other test uses."""
    return f"{prefix}-{uuid.uuid4().hex[:12]}"


def parameters(values: dict[str, str]) -> list[dict[str, str]]:
    """Parameters as the API wants them."""
    return [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]


def settled(cf: Any, stack_name: str, limit_s: float = 60) -> dict[str, Any]:
    """The stack once nothing is in progress any more."""
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        stack: dict[str, Any] = cf.describe_stacks(StackName=stack_name)["Stacks"][0]
        if not stack["StackStatus"].endswith("_IN_PROGRESS"):
            return stack
        time.sleep(0.05)
    raise AssertionError(f"{stack_name} is still {stack['StackStatus']}")


def create(cf: Any, stack_name: str, template: dict[str, Any], **values: str) -> dict[str, Any]:
    """Create the stack and return it when it has settled."""
    stack_id = cf.create_stack(
        StackName=stack_name,
        TemplateBody=json.dumps(template),
        Parameters=parameters(values),
        Capabilities=["CAPABILITY_IAM"],
    )["StackId"]
    return settled(cf, stack_id)


def update(cf: Any, stack_name: str, template: dict[str, Any], **values: str) -> dict[str, Any]:
    """Update the stack and return it when it has settled."""
    cf.update_stack(
        StackName=stack_name,
        TemplateBody=json.dumps(template),
        Parameters=parameters(values),
        Capabilities=["CAPABILITY_IAM"],
    )
    return settled(cf, stack_name)


def delete(cf: Any, stack_id: str) -> dict[str, Any]:
    """Delete the stack and return it when it has settled."""
    cf.delete_stack(StackName=stack_id)
    return settled(cf, stack_id)


def events(cf: Any, stack: str) -> list[tuple[str, str, str]]:
    """(logical id, status, reason), oldest first."""
    found = cf.describe_stack_events(StackName=stack)["StackEvents"]
    return [
        (event["LogicalResourceId"], event["ResourceStatus"], event.get("ResourceStatusReason", ""))
        for event in reversed(found)
    ]


def reason(cf: Any, stack: str, logical_id: str) -> str:
    """The reason of the resource's failure."""
    return next(why for of, status, why in events(cf, stack) if of == logical_id and status.endswith("_FAILED"))


def resource(type_name: str, properties: dict[str, Any] | None = None, **attributes: Any) -> dict[str, Any]:
    """A resource of a template."""
    return {"Type": type_name, "Properties": properties or {}, **attributes}


def template(resources: dict[str, Any], **sections: Any) -> dict[str, Any]:
    """A template of these resources."""
    return {"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources, **sections}


def eventually(ask: Callable[[], Any], limit_s: float = 10) -> Any:
    """What ``ask`` says once it says something; for what is replicated."""
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        answer = ask()
        if answer:
            return answer
        time.sleep(0.05)
    raise AssertionError("nothing came")
