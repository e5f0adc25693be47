"""An application as it is packaged: what is added to its templates, what stays, and what is refused."""

import io
import json
import os
import re
import zipfile
from pathlib import Path

import pytest

from mraa.errors import UsageError
from mraa.release.applications import code
from tests.unit.application_project import ORDERS, make_project, nested, packaged, rewrite, template


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_project(tmp_path / "project")


def test_an_application_is_four_templates_and_a_zip_named_by_content(project: Path) -> None:
    files = packaged(project)
    assert files == packaged(project)
    assert {re.sub("-[0-9a-f]{12}", "", name) for name in files} == {
        "application-orders.template",
        "application-orders-global.template",
        "application-orders-instance.template",
        "application-orders-regional.template",
        "application-orders/Writer.zip",
    }


def test_what_is_written_stays_and_only_code_stores_and_roles_are_completed(project: Path) -> None:
    files = packaged(project)
    before, after = template(project, "regional.yaml"), nested(files, "regional")
    writer = after["Resources"]["Writer"]["Properties"]
    location = writer["Code"]
    assert location["S3Bucket"] == {"Fn::Sub": "code-${AWS::Region}"}
    assert location["S3Key"].removeprefix("solution/v1/") in files
    role = after["Resources"]["WriterRole"]["Properties"]
    assert (role.pop("Path"), role.pop("PermissionsBoundary")) == ({"Ref": "RolePath"}, {"Ref": "PermissionsBoundary"})
    added = {"RolePath": {"Type": "String"}, "PermissionsBoundary": {"Type": "String"}}
    writer["Code"] = "./src"
    assert after == {**before, "Parameters": {**before["Parameters"], **added}}
    table = nested(files, "global")["Resources"]["OrdersTable"]
    assert (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")
    assert nested(files, "global")["Outputs"]["MraaStoreOrdersTable"] == {"Value": {"Ref": "OrdersTable"}}


def test_a_store_that_says_what_becomes_of_it_is_left_alone(project: Path) -> None:
    document = template(project, "global.yaml")
    document["Resources"]["OrdersTable"]["DeletionPolicy"] = "Delete"
    rewrite(project, "global.yaml", document)
    table = nested(packaged(project), "global")["Resources"]["OrdersTable"]
    assert table["DeletionPolicy"] == "Delete" and "UpdateReplacePolicy" not in table


def test_the_zip_depends_on_nothing_but_its_files(project: Path) -> None:
    before = packaged(project)
    (project / "src" / "__pycache__").mkdir()
    (project / "src" / "__pycache__" / "app.pyc").write_bytes(b"x")
    os.utime(project / "src" / "app.py", (1, 1))
    assert packaged(project) == before
    tool = project / "src" / "tool.sh"
    tool.write_text("#!/bin/sh\n")
    tool.chmod(0o755)
    after = packaged(project)
    (zipped,) = [content for name, content in after.items() if name.endswith(".zip")]
    with zipfile.ZipFile(io.BytesIO(zipped)) as archive:
        modes = {entry.filename: entry.external_attr >> 16 & 0o777 for entry in archive.infolist()}
    assert {name: mode for name, mode in modes.items() if not name.startswith("mraa_fence/")} == {
        "app.py": 0o644,
        "tool.sh": 0o755,
    }
    assert after.keys() != before.keys()


def test_a_policy_of_ones_own_leaves_the_roles_as_they_are_written(project: Path) -> None:
    statement = {"Effect": "Allow", "Action": "lambda:*", "Resource": "*"}
    (project / "policy.json").write_text(json.dumps({"Statement": [statement]}))
    (project / "mraa.toml").write_text(f'{ORDERS}policy = "policy.json"\n')
    files = packaged(project)
    assert (
        nested(files, "regional")["Resources"]["WriterRole"]
        == (template(project, "regional.yaml")["Resources"]["WriterRole"])
    )
    launched = json.loads(files["application-orders.template"])
    documents = [
        resource["Properties"]["PolicyDocument"]
        for name, resource in launched["Resources"].items()
        if name.startswith("ExecutionPolicy")
    ]
    assert documents == [{"Version": "2012-10-17", "Statement": [statement]}]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[]", "no Resources"),
        ("Resources: {}", "no Resources"),
        ("Resources: {A: 3}", "'A' in Resources"),
        ("Resources: {A: {Type: 3}}", "resource A has no Type"),
        ("Resources: {A-B: {Type: X}}", "'A-B' in Resources"),
        ("Resources: {A: {Type: X}}\nOutputs: [a]", "section Outputs is no mapping"),
        ("Resources: {A: {Type: X}}\nMappings: 3", "section Mappings is no mapping"),
        ("Transform: AWS::Serverless-2016-10-31\nResources: {A: {Type: X}}", "has a Transform"),
        ("Resources: {A: {Type: X, Properties: {B: {'Fn::Transform': {Name: AWS::Include}}}}}", "has a Transform"),
        ("Resources: {A: {Type: X}}\nResources: {B: {Type: X}}", "stands twice"),
        ("Resources: {A: &a {Type: X}, B: *a}", "YAML alias"),
        ("Resources: {A: {Type: X, Properties: {N: .nan}}}", "not JSON compliant"),
        ("Resources: {A: {Type: X, Properties: {N: !GetAtt {a: b}}}}", "short tag"),
        ("Resources: [" * 5_000, "nested too deeply"),
        ("{" * 5_000, "not a CloudFormation template"),
        ("#" * 1_000_001, "larger than 1,000,000 bytes"),
        ("\x00", "not a CloudFormation template"),
    ],
)
def test_a_file_that_is_no_template_is_refused_in_one_line(project: Path, text: str, words: str) -> None:
    (project / "regional.yaml").write_text(text)
    with pytest.raises(UsageError, match=words) as refused:
        packaged(project)
    assert "\n" not in refused.value.message and refused.value.hint
    assert "regional.yaml" in refused.value.message


@pytest.mark.parametrize("path", ["../outside", "/etc", "link"])
def test_code_outside_the_project_is_refused(project: Path, path: str) -> None:
    (project.parent / "outside").mkdir()
    (project / "link").symlink_to(project.parent / "outside")
    document = template(project, "regional.yaml")
    document["Resources"]["Writer"]["Properties"]["Code"] = path
    rewrite(project, "regional.yaml", document)
    with pytest.raises(UsageError, match="outside the project"):
        packaged(project)


def test_a_link_in_a_code_folder_that_leads_out_of_the_project_is_refused(project: Path) -> None:
    (project / "src" / "passwd").symlink_to("/etc/passwd")
    with pytest.raises(UsageError, match="link out of the project: passwd"):
        packaged(project)


def test_a_template_outside_the_project_is_refused(project: Path) -> None:
    (project / "regional.yaml").unlink()
    (project / "regional.yaml").symlink_to("/etc/passwd")
    with pytest.raises(UsageError, match="outside the project"):
        packaged(project)


def test_more_code_than_lambda_takes_is_refused_unread(project: Path) -> None:
    with (project / "src" / "big").open("wb") as file:
        file.truncate(code.LIMIT_BYTES + 1)
    with pytest.raises(UsageError, match="Lambda takes 250 MB"):
        packaged(project)


@pytest.mark.parametrize(
    ("path", "words"), [("./nothing", "does not exist"), ("app.txt", "neither a folder nor a zip")]
)
def test_code_that_is_not_there_is_refused(project: Path, path: str, words: str) -> None:
    (project / "app.txt").write_text("x")
    document = template(project, "regional.yaml")
    document["Resources"]["Writer"]["Properties"]["Code"] = path
    rewrite(project, "regional.yaml", document)
    with pytest.raises(UsageError, match=words):
        packaged(project)


def test_a_zip_of_ones_own_is_published_as_it_is(project: Path) -> None:
    with zipfile.ZipFile(project / "own.zip", "w") as archive:
        archive.writestr("app.py", "x = 1")
    document = template(project, "regional.yaml")
    document["Resources"]["Writer"]["Properties"]["Code"] = "own.zip"
    rewrite(project, "regional.yaml", document)
    (zipped,) = [content for name, content in packaged(project).items() if name.endswith(".zip")]
    assert zipped == (project / "own.zip").read_bytes()
