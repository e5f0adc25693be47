"""What `mraa app check` finds in an application: what is refused, and what is worth knowing."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mraa.errors import UsageError
from mraa.release.applications.findings import Grade
from tests.unit.application_project import ORDERS, checked, make_project, packaged, rewrite, template

Change = Callable[[dict[str, Any]], None]
ROLE: dict[str, Any] = {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "writer", "AssumeRolePolicyDocument": {}}}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_project(tmp_path / "project")


def change(project: Path, name: str, **resources: Any) -> None:
    """Give a template other resources."""
    document = template(project, name)
    document["Resources"] |= resources
    rewrite(project, name, document)


def found(project: Path, grade: Grade) -> list[str]:
    return [f"{of.file} {of.subject}: {of.text}" for of in checked(project).findings if of.grade is grade]


def test_nothing_is_found_in_the_orders(project: Path) -> None:
    assert checked(project).findings == ()


def test_a_parameter_that_nobody_gives_is_refused_with_those_that_are_given(project: Path) -> None:
    document = template(project, "regional.yaml")
    document["Parameters"] |= {"Stage": {"Type": "String"}, "Size": {"Type": "Number", "Default": 3}}
    rewrite(project, "regional.yaml", document)
    with pytest.raises(UsageError, match="parameter Stage: nobody gives it a value") as refused:
        packaged(project)
    assert "OrdersTableName" in refused.value.hint


def test_a_parameter_named_as_an_output_that_may_not_exist_is_refused(project: Path) -> None:
    document = template(project, "global.yaml")
    document["Conditions"] = {"C": {"Fn::Equals": ["a", "b"]}}
    document["Outputs"]["OrdersTableName"]["Condition"] = "C"
    rewrite(project, "global.yaml", document)
    assert "parameter OrdersTableName" in found(project, Grade.ERROR)[0]


def test_an_output_with_the_name_of_a_given_parameter_is_refused(project: Path) -> None:
    document = template(project, "global.yaml")
    document["Outputs"]["Region"] = {"Value": "x"}
    rewrite(project, "global.yaml", document)
    assert "output Region: a parameter of that name is given" in found(project, Grade.ERROR)[0]


def test_the_drills_url_must_be_an_output(project: Path) -> None:
    (project / "mraa.toml").write_text(f'{ORDERS}[application.orders.drill]\nurl = "OrdersApiUrl"\n')
    assert "output OrdersApiUrl: the drill's url names it" in found(project, Grade.ERROR)[0]


@pytest.mark.parametrize(
    ("file", "resource", "words"),
    [
        ("global.yaml", {"Type": "AWS::DynamoDB::Table"}, "is no global table"),
        (
            "global.yaml",
            {"Type": "AWS::DynamoDB::GlobalTable", "Properties": {"Replicas": [{"Region": "us-east-1"}]}},
            "no replica in the secondary Region",
        ),
        ("regional.yaml", {"Type": "AWS::DynamoDB::GlobalTable"}, "each Region would create this"),
        ("regional.yaml", ROLE, "the name writer can exist once, and each Region would create"),
        (
            "regional.yaml",
            {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": {"Fn::Sub": "files-${AWS::AccountId}"}}},
            "the name files-\\$\\{AWS::AccountId\\} can exist once",
        ),
        ("regional.yaml", {"Type": "AWS::IAM::Role", "Properties": {"Path": "/own/"}}, "a Path of its own"),
        (
            "regional.yaml",
            {"Type": "AWS::IAM::Role", "Properties": {"PermissionsBoundary": "arn:aws:iam::1:policy/x"}},
            "a PermissionsBoundary of its own",
        ),
        ("regional.yaml", {"Type": "AWS::Foo::Bar"}, "no schema says what CloudFormation calls"),
        ("regional.yaml", {"Type": "AWS::IAM::User"}, "nothing would confine"),
        (
            "regional.yaml",
            {"Type": "AWS::Lambda::Function", "Properties": {"Code": {"S3Bucket": "b", "S3Key": "k"}}},
            "the code of Added cannot be derived: it is in a bucket of its own",
        ),
    ],
)
def test_what_cannot_work_is_refused_before_anything_is_built(
    project: Path, file: str, resource: dict[str, Any], words: str
) -> None:
    change(project, file, Added=resource)
    with pytest.raises(UsageError, match=words) as refused:
        packaged(project)
    assert file in refused.value.message and refused.value.hint


@pytest.mark.parametrize(
    "name",
    [{"Fn::Sub": "w-${Region}"}, {"Fn::Sub": "w-${AWS::Region}"}, {"Fn::Join": ["-", ["w", {"Ref": "AWS::Region"}]]}],
)
def test_a_name_with_the_region_in_it_does_not_collide(project: Path, name: Any) -> None:
    change(project, "regional.yaml", Added={**ROLE, "Properties": {**ROLE["Properties"], "RoleName": name}})
    assert found(project, Grade.ERROR) == []


def test_two_applications_may_not_take_one_name(project: Path) -> None:
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "jobs"}}
    change(project, "regional.yaml", Jobs=queue)
    rewrite(project, "bills.json", {"Resources": {"Queue": queue}})
    (project / "mraa.toml").write_text(f'{ORDERS}[application.bills]\nregional = "bills.json"\n')
    assert found(project, Grade.ERROR) == [
        "regional.yaml Jobs: AWS::SQS::Queue jobs is the name of Queue of application bills too"
    ]


@pytest.mark.parametrize(
    ("file", "resource", "words"),
    [
        ("regional.yaml", {"Type": "AWS::DynamoDB::Table"}, "is not replicated"),
        ("regional.yaml", {"Type": "AWS::S3::Bucket"}, "the bucket is not replicated"),
        ("global.yaml", {"Type": "AWS::S3::Bucket"}, "the bucket is not replicated"),
    ],
)
def test_a_store_that_is_not_replicated_is_a_warning(
    project: Path, file: str, resource: dict[str, Any], words: str
) -> None:
    change(project, file, Added=resource)
    assert [words in of for of in found(project, Grade.WARNING)] == [True]
    packaged(project)


def test_a_function_that_writes_without_the_fences_rights_is_a_warning(project: Path) -> None:
    document = template(project, "regional.yaml")
    statements = document["Resources"]["WriterRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    (check,) = [of for of in statements if of["Action"] == "dynamodb:ConditionCheckItem"]
    statements.remove(check)
    rewrite(project, "regional.yaml", document)
    assert found(project, Grade.WARNING) == [
        "regional.yaml Writer: it may write to a table, but not check a fence: its role lacks "
        "dynamodb:ConditionCheckItem"
    ]
    policy = {"PolicyName": "fence", "Roles": [{"Ref": "WriterRole"}], "PolicyDocument": {"Statement": [check]}}
    change(project, "regional.yaml", Fence={"Type": "AWS::IAM::Policy", "Properties": policy})
    assert found(project, Grade.WARNING) == []
