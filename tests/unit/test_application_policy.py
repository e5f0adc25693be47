"""The permissions that are derived for an application: of its types alone, in its Regions, within its boundary."""

import json
from pathlib import Path
from typing import Any

import pytest

from mraa.errors import UsageError
from tests.unit.application_project import ORDERS, checked, make_project, packaged, rewrite, template


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_project(tmp_path / "project")


def documents(project: Path, beginning: str) -> list[dict[str, Any]]:
    launched = json.loads(packaged(project)["application-orders.template"])
    return [
        resource["Properties"]["PolicyDocument"]
        for name, resource in launched["Resources"].items()
        if name.startswith(beginning)
    ]


def statements(project: Path, beginning: str) -> list[dict[str, Any]]:
    return [statement for document in documents(project, beginning) for statement in document["Statement"]]


def actions(found: list[dict[str, Any]]) -> set[str]:
    return {action for statement in found for action in statement["Action"]}


def test_every_type_of_the_regional_template_and_no_other_is_covered(project: Path) -> None:
    derived = checked(project).derived
    assert derived.underived == {}
    assert set(derived.permissions.actions) == {"lambda", "logs", "sqs"}
    granted = actions(statements(project, "ExecutionTypes"))
    assert {"lambda:CreateFunction", "sqs:CreateQueue", "logs:DeleteLogGroup", "iam:CreateRole"} <= granted
    assert not [action for action in granted if action.startswith(("dynamodb:", "kms:", "ec2:"))]


def test_what_is_not_of_iam_is_confined_to_both_regions(project: Path) -> None:
    found = statements(project, "ExecutionTypes")
    assert found
    for statement in found:
        if not statement["Action"][0].startswith("iam:"):
            regions = statement["Condition"]["StringEquals"]["aws:RequestedRegion"]
            assert regions == [{"Ref": "AWS::Region"}, {"Ref": "SecondaryRegion"}]


def test_roles_are_made_below_one_path_and_within_the_boundary_alone(project: Path) -> None:
    found = [of for of in statements(project, "Execution") if of["Action"][0].startswith("iam:")]
    assert all("/bounded/*" in json.dumps(statement["Resource"]) for statement in found)
    making = [of for of in found if {"iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy"} & set(of["Action"])]
    assert all("iam:PermissionsBoundary" in of["Condition"]["StringEquals"] for of in making) and making
    assert "iam:DeleteRolePermissionsBoundary" not in actions(found)
    (passing,) = [of for of in found if "iam:PassRole" in of["Action"]]
    assert passing["Condition"]["StringEqualsIfExists"] == {"iam:PassedToService": ["lambda.amazonaws.com"]}


def test_the_boundary_holds_what_the_roles_may_do_and_nothing_else(project: Path) -> None:
    assert actions(statements(project, "StackInstanceBoundary")) == {
        "dynamodb:ConditionCheckItem",
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
    }


def test_keys_are_asked_for_only_by_what_names_one(project: Path) -> None:
    document = template(project, "regional.yaml")
    document["Resources"]["Queue"]["Properties"]["KmsMasterKeyId"] = "alias/mine"
    document["Resources"]["Writer"]["Properties"]["KmsKeyArn"] = "arn:aws:kms:..."
    rewrite(project, "regional.yaml", document)
    assert "kms" in checked(project).derived.permissions.actions


def test_a_custom_resource_needs_its_function(project: Path) -> None:
    document = template(project, "regional.yaml")
    document["Resources"]["Seed"] = {"Type": "Custom::Seed", "Properties": {"ServiceToken": {"Ref": "Writer"}}}
    rewrite(project, "regional.yaml", document)
    assert "lambda:InvokeFunction" in actions(statements(project, "ExecutionTypes"))


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        ({"Effect": "Allow", "Action": "*", "Resource": "*"}, "names no actions of a service"),
        ({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}, "names no actions of a service"),
        ({"Effect": "Allow", "Action": "iam:CreateRole", "Resource": "*"}, "could give itself everything"),
        ({"Effect": "Allow", "Action": ["IAM:*"], "Resource": "*"}, "names no actions of a service"),
    ],
)
def test_a_role_without_bounds_is_refused(project: Path, policy: dict[str, str], words: str) -> None:
    document = template(project, "regional.yaml")
    document["Resources"]["WriterRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"] = policy
    rewrite(project, "regional.yaml", document)
    with pytest.raises(UsageError, match=words):
        packaged(project)


def test_awss_own_policies_for_functions_are_known_and_others_are_named(project: Path) -> None:
    document = template(project, "regional.yaml")
    role = document["Resources"]["WriterRole"]["Properties"]
    arn = "arn:${AWS::Partition}:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole"
    role["ManagedPolicyArns"] = [{"Fn::Sub": arn}]
    rewrite(project, "regional.yaml", document)
    assert "sqs:DeleteMessage" in checked(project).derived.permissions.boundary
    role["ManagedPolicyArns"] = ["arn:aws:iam::aws:policy/AdministratorAccess"]
    rewrite(project, "regional.yaml", document)
    with pytest.raises(UsageError, match="what arn:aws:iam::aws:policy/AdministratorAccess allows is not known"):
        packaged(project)


def test_each_policy_fits_into_what_iam_takes(project: Path) -> None:
    document = template(project, "regional.yaml")
    types = ("S3::Bucket", "ApiGateway::RestApi", "EC2::Instance", "ECS::Service", "RDS::DBCluster", "SNS::Topic")
    for kind in types:
        document["Resources"][kind.replace(":", "")] = {"Type": f"AWS::{kind}"}
    rewrite(project, "regional.yaml", document)
    found = documents(project, "Execution")
    assert 2 < len(found) <= 10
    assert all(len(json.dumps(of, separators=(",", ":"))) < 6_144 for of in found)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "cannot be read"),
        ("[]", "is not a policy"),
        ('{"Statement": []}', "is not a policy"),
        ('{"Statement": [{"Effect": "Perhaps", "Action": "a:b", "Resource": "*"}]}', "is not a policy"),
        ('{"Statement": [{"Effect": "Allow", "Action": "a:b"}]}', "is not a policy"),
        (
            json.dumps({"Statement": [{"Effect": "Allow", "Action": ["a:b"] * 2000, "Resource": "*"}]}),
            "more than 6,144 characters",
        ),
    ],
)
def test_a_file_that_is_no_policy_is_refused(project: Path, text: str, words: str) -> None:
    (project / "policy.json").write_text(text)
    (project / "mraa.toml").write_text(f'{ORDERS}policy = "policy.json"\n')
    with pytest.raises(UsageError, match=words):
        packaged(project)
