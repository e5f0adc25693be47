"""Any template and any [application] table is taken, or refused in one line that says what is wrong."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mraa.application_settings import read_applications
from mraa.errors import UsageError
from mraa.release.applications.package import check, package
from mraa.release.applications.policy import read_policy
from mraa.release.applications.template_file import read_template
from mraa.settings_file import FILE_NAME
from tests.fuzz.profile import fuzzed
from tests.fuzz.strategies import TEXTS
from tests.unit.application_project import ORDERS, RELEASE, make_project, template

WORDS = st.sampled_from([
    "Ref", "Fn::Sub", "Fn::GetAtt", "Type", "Properties", "Policies", "PolicyDocument", "Statement", "Action", "Code",
    "Replicas", "Roles", "BucketName", "ManagedPolicyArns", "AssumeRolePolicyDocument", "Principal", "Service",
])  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS | TEXTS, inner, max_size=3),
    max_leaves=8,
)
TYPES = st.sampled_from([
    "AWS::IAM::Role", "AWS::IAM::Policy", "AWS::Lambda::Function", "AWS::S3::Bucket", "AWS::DynamoDB::GlobalTable",
    "AWS::DynamoDB::Table", "AWS::SQS::Queue", "Custom::X", "AWS::CloudFormation::Stack", "", "AWS::", "X",
])  # fmt: skip


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_project(tmp_path / "project")


def judged(error: UsageError) -> None:
    assert "\n" not in error.message and error.hint and len(error.message) < 1000


@fuzzed
@given(st.binary(max_size=300) | TEXTS.map(lambda text: text.encode("utf-8", "surrogatepass")))
@example(b"Resources: {A: {Type: X, Properties: !Sub [a, {b: !Ref c}]}}")
@example(b"Resources: !Ref {a: b}")
@example(b"Resources: {A: {Type: !!python/name:os.system ''}}")
@example(b"? {a: b}\n: c")
def test_any_bytes_are_a_template_or_a_usage_error(project: Path, content: bytes) -> None:
    (project / "any.yaml").write_bytes(content)
    try:
        assert read_template(project, "any.yaml").resources
    except UsageError as error:
        judged(error)


@fuzzed
@given(TYPES, VALUES, WORDS, VALUES)
@example("AWS::IAM::Role", {}, "ManagedPolicyArns", True)
@example("AWS::IAM::Role", {}, "ManagedPolicyArns", {"Ref": []})
@example("AWS::IAM::Policy", {"": "no name"}, "Ref", None)
@example("AWS::IAM::Role", {"RoleName": {"9" * 5000: None}}, "Ref", None)
def test_any_resource_is_packaged_or_a_usage_error(
    project: Path, kind: str, properties: Any, section: str, value: Any
) -> None:
    document = template(project, "regional.yaml")
    document["Resources"]["Odd"] = {"Type": kind, "Properties": properties}
    role = document["Resources"]["WriterRole"]["Properties"]
    document["Resources"]["WriterRole"]["Properties"] = {**role, section: value}
    (project / "odd.json").write_text(json.dumps(document))
    (project / FILE_NAME).write_text(ORDERS.replace("regional.yaml", "odd.json"))
    try:
        files = package(check(read_applications(project / FILE_NAME), "orders"), RELEASE)
        assert all(json.loads(content) for name, content in files.items() if name.endswith(".template"))
    except UsageError as error:
        judged(error)


@fuzzed
@given(VALUES)
@example([{"9" * 5000: None}])
def test_any_policy_is_taken_or_a_usage_error(project: Path, document: Any) -> None:
    (project / "policy.json").write_text(json.dumps(document))
    try:
        assert read_policy(project, "policy.json")["Statement"]
    except UsageError as error:
        judged(error)


@fuzzed
@given(st.dictionaries(st.sampled_from(["global", "regional", "policy", "drill"]) | TEXTS, VALUES, max_size=4), TEXTS)
def test_any_application_table_is_read_or_a_usage_error(project: Path, table: dict[str, Any], name: str) -> None:
    lines = [f"{json.dumps(key)} = {json.dumps(value)}" for key, value in table.items()]
    (project / FILE_NAME).write_text(
        "\n".join([f"[application.{json.dumps(name)}]", *lines]), encoding="utf-8", errors="replace"
    )
    try:
        applications = read_applications(project / FILE_NAME)
        assert all(of.regional for of in applications.values())
    except UsageError as error:
        judged(error)
