"""What the tests of stack sets share: the default roles, a small regional template, and its value."""

import json
from collections.abc import Callable
from typing import Any

from tests.local.deploying import ACCOUNT, resource, template
from tests.regions import PRIMARY, SECONDARY

BOTH = [SECONDARY, PRIMARY]
Make = Callable[..., Any]


def make_default_roles(client: Make) -> None:
    """The roles that StackSets uses if none are given."""
    iam = client("iam", PRIMARY)

    def role(name: str, principal: dict[str, str], actions: list[str]) -> None:
        trust = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
        policy = {"Effect": "Allow", "Action": actions, "Resource": "*"}
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust))
        iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=document(policy))

    administration = "AWSCloudFormationStackSetAdministrationRole"
    role(administration, {"Service": "cloudformation.amazonaws.com"}, ["sts:AssumeRole"])
    trusted = {"AWS": f"arn:aws:iam::{ACCOUNT}:role/{administration}"}
    role("AWSCloudFormationStackSetExecutionRole", trusted, ["*"])


def document(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def parameter_template(name: str, **properties: Any) -> dict[str, Any]:
    """A regional template with one SSM parameter and an output."""
    value = {"Fn::Sub": "${Word} from ${AWS::Region}"}
    return template(
        {"Greeting": resource("AWS::SSM::Parameter", {"Name": name, "Type": "String", "Value": value, **properties})},
        Parameters={"Word": {"Type": "String", "Default": "hello"}},
        Outputs={"Name": {"Value": {"Ref": "Greeting"}}},
    )


def value(client: Make, region: str, name: str) -> str:
    return str(client("ssm", region).get_parameter(Name=name)["Parameter"]["Value"])
