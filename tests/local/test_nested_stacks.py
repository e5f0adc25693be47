"""Nested stacks, in stacks and in stack instances, and their change sets."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.local import deploying
from tests.local.deploying import create, delete, events, parameters, resource, settled, template, unique, update
from tests.local.stack_setting import BOTH, make_default_roles, value
from tests.regions import PRIMARY, REGIONS

BUCKET = "nested-templates"
STACK = "AWS::CloudFormation::Stack"


@pytest.fixture(scope="module", autouse=True)
def bucket(client: Callable[..., Any]) -> None:
    for region in REGIONS:
        where = {} if region == PRIMARY else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        client("s3", region).create_bucket(Bucket=f"{BUCKET}-{region}", **where)


@pytest.fixture
def cf(client: Callable[..., Any]) -> Any:
    return client("cloudformation")


def greeting(name: str, **more: Any) -> dict[str, Any]:
    """A nested template: one SSM parameter, whose text is given, and an output."""
    return template(
        {
            "Greeting": resource(
                "AWS::SSM::Parameter", {"Name": name, "Type": "String", "Value": {"Ref": "Word"}, **more}
            )
        },
        Parameters={"Word": {"Type": "String"}},
        Outputs={"Name": {"Value": {"Ref": "Greeting"}}},
    )


def failing(name: str) -> dict[str, Any]:
    """One that creates something before it fails."""
    nested = greeting(name)
    bad = resource(
        "AWS::SSM::Parameter", {"Name": f"{name}/bad", "Type": "Nonsense", "Value": "x"}, DependsOn="Greeting"
    )
    nested["Resources"]["Bad"] = bad
    return nested


@pytest.fixture
def put(client: Callable[..., Any]) -> Callable[[dict[str, Any]], str]:
    """Uploads a template to both Regions' buckets; returns its key."""

    def upload(body: dict[str, Any]) -> str:
        key = unique("template")
        for region in REGIONS:
            client("s3", region).put_object(Bucket=f"{BUCKET}-{region}", Key=key, Body=json.dumps(body))
        return key

    return upload


def parent(key: str, word: str = "hello", **resources: Any) -> dict[str, Any]:
    """A template with one nested stack, whose output it has too."""
    url = {"Fn::Sub": f"https://{BUCKET}-${{AWS::Region}}.s3.${{AWS::Region}}.amazonaws.com/{key}"}
    nested = resource(STACK, {"TemplateURL": url, "Parameters": {"Word": word}})
    output = {"Fn::GetAtt": ["Nested", "Outputs.Name"]}
    return template({"Nested": nested, **resources}, Outputs={"Of": {"Value": output}})


def nested_id(cf: Any, stack: str) -> str:
    found = cf.describe_stack_resources(StackName=stack)["StackResources"]
    return next(str(of["PhysicalResourceId"]) for of in found if of["LogicalResourceId"] == "Nested")


def test_a_nested_stack_lives_with_its_parent(cf: Any, client: Any, put: Any) -> None:
    stack, name = unique("parent"), f"/{unique('greeting')}"
    made = create(cf, stack, parent(put(greeting(name))))
    assert made["StackStatus"] == "CREATE_COMPLETE", events(cf, stack)
    assert made["Outputs"][0]["OutputValue"] == name
    child = cf.describe_stacks(StackName=nested_id(cf, stack))["Stacks"][0]
    assert child["StackName"].startswith(f"{stack}-Nested-")
    assert (child["ParentId"], child["RootId"]) == (made["StackId"], made["StackId"])
    listed = {of["StackId"]: of for of in cf.list_stacks()["StackSummaries"]}
    assert listed[child["StackId"]]["ParentId"] == made["StackId"] and "ParentId" not in listed[made["StackId"]]
    assert update(cf, stack, parent(put(greeting(name)), "bye"))["StackStatus"] == "UPDATE_COMPLETE"
    assert value(client, PRIMARY, name) == "bye"
    assert [status for of, status, _ in events(cf, child["StackId"]) if of == "Greeting"][-1] == "UPDATE_COMPLETE"
    assert delete(cf, made["StackId"])["StackStatus"] == "DELETE_COMPLETE"
    assert cf.describe_stacks(StackName=child["StackId"])["Stacks"][0]["StackStatus"] == "DELETE_COMPLETE"
    with pytest.raises(client("ssm").exceptions.ParameterNotFound):
        value(client, PRIMARY, name)


def test_a_parents_event_names_the_nested_stack_while_it_is_created(cf: Any, put: Any) -> None:
    stack = unique("parent")
    create(cf, stack, parent(put(greeting(f"/{unique('greeting')}"))))
    found = [of for of in cf.describe_stack_events(StackName=stack)["StackEvents"] if of["ResourceType"] == STACK]
    of_nested = [of for of in reversed(found) if of["LogicalResourceId"] == "Nested"]
    assert [(of["ResourceStatus"], of.get("PhysicalResourceId", "") != "") for of in of_nested] == [
        ("CREATE_IN_PROGRESS", False),
        ("CREATE_IN_PROGRESS", True),
        ("CREATE_COMPLETE", True),
    ]


def test_a_creation_that_fails_in_a_nested_stack_is_rolled_back_with_it(cf: Any, client: Any, put: Any) -> None:
    stack, name = unique("parent"), f"/{unique('greeting')}"
    made = create(cf, stack, parent(put(failing(name))))
    assert made["StackStatus"] == "ROLLBACK_COMPLETE"
    why = deploying.reason(cf, stack, "Nested")
    assert "was not successfully created: The following resource(s) failed to create: [Bad]" in why
    child = why.split()[2]
    assert "Nonsense" in deploying.reason(cf, child, "Bad")
    assert cf.describe_stacks(StackName=child)["Stacks"][0]["StackStatus"] == "DELETE_COMPLETE"
    with pytest.raises(client("ssm").exceptions.ParameterNotFound):
        value(client, PRIMARY, name)


def test_an_update_that_fails_in_a_nested_stack_rolls_both_back(cf: Any, client: Any, put: Any) -> None:
    stack, name = unique("parent"), f"/{unique('greeting')}"
    create(cf, stack, parent(put(greeting(name))))
    assert update(cf, stack, parent(put(failing(name)), "bye"))["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert "was not successfully updated" in deploying.reason(cf, stack, "Nested")
    assert value(client, PRIMARY, name) == "hello"
    assert cf.describe_stacks(StackName=nested_id(cf, stack))["Stacks"][0]["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"


def test_a_nested_stack_goes_back_if_another_resource_of_its_parent_fails(cf: Any, client: Any, put: Any) -> None:
    stack, name = unique("parent"), f"/{unique('greeting')}"
    create(cf, stack, parent(put(greeting(name))))
    bad = resource("AWS::SSM::Parameter", {"Name": f"{name}/x", "Type": "Nonsense", "Value": "x"}, DependsOn="Nested")
    body = parent(put(greeting(name)), "bye", Bad=bad)
    assert update(cf, stack, body)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert value(client, PRIMARY, name) == "hello"


def test_a_nested_stack_that_its_parent_no_longer_has_is_deleted(cf: Any, client: Any, put: Any) -> None:
    stack, name = unique("parent"), f"/{unique('greeting')}"
    create(cf, stack, parent(put(greeting(name))))
    child = nested_id(cf, stack)
    other = resource("AWS::SSM::Parameter", {"Name": f"{name}/other", "Type": "String", "Value": "x"})
    assert update(cf, stack, template({"Other": other}))["StackStatus"] == "UPDATE_COMPLETE"
    assert cf.describe_stacks(StackName=child)["Stacks"][0]["StackStatus"] == "DELETE_COMPLETE"


def test_each_stack_instance_has_a_nested_stack_of_its_own(client: Any, put: Any) -> None:
    make_default_roles(client)
    name, cf = f"/{unique('greeting')}", client("cloudformation")
    stack_set = resource(
        "AWS::CloudFormation::StackSet",
        {
            "StackSetName": unique("set"),
            "PermissionModel": "SELF_MANAGED",
            "TemplateBody": json.dumps(parent(put(greeting(name)))),
            "StackInstancesGroup": [{"DeploymentTargets": {"Accounts": [deploying.ACCOUNT]}, "Regions": BOTH}],
        },
    )
    made = create(cf, unique("root"), template({"Set": stack_set}))
    assert made["StackStatus"] == "CREATE_COMPLETE"
    assert [value(client, region, name) for region in REGIONS] == ["hello", "hello"]
    assert delete(cf, made["StackId"])["StackStatus"] == "DELETE_COMPLETE"
    for region in REGIONS:
        alive = client("cloudformation", region).describe_stacks()["Stacks"]
        assert not [of for of in alive if "ParentId" in of and of["StackName"].startswith("StackSet-")]


def test_who_may_create_the_parent_needs_the_rights_for_what_is_nested(
    client: Any, put: Any, identity: Any, as_user: Any
) -> None:
    allowed = [
        "cloudformation:CreateStack",
        "cloudformation:DescribeStacks",
        "cloudformation:DeleteStack",
        "s3:GetObject",
    ]
    user = identity(unique("user"), {"Effect": "Allow", "Action": allowed, "Resource": "*"})
    cf, stack = client("cloudformation"), unique("parent")
    as_user("cloudformation", user).create_stack(
        StackName=stack, TemplateBody=json.dumps(parent(put(greeting(f"/{unique('greeting')}"))))
    )
    assert settled(cf, stack)["StackStatus"].startswith("ROLLBACK")
    child = deploying.reason(cf, stack, "Nested").split()[2]
    assert "is not authorized to perform: ssm:PutParameter" in deploying.reason(cf, child, "Greeting")


def change_set(cf: Any, stack: str, body: dict[str, Any], kind: str = "UPDATE") -> str:
    made = cf.create_change_set(
        StackName=stack,
        ChangeSetName=unique("cs"),
        ChangeSetType=kind,
        TemplateBody=json.dumps(body),
        Parameters=parameters({}),
        IncludeNestedStacks=True,
    )
    return str(made["Id"])


def described(cf: Any, change_set_id: str) -> dict[str, Any]:
    answer: dict[str, Any] = cf.describe_change_set(ChangeSetName=change_set_id, IncludePropertyValues=True)
    return answer


def test_a_change_set_shows_what_changes_in_a_nested_stack_and_leaves_nothing(cf: Any, client: Any, put: Any) -> None:
    stack, name = unique("parent"), f"/{unique('greeting')}"
    create(cf, stack, parent(put(greeting(name))))
    root = change_set(cf, stack, parent(put(greeting(name)), "bye"))
    (change,) = [of["ResourceChange"] for of in described(cf, root)["Changes"]]
    inner = described(cf, change["ChangeSetId"])
    assert (inner["ParentChangeSetId"], inner["RootChangeSetId"]) == (root, root)
    (nested,) = [of["ResourceChange"] for of in inner["Changes"]]
    assert nested["LogicalResourceId"] == "Greeting"
    assert {detail["Target"]["AfterValue"] for detail in nested["Details"]} == {"bye"}
    cf.delete_change_set(ChangeSetName=root, StackName=stack)
    assert cf.list_change_sets(StackName=nested_id(cf, stack).split("/")[1])["Summaries"] == []


def test_a_change_set_of_a_creation_shows_the_nested_resources_and_creates_them_once(
    cf: Any, client: Any, put: Any
) -> None:
    stack, name = unique("parent"), f"/{unique('greeting')}"
    root = change_set(cf, stack, parent(put(greeting(name))), "CREATE")
    (change,) = [of["ResourceChange"] for of in described(cf, root)["Changes"]]
    inner = described(cf, change["ChangeSetId"])
    assert [of["ResourceChange"]["LogicalResourceId"] for of in inner["Changes"]] == ["Greeting"]
    cf.execute_change_set(ChangeSetName=root, StackName=stack)
    assert settled(cf, stack)["StackStatus"] == "CREATE_COMPLETE"
    names = [of["StackName"] for of in cf.list_stacks()["StackSummaries"] if of["StackName"].startswith(f"{stack}-")]
    assert names == [nested_id(cf, stack).split("/")[1]]
    assert value(client, PRIMARY, name) == "hello"


def test_a_nested_template_that_does_not_exist_fails_the_change_set(cf: Any, put: Any) -> None:
    stack = unique("parent")
    create(cf, stack, parent(put(greeting(f"/{unique('greeting')}"))))
    answer = described(cf, change_set(cf, stack, parent("nothing")))
    assert answer["Status"] == "FAILED" and "specified key does not exist" in answer["StatusReason"]
