"""Stack instances are created under the stack set's roles, and under nothing more, on the running local cloud."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mraa_local.cfn.resources import registry
from tests.local import deploying
from tests.local.deploying import ACCOUNT, resource, template, unique
from tests.local.streaming import consumer, make_table, stream_arn
from tests.local.streaming import role as streaming_role
from tests.regions import NOT_ENABLED, OPTED_IN, PRIMARY

Make = Callable[..., Any]
TEMPLATES = Path(__file__).parents[2] / "templates"
_KEYS = {
    "aws_access_key_id": "AccessKeyId",
    "aws_secret_access_key": "SecretAccessKey",
    "aws_session_token": "SessionToken",
}
STACKS = {"Effect": "Allow", "Action": "cloudformation:*", "Resource": "*"}


@pytest.fixture(scope="module")
def cf(client: Make) -> Any:
    return client("cloudformation", PRIMARY)


def trust(principal: dict[str, Any], condition: dict[str, Any] | None = None) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return document({**statement, "Condition": condition} if condition else statement)


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


class Roles:
    """The roles of one stack set, created as the main template does; a test breaks one of them."""

    def __init__(self, iam: Any, *statements: dict[str, Any], path: str = "/", name: str = "") -> None:
        self._iam = iam
        self.administration, self.execution = unique("administration"), name or unique("execution")
        self.arn = f"arn:aws:iam::{ACCOUNT}:role/{self.administration}"
        own = {"ArnEquals": {"aws:PrincipalArn": self.arn}}
        self._role(self.administration, "/", trust({"Service": "cloudformation.amazonaws.com"}))
        self._role(self.execution, path, trust({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, own))
        may_assume = f"arn:aws:iam::{ACCOUNT}:role{path}{self.execution}"
        assume = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": may_assume}
        self.allow(self.administration, assume)
        self.allow(self.execution, *statements)

    def _role(self, name: str, path: str, trusted: dict[str, Any]) -> None:
        self._iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=json.dumps(trusted))

    def allow(self, role: str, *statements: dict[str, Any]) -> None:
        self._iam.put_role_policy(RoleName=role, PolicyName="own", PolicyDocument=json.dumps(document(*statements)))

    def trust(self, role: str, trusted: dict[str, Any]) -> None:
        self._iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(trusted))


def outcome(cf: Any, roles: Roles, body: dict[str, Any], region: str = PRIMARY) -> tuple[str, str]:
    """Status and reason of a stack instance created under the roles."""
    group = {"DeploymentTargets": {"Accounts": [ACCOUNT]}, "Regions": [region]}
    properties = {
        "StackSetName": unique("set"),
        "PermissionModel": "SELF_MANAGED",
        "AdministrationRoleARN": roles.arn,
        "ExecutionRoleName": roles.execution,
        "Capabilities": ["CAPABILITY_IAM"],
        "TemplateBody": json.dumps(body),
        "StackInstancesGroup": [group],
    }
    stack = deploying.create(
        cf, unique("parent"), template({"StackSet": resource("AWS::CloudFormation::StackSet", properties)})
    )
    if stack["StackStatus"] == "CREATE_COMPLETE":
        return "CURRENT", ""
    return "FAILED", deploying.reason(cf, stack["StackId"], "StackSet")


def bucket_template(name: str) -> dict[str, Any]:
    versioned = {"VersioningConfiguration": {"Status": "Enabled"}}
    return template({"Bucket": resource("AWS::S3::Bucket", {"BucketName": name, **versioned})})


def test_a_role_with_exactly_these_permissions_is_enough(cf: Any, client: Make) -> None:
    name = unique("bucket")
    own = {
        "Effect": "Allow",
        "Action": ["s3:CreateBucket", "s3:PutBucketVersioning"],
        "Resource": f"arn:aws:s3:::{name}",
    }
    assert outcome(cf, Roles(client("iam", PRIMARY), STACKS, own), bucket_template(name)) == ("CURRENT", "")


@pytest.mark.parametrize(
    ("allowed", "missing"),
    [("s3:PutBucketVersioning", "s3:CreateBucket"), ("s3:CreateBucket", "s3:PutBucketVersioning")],
)
def test_a_missing_permission_fails_the_resource_and_is_named(
    cf: Any, client: Make, allowed: str, missing: str
) -> None:
    name = unique("bucket")
    roles = Roles(client("iam", PRIMARY), STACKS, {"Effect": "Allow", "Action": allowed, "Resource": "*"})

    status, reason = outcome(cf, roles, bucket_template(name))

    assert status == "FAILED"
    assert "ResourceLogicalId:Bucket, ResourceType:AWS::S3::Bucket" in reason
    assert f"User: arn:aws:sts::{ACCOUNT}:assumed-role/{roles.execution}/" in reason
    assert f"is not authorized to perform: {missing} on resource: arn:aws:s3:::{name}" in reason
    with pytest.raises(ClientError, match="404"):
        client("s3", PRIMARY).head_bucket(Bucket=name)


def test_the_stack_itself_needs_permission(cf: Any, client: Make) -> None:
    roles = Roles(client("iam", PRIMARY), {"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
    status, reason = outcome(cf, roles, bucket_template(unique("bucket")))
    assert status == "FAILED"
    assert "is not authorized to perform: cloudformation:CreateStack on resource: arn:aws:cloudformation:" in reason


def function_template(role: str) -> dict[str, Any]:
    code = {"ZipFile": "def handle(event, context): return 1"}
    properties = {"Runtime": "python3.13", "Handler": "index.handle", "Role": role, "Code": code}
    return template({"Function": resource("AWS::Lambda::Function", {**properties, "FunctionName": unique("f")})})


def test_passing_a_role_to_a_function_requires_permission_for_that_role(cf: Any, client: Make) -> None:
    iam, role = client("iam", PRIMARY), unique("function")
    iam.create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps(trust({"Service": "lambda.amazonaws.com"})))
    arn = f"arn:aws:iam::{ACCOUNT}:role/{role}"
    functions = {"Effect": "Allow", "Action": "lambda:*", "Resource": "*"}

    status, reason = outcome(cf, Roles(iam, STACKS, functions), function_template(arn))
    assert status == "FAILED"
    assert f"is not authorized to perform: iam:PassRole on resource: {arn}" in reason

    to_lambda = {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
    passing = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": arn, "Condition": to_lambda}
    assert outcome(cf, Roles(iam, STACKS, functions, passing), function_template(arn)) == ("CURRENT", "")


def test_a_function_that_a_stream_triggers_is_created_with_exactly_these_permissions(cf: Any, client: Make) -> None:
    iam, table, queue = client("iam", PRIMARY), unique("table"), unique("queue")
    make_table(client, table)
    role = deploying.make_stack(client, PRIMARY, unique("role"), {"Role": streaming_role()})["Role"]
    made = consumer(stream_arn(client, PRIMARY, table))
    function = made["Function"]["Properties"]
    function |= {"Role": f"arn:aws:iam::{ACCOUNT}:role/{role}", "Environment": {}}
    made["GivenUp"]["Properties"]["QueueName"] = queue
    parts = {name: made[name] for name in ("GivenUp", "Function", "Source")}
    arn = f"arn:aws:lambda:{PRIMARY}:{ACCOUNT}"
    own_function = {"StringEquals": {"lambda:FunctionArn": f"{arn}:function:{function['FunctionName']}"}}
    mapping = ["lambda:CreateEventSourceMapping", "lambda:GetEventSourceMapping"]
    allowed = [
        {"Action": ["lambda:CreateFunction"], "Resource": f"{arn}:function:*"},
        {"Action": "iam:PassRole", "Resource": function["Role"]},
        {"Action": ["sqs:CreateQueue", "sqs:GetQueueAttributes"], "Resource": f"arn:aws:sqs:*:{ACCOUNT}:{queue}"},
        {"Action": mapping, "Resource": "*", "Condition": own_function},
    ]
    statements = [{"Effect": "Allow", **statement} for statement in allowed]
    status, reason = outcome(cf, Roles(iam, STACKS, *statements), template(parts))
    assert (reason, status) == ("", "CURRENT")

    function["FunctionName"] = unique("other")
    made["GivenUp"]["Properties"]["QueueName"] = queue = unique("queue")
    statements[2]["Resource"] = f"arn:aws:sqs:*:{ACCOUNT}:{queue}"
    status, reason = outcome(cf, Roles(iam, STACKS, *statements), template(parts))
    assert status == "FAILED"
    assert "is not authorized to perform: lambda:CreateEventSourceMapping on resource: *" in reason


def everything(iam: Any, **where: str) -> Roles:
    return Roles(iam, {"Effect": "Allow", "Action": "*", "Resource": "*"}, **where)


def spoil_administrations_trust(roles: Roles) -> None:
    roles.trust(roles.administration, trust({"Service": "lambda.amazonaws.com"}))


def spoil_executions_trust(roles: Roles) -> None:
    other = {"ArnEquals": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/another"}}
    roles.trust(roles.execution, trust({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, other))


def spoil_the_right_to_assume(roles: Roles) -> None:
    roles.allow(roles.administration, {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"})


@pytest.mark.parametrize("spoil", [spoil_administrations_trust, spoil_executions_trust, spoil_the_right_to_assume])
def test_roles_that_do_not_trust_each_other_fail_with_awss_message(
    cf: Any, client: Make, spoil: Callable[[Roles], None]
) -> None:
    roles = everything(client("iam", PRIMARY))
    spoil(roles)
    status, reason = outcome(cf, roles, bucket_template(unique("bucket")))
    assert status == "FAILED"
    assert (
        f"Account {ACCOUNT} should have '{roles.execution}' role with trust relationship to Role "
        f"'{roles.administration}'." in reason
    )


def test_a_region_that_is_disabled_by_default_requires_trust_in_its_own_principal(cf: Any, client: Make) -> None:
    own = {"Effect": "Allow", "Action": ["s3:CreateBucket", "s3:PutBucketVersioning"], "Resource": "*"}
    roles, opt_in = Roles(client("iam", PRIMARY), STACKS, own), OPTED_IN
    status, reason = outcome(cf, roles, bucket_template(unique("bucket")), opt_in)
    assert status == "FAILED"
    assert f"role with trust relationship to Role '{roles.administration}'" in reason

    both = ["cloudformation.amazonaws.com", f"cloudformation.{opt_in}.amazonaws.com"]
    roles.trust(roles.administration, trust({"Service": both}))
    assert outcome(cf, roles, bucket_template(unique("bucket")), opt_in) == ("CURRENT", "")


def test_a_region_that_is_not_enabled_gets_no_stack_instance(cf: Any, client: Make) -> None:
    own = {"Effect": "Allow", "Action": ["s3:CreateBucket", "s3:PutBucketVersioning"], "Resource": "*"}
    roles = Roles(client("iam", PRIMARY), STACKS, own)
    services = ["cloudformation.amazonaws.com", f"cloudformation.{NOT_ENABLED}.amazonaws.com"]
    roles.trust(roles.administration, trust({"Service": services}))
    status, reason = outcome(cf, roles, bucket_template(unique("bucket")), NOT_ENABLED)
    assert (status, f"Region {NOT_ENABLED} is not enabled" in reason) == ("FAILED", True)


def policy(name: str, *statements: dict[str, Any]) -> dict[str, Any]:
    return {"PolicyName": name, "PolicyDocument": document(*statements)}


def bounded_role(boundary: str = "", **properties: Any) -> dict[str, Any]:
    """A template with a role that may do everything, but for its boundary."""
    everything = policy("all", {"Effect": "Allow", "Action": "*", "Resource": "*"})
    trusted = trust({"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
    bounds = {"PermissionsBoundary": boundary} if boundary else {}
    role = {"AssumeRolePolicyDocument": trusted, "Policies": [everything], **bounds, **properties}
    return template({"Role": resource("AWS::IAM::Role", role)})


def test_roles_are_made_only_with_the_boundary_that_the_permission_requires(cf: Any, client: Make) -> None:
    iam = client("iam", PRIMARY)
    listing = json.dumps(document({"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}))
    made = [iam.create_policy(PolicyName=unique("boundary"), PolicyDocument=listing)["Policy"] for _ in range(2)]
    boundary, other = (policy["Arn"] for policy in made)
    make = {
        "Effect": "Allow",
        "Action": ["iam:CreateRole", "iam:PutRolePolicy"],
        "Resource": "*",
        "Condition": {"StringEquals": {"iam:PermissionsBoundary": boundary}},
    }
    roles = Roles(iam, STACKS, make, {"Effect": "Allow", "Action": "iam:DeleteRole*", "Resource": "*"})

    for wrong in ("", other):
        status, reason = outcome(cf, roles, bounded_role(wrong))
        assert status == "FAILED"
        assert "is not authorized to perform: iam:CreateRole" in reason
    path = f"/{unique('bounded')}/"
    assert outcome(cf, roles, bounded_role(boundary, Path=path)) == ("CURRENT", "")

    [name] = [role["RoleName"] for role in iam.list_roles(PathPrefix=path)["Roles"]]
    assert iam.get_role(RoleName=name)["Role"]["PermissionsBoundary"]["PermissionsBoundaryArn"] == boundary
    assumed = client("sts").assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role{path}{name}", RoleSessionName="test")
    keys = {key: assumed["Credentials"][name] for key, name in _KEYS.items()}
    client("s3", PRIMARY, **keys).list_buckets()
    with pytest.raises(ClientError, match="AccessDenied"):
        client("sqs", PRIMARY, **keys).list_queues()


def test_an_execution_role_below_a_path_is_not_found(cf: Any, client: Make) -> None:
    roles = everything(client("iam", PRIMARY), path="/below/")
    status, reason = outcome(cf, roles, bucket_template(unique("bucket")))
    assert status == "FAILED"
    assert f"should have '{roles.execution}' role" in reason


def test_the_permissions_of_every_type_that_was_looked_at_are_known() -> None:
    assert {name for name, of in registry.all_types().items() if of.permissions is None} == set()


@pytest.mark.parametrize("name", sorted(path.name for path in TEMPLATES.glob("*.template")))
def test_the_permissions_of_every_type_in_our_templates_are_known(name: str) -> None:
    types = {of["Type"] for of in json.loads((TEMPLATES / name).read_text())["Resources"].values()}
    assert types
    assert {of for of in types if registry.find(of).permissions is None} == set()
