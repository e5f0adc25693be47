"""What the local cloud would ignore fails loudly, and our own templates are not among it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mraa_local import process
from mraa_local.cfn.resources import registry, table
from mraa_local.errors import RefusedError
from tests.local import deploying
from tests.local.conftest import make_client
from tests.local.deploying import ACCOUNT, resource, template, unique
from tests.regions import PRIMARY

Make = Callable[..., Any]
TEMPLATES = sorted((Path(__file__).parents[2] / "templates").glob("*.template"))


@pytest.fixture(scope="module")
def cf(client: Make) -> Any:
    return client("cloudformation", PRIMARY)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_our_templates_use_nothing_that_is_ignored(path: Path) -> None:
    resources = json.loads(path.read_text())["Resources"]
    assert resources
    found = {
        name: registry.unsupported(of["Type"], without_intrinsics(of.get("Properties", {})))
        for name, of in resources.items()
    }
    assert {name: names for name, names in found.items() if names} == {}


def without_intrinsics(node: Any) -> Any:
    """The template as it is once resolved, as far as names of properties go; a choice is taken both ways."""
    if isinstance(node, list):
        return [without_intrinsics(member) for member in node]
    if not isinstance(node, dict):
        return node
    if set(node) == {"Fn::If"}:
        return [without_intrinsics(choice) for choice in node["Fn::If"][1:]]
    if len(node) == 1 and next(iter(node)).split("::")[0] in ("Ref", "Fn"):
        return "resolved"
    return {name: without_intrinsics(value) for name, value in node.items()}


def test_an_unknown_property_fails_its_resource_and_is_named(cf: Any, client: Make) -> None:
    name = unique("bucket")
    body = template({"Bucket": resource("AWS::S3::Bucket", {"BucketName": name, "AccelerateConfiguration": {}})})

    stack = deploying.create(cf, unique("stack"), body)

    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert deploying.reason(cf, stack["StackId"], "Bucket") == (
        "The local cloud does not support the property AccelerateConfiguration of AWS::S3::Bucket."
    )
    with pytest.raises(ClientError, match="404"):
        client("s3", PRIMARY).head_bucket(Bucket=name)


def test_a_property_deep_in_a_list_is_found(cf: Any) -> None:
    replica = {"Region": PRIMARY, "TableClass": "STANDARD", "ContributorInsightsSpecification": {"Enabled": True}}
    body = template({"Table": resource("AWS::DynamoDB::GlobalTable", {"Replicas": [replica]})})
    stack = deploying.create(cf, unique("stack"), body)
    assert "the properties Replicas.ContributorInsightsSpecification, Replicas.TableClass of" in deploying.reason(
        cf, stack["StackId"], "Table"
    )


def test_an_unknown_type_is_refused_with_its_name(cf: Any) -> None:
    with pytest.raises(ClientError, match=r"Unrecognized resource types: \[AWS::Space::Rocket\]"):
        deploying.create(cf, unique("stack"), template({"Rocket": resource("AWS::Space::Rocket")}))


def test_an_update_to_an_unknown_property_is_rolled_back(cf: Any) -> None:
    name = f"/{unique('p')}"
    parameter = {"Name": name, "Type": "String", "Value": "x"}
    stack = deploying.create(cf, unique("stack"), template({"P": resource("AWS::SSM::Parameter", parameter)}))
    more = template({"P": resource("AWS::SSM::Parameter", {**parameter, "Policies": "[]"})})

    stack = deploying.update(cf, stack["StackName"], more)

    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert "does not support the property Policies" in deploying.reason(cf, stack["StackId"], "P")


def test_a_property_without_effect_is_accepted_and_has_a_reason() -> None:
    assert registry.unsupported("AWS::Lambda::Function", {"Architectures": ["arm64"], "MemorySize": 512}) == []
    no_effect = [(of, path, why) for of in registry.all_types().values() for path, why in of.no_effect.items()]
    assert all(why for _, _, why in no_effect)
    assert [path for of, path, _ in no_effect if of.supported is ... or path in of.supported] == []


def test_a_role_for_the_stack_itself_is_refused_not_ignored(cf: Any) -> None:
    with pytest.raises(ClientError, match="does not support RoleARN"):
        cf.create_stack(
            StackName=unique("stack"),
            TemplateBody=json.dumps(template({"H": resource("AWS::CloudFormation::WaitConditionHandle")})),
            RoleARN=f"arn:aws:iam::{ACCOUNT}:role/anything",
        )


def test_the_documentation_lists_what_the_types_declare() -> None:
    page = (Path(__file__).parents[2] / "docs" / "local-cloud.md").read_text(encoding="utf-8")
    assert table.BEGIN in page
    assert table.replaced(page) == page, "run `make docs`"


def test_a_type_that_nobody_has_looked_at_is_let_in_on_request_only(cf: Any, local_home: Path) -> None:
    never = "AWS::ECS::Cluster"
    body = template({"Cluster": resource(never, {"ClusterName": "c"})})
    stack = deploying.create(cf, unique("stack"), body)
    reason = deploying.reason(cf, stack["StackId"], "Cluster")
    assert reason == (
        f"The local cloud does not support the resource type {never}. Nobody has looked at it; "
        f"mraa local start --allow {never} lets it in all the same."
    )
    allowing = process.start(allowed=[never])
    try:
        assert deploying.create(make_client(allowing, "cloudformation", PRIMARY), "s", body)["StackStatus"] == (
            "CREATE_COMPLETE"
        )
    finally:
        process.stop(allowing.port)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("AWS::SQS::Queue", "AWS::SQS::Queue is supported by itself."),
        ("AWS::Space::Rocket", "The local cloud has no resource type AWS::Space::Rocket."),
        ("nonsense", "The local cloud has no resource type nonsense."),
    ],
)
def test_a_type_that_cannot_be_allowed_is_refused_at_the_start(local_home: Path, name: str, reason: str) -> None:
    with pytest.raises(RefusedError, match=reason) as refused:
        process.start(allowed=[name])
    assert refused.value.hint
