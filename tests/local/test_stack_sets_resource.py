"""``AWS::CloudFormation::StackSet`` on the running local cloud: created, changed, failed and deleted by its stack."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local import deploying
from tests.local.deploying import resource, template, unique
from tests.local.stack_setting import BOTH, Make, make_default_roles, parameter_template, value
from tests.regions import PRIMARY, SECONDARY


@pytest.fixture(scope="module")
def cf(client: Make) -> Any:
    make_default_roles(client)
    return client("cloudformation", PRIMARY)


def parent_template(name: str, body: dict[str, Any], regions: list[str] = BOTH, word: str = "hello") -> dict[str, Any]:
    """A stack with a stack set in it."""
    group = {"DeploymentTargets": {"Accounts": [{"Ref": "AWS::AccountId"}]}, "Regions": regions}
    return template(
        {
            "StackSet": resource(
                "AWS::CloudFormation::StackSet",
                {
                    "StackSetName": name,
                    "PermissionModel": "SELF_MANAGED",
                    "TemplateBody": json.dumps(body),
                    "Parameters": deploying.parameters({"Word": word}),
                    "OperationPreferences": {"RegionOrder": BOTH, "RegionConcurrencyType": "SEQUENTIAL"},
                    "StackInstancesGroup": [group],
                },
            )
        },
        Outputs={"Id": {"Value": {"Fn::GetAtt": ["StackSet", "StackSetId"]}}},
    )


def test_a_stack_creates_updates_and_deletes_its_stack_set(cf: Any, client: Make) -> None:
    name, parameter = unique("set"), f"/{unique('p')}"
    body = parameter_template(parameter)
    stack = deploying.create(cf, unique("parent"), parent_template(name, body))
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert stack["Outputs"][0]["OutputValue"].startswith(f"{name}:")
    assert value(client, SECONDARY, parameter) == f"hello from {SECONDARY}"

    stack = deploying.update(cf, stack["StackName"], parent_template(name, body, word="bye"))
    assert stack["StackStatus"] == "UPDATE_COMPLETE"
    assert value(client, SECONDARY, parameter) == f"bye from {SECONDARY}"
    assert value(client, PRIMARY, parameter) == "bye from us-east-1"

    stack = deploying.update(cf, stack["StackName"], parent_template(name, body, regions=[PRIMARY], word="bye"))
    assert [of["Region"] for of in cf.list_stack_instances(StackSetName=name)["Summaries"]] == [PRIMARY]
    assert client("ssm", SECONDARY).get_parameters(Names=[parameter])["InvalidParameters"] == [parameter]

    assert deploying.delete(cf, stack["StackId"])["StackStatus"] == "DELETE_COMPLETE"
    with pytest.raises(ClientError, match="StackSetNotFoundException"):
        cf.describe_stack_set(StackSetName=name)
    assert client("ssm", PRIMARY).get_parameters(Names=[parameter])["InvalidParameters"] == [parameter]


def test_tags_of_a_stack_are_its_stack_sets_its_instances_and_of_what_is_in_them(cf: Any, client: Make) -> None:
    name, parameter = unique("set"), f"/{unique('p')}"
    body = json.dumps(parent_template(name, parameter_template(parameter)))
    stack_id = cf.create_stack(StackName=unique("parent"), TemplateBody=body, Tags=tags(team="photos"))["StackId"]
    assert deploying.settled(cf, stack_id)["StackStatus"] == "CREATE_COMPLETE"
    assert_tagged(client, name, parameter, "photos")

    # with nothing else changed
    cf.update_stack(StackName=stack_id, TemplateBody=body, Tags=tags(team="others"))
    assert deploying.settled(cf, stack_id)["StackStatus"] == "UPDATE_COMPLETE"
    assert_tagged(client, name, parameter, "others")


def tags(**given: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": text} for key, text in given.items()]


def assert_tagged(client: Make, stack_set: str, parameter: str, team: str) -> None:
    cf = client("cloudformation", PRIMARY)
    assert cf.describe_stack_set(StackSetName=stack_set)["StackSet"]["Tags"] == tags(team=team)
    for of in cf.list_stack_instances(StackSetName=stack_set)["Summaries"]:
        [stack] = client("cloudformation", of["Region"]).describe_stacks(StackName=of["StackId"])["Stacks"]
        assert stack["Tags"] == tags(team=team)
        listed = client("ssm", of["Region"]).list_tags_for_resource(ResourceType="Parameter", ResourceId=parameter)
        assert {"Key": "team", "Value": team} in listed["TagList"]


def test_a_failed_instance_rolls_the_stack_back_and_leaves_nothing(cf: Any, client: Make) -> None:
    name = unique("set")
    body = parameter_template("/", Type="Nonsense")

    stack = deploying.create(cf, unique("parent"), parent_template(name, body))

    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    reason = deploying.reason(cf, stack["StackId"], "StackSet")
    assert "was unexpectedly stopped or failed" in reason
    assert "ResourceLogicalId:Greeting" in reason
    happened = [(of, status) for of, status, _ in deploying.events(cf, stack["StackId"])]
    assert happened[-3:] == [
        ("StackSet", "DELETE_IN_PROGRESS"),
        ("StackSet", "DELETE_COMPLETE"),
        (stack["StackName"], "ROLLBACK_COMPLETE"),
    ]
    assert name not in {of["StackSetName"] for of in cf.list_stack_sets(Status="ACTIVE")["Summaries"]}
    for region in BOTH:
        left = client("cloudformation", region).list_stacks()["StackSummaries"]
        assert [of for of in left if name in of["StackName"] and of["StackStatus"] != "DELETE_COMPLETE"] == []


def test_a_failed_update_rolls_every_instance_back(cf: Any, client: Make) -> None:
    name, parameter = unique("set"), f"/{unique('p')}"
    body = parameter_template(parameter)
    stack = deploying.create(cf, unique("parent"), parent_template(name, body))

    broken = parent_template(name, parameter_template(parameter, Type="Nonsense"), word="bye")
    stack = deploying.update(cf, stack["StackName"], broken)

    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert value(client, SECONDARY, parameter) == f"hello from {SECONDARY}"
    assert value(client, PRIMARY, parameter) == "hello from us-east-1"
    listed = cf.list_stack_instances(StackSetName=name)["Summaries"]
    assert {of["Status"] for of in listed} == {"CURRENT"}
