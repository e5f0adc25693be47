"""Custom resources on the running local cloud: real functions that answer well, badly, or not at all."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.local import deploying
from tests.local.deploying import resource, template, unique
from tests.regions import PRIMARY

Make = Callable[..., Any]

# does as its property "Do" says, and writes every event down under the property "Diary"
CODE = """
import json, urllib.request, boto3
def handle(event, context):
    properties = event["ResourceProperties"]
    ssm = boto3.client("ssm")
    try:
        diary = ssm.get_parameter(Name=properties["Diary"])["Parameter"]["Value"]
    except ssm.exceptions.ParameterNotFound:
        diary = ""
    line = event["RequestType"] + " " + event.get("PhysicalResourceId", "-")
    ssm.put_parameter(Name=properties["Diary"], Value=(diary + ";" + line).strip(";"), Type="String", Overwrite=True)
    do = properties["Do"] if event["RequestType"] != "Delete" else "succeed"
    if do == "die":
        raise RuntimeError("dead")
    answer = {key: event[key] for key in ("StackId", "RequestId", "LogicalResourceId")}
    answer |= {"Status": "FAILED" if do == "fail" else "SUCCESS", "Reason": "it did not work"}
    answer |= {"PhysicalResourceId": "the-one", "Data": {"Said": properties.get("Say", "")}}
    answer["Data"]["Padding"] = "x" * int(properties.get("Padding", 0))
    request = urllib.request.Request(event["ResponseURL"], data=json.dumps(answer).encode(), method="PUT")
    urllib.request.urlopen(request).read()
"""


@pytest.fixture(scope="module")
def cf(client: Make) -> Any:
    return client("cloudformation", PRIMARY)


def custom_template(diary: str, **properties: Any) -> dict[str, Any]:
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ssm = {"Effect": "Allow", "Action": "ssm:*", "Resource": "*"}
    policy = {"PolicyName": "ssm", "PolicyDocument": {"Version": "2012-10-17", "Statement": [ssm]}}
    role = {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]}, "Policies": [policy]}
    function = {
        "Runtime": "python3.13",
        "Handler": "index.handle",
        "Timeout": 20,
        "Role": {"Fn::GetAtt": ["Role", "Arn"]},
        "Code": {"ZipFile": CODE},
    }
    own = {"ServiceToken": {"Fn::GetAtt": ["Function", "Arn"]}, "ServiceTimeout": 20, "Diary": diary, **properties}
    return template(
        {
            "Role": resource("AWS::IAM::Role", role),
            "Function": resource("AWS::Lambda::Function", function),
            "Custom": resource("Custom::Thing", own),
        },
        Outputs={"Said": {"Value": {"Fn::GetAtt": ["Custom", "Said"]}}},
    )


def diary(client: Make, name: str) -> list[str]:
    return str(client("ssm", PRIMARY).get_parameter(Name=name)["Parameter"]["Value"]).split(";")


def test_a_custom_resource_is_created_updated_and_deleted(cf: Any, client: Make) -> None:
    name = f"/{unique('diary')}"
    stack = deploying.create(cf, unique("stack"), custom_template(name, Do="succeed", Say="hello"))
    assert stack["Outputs"][0]["OutputValue"] == "hello"
    stack = deploying.update(cf, stack["StackName"], custom_template(name, Do="succeed", Say="bye"))
    assert stack["Outputs"][0]["OutputValue"] == "bye"
    deploying.delete(cf, stack["StackId"])
    assert diary(client, name) == ["Create -", "Update the-one", "Delete the-one"]


def test_a_failed_create_gives_the_functions_reason_and_is_followed_by_a_delete(cf: Any, client: Make) -> None:
    name = f"/{unique('diary')}"
    stack = deploying.create(cf, unique("stack"), custom_template(name, Do="fail"))
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    reason = deploying.reason(cf, stack["StackId"], "Custom")
    assert reason.startswith(
        "Received response status [FAILED] from custom resource. Message returned: it did not work (RequestId: "
    )
    assert diary(client, name) == ["Create -", "Delete the-one"]


def test_a_function_that_never_answers_fails_after_the_service_timeout(cf: Any, client: Make) -> None:
    name = f"/{unique('diary')}"
    stack = deploying.create(cf, unique("stack"), custom_template(name, Do="die", ServiceTimeout=1))
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    reason = deploying.reason(cf, stack["StackId"], "Custom")
    assert reason.startswith("CloudFormation did not receive a response from your Custom Resource.")
    assert [line.split()[0] for line in diary(client, name)] == ["Create", "Delete"]


def test_a_failed_update_is_rolled_back_to_the_old_properties(cf: Any, client: Make) -> None:
    name = f"/{unique('diary')}"
    stack = deploying.create(cf, unique("stack"), custom_template(name, Do="succeed", Say="hello"))
    stack = deploying.update(cf, stack["StackName"], custom_template(name, Do="fail"))
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert stack["Outputs"][0]["OutputValue"] == "hello"
    assert diary(client, name) == ["Create -", "Update the-one", "Update the-one"]


def test_an_answer_of_more_than_4096_bytes_is_refused(cf: Any) -> None:
    body = custom_template(f"/{unique('diary')}", Do="succeed", Padding=5000)
    stack = deploying.create(cf, unique("stack"), body)
    assert deploying.reason(cf, stack["StackId"], "Custom") == "Response object is too long."


def test_an_update_has_events_only_for_what_it_changed(cf: Any) -> None:
    name = f"/{unique('diary')}"
    stack = deploying.create(cf, unique("stack"), custom_template(name, Do="succeed"))
    before = len(deploying.events(cf, stack["StackId"]))
    stack = deploying.update(cf, stack["StackName"], custom_template(name, Do="succeed", Say="more"))
    changed = {of for of, _, _ in deploying.events(cf, stack["StackId"])[before:]}
    assert changed == {stack["StackName"], "Custom"}
    listed = cf.describe_stack_events(StackName=stack["StackId"])["StackEvents"]
    update = next(
        of for of in listed if of["ResourceStatus"] == "UPDATE_IN_PROGRESS" and of["LogicalResourceId"] == "Custom"
    )
    assert update["PhysicalResourceId"] == "the-one"
    assert json.loads(json.dumps(update["ResourceType"])) == "Custom::Thing"
