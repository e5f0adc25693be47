"""Every request is evaluated as what it is, or refused: services, operations, objects and items."""

import json
import re
from collections.abc import Callable, Iterator
from importlib import resources
from typing import Any
from urllib.parse import parse_qs, urlsplit

import botocore.session
import pytest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from cfnlint.data import AdditionalSpecs

from mraa_local.access import actions
from mraa_local.engine.authorization import Call
from mraa_local.environment import ACCOUNT_ID, SERVICES
from mraa_local.process import LocalCloud
from tests.local.identities import allow
from tests.local.requests import Answer, create_function, signed
from tests.regions import NOT_ENABLED, OPTED_IN, PRIMARY

# what the services call themselves in botocore and in signatures
MODELS = {"monitoring": "cloudwatch", "tagging": "resourcegroupstaggingapi", "states": "stepfunctions"}
# newer than the list of actions that is compared with
NEWER = {"ListDistributionsByOwnedResource"}
ALWAYS_ALLOWED = {"GetCallerIdentity", "GetSessionToken"}


def remove_user(iam: Any, name: str) -> None:
    """Delete a user with what it has."""
    for key_data in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]:
        iam.delete_access_key(UserName=name, AccessKeyId=key_data["AccessKeyId"])
    for policy in iam.list_user_policies(UserName=name)["PolicyNames"]:
        iam.delete_user_policy(UserName=name, PolicyName=policy)
    iam.delete_user(UserName=name)


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Service, operation and request of every operation that a served service has."""
    session = botocore.session.get_session()
    for service in SERVICES:
        model = session.get_service_model(MODELS.get(service, service))
        for name in model.operation_names:
            operation = model.operation_model(name)
            path = re.sub(r"\{(\w+)\+?\}", lambda label: f"some-{label[1].lower()}", operation.http["requestUri"])
            headers, body = {}, ""
            if model.metadata["protocol"] == "json":
                headers["X-Amz-Target"] = f"{model.metadata['targetPrefix']}.{name}"
                body = json.dumps({"resourceArn": f"arn:aws:logs:{PRIMARY}:{ACCOUNT_ID}:log-group:some"})
            elif service in {"cloudformation", "iam", "sts", "monitoring"}:
                headers["Content-Type"] = "application/x-www-form-urlencoded"
                body = f"Action={name}&Version={model.metadata['apiVersion']}"
            request = {"method": operation.http["method"], "path": path, "headers": headers, "body": body}
            if operation.auth_type != "none" and name not in ALWAYS_ALLOWED:
                yield service, name, {**request, "service": model.signing_name}


def test_no_operation_of_any_service_is_served_to_who_has_no_rights(
    cloud: LocalCloud, client: Callable[..., Any], identity: Callable[..., Credentials]
) -> None:
    nobody = identity("nobody")
    client("s3").create_bucket(Bucket="some-bucket")
    served = {}
    for service, name, request in operations():
        answer = signed(cloud, **request, credentials=nobody)
        code = answer.text if answer.status in {400, 403, 501} else ""
        if answer.status == 403 and not code:
            code = "AccessDenied"  # the answer to a HEAD
        # values that a model does not allow are refused before anybody asks who it is
        if not re.search(
            "AccessDenied|not authorized|NotImplemented|UnknownOperation|validation error|does not support", code
        ):
            served[f"{service}:{name}"] = f"{answer.status} {answer.text[:100]}"
    assert served == {}


@pytest.mark.parametrize("service", ["lambda", "cloudfront"])
def test_every_operation_of_a_rest_service_is_an_action_that_iam_knows(service: str) -> None:
    names = json.loads((resources.files(AdditionalSpecs) / "Policies.json").read_text())[service]["Actions"]
    found = {
        name: actions.action_of(Call(service, request["method"], urlsplit(request["path"]).path, {}, b"", query))
        for of, name, request in operations()
        if of == service
        for query in [parse_qs(urlsplit(request["path"]).query, keep_blank_values=True)]
    }
    unknown = {name for name, action in found.items() if action.partition(":")[2].lower() not in names}
    assert unknown <= NEWER
    assert (
        found[{"lambda": "InvokeWithResponseStream", "cloudfront": "GetDistribution"}[service]]
        == {
            "lambda": "lambda:InvokeFunction",
            "cloudfront": "cloudfront:GetDistribution",
        }[service]
    )


@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [
        ("sts", "get_caller_identity", "InvalidClientTokenId"),
        ("cloudformation", "list_stacks", "InvalidClientTokenId"),
        ("dynamodb", "list_tables", "UnrecognizedClientException"),
        ("ssm", "describe_parameters", "UnrecognizedClientException"),
    ],
)
def test_a_region_that_the_account_has_not_enabled_does_not_know_its_keys(
    client: Callable[..., Any], service: str, operation: str, code: str
) -> None:
    getattr(client(service, OPTED_IN), operation)()
    with pytest.raises(ClientError, match="The security token included in the request is invalid") as refused:
        getattr(client(service, NOT_ENABLED), operation)()
    assert refused.value.response["Error"]["Code"] == code


def form(cloud: LocalCloud, service: str, path: str, body: str, content_type: str, who: Credentials) -> Answer:
    return signed(cloud, service, "POST", path, {"Content-Type": content_type}, body, credentials=who)


@pytest.mark.parametrize(
    ("path", "body", "content_type"),
    [
        ("/?Action=ListUsers", "Action=DeleteUser&UserName=victim", "application/x-www-form-urlencoded"),
        ("/?Action=ListUsers", "Action=DeleteUser&UserName=victim", "text/plain"),
        ("/?Action=ListUsers&UserName=x", "UserName=victim&Action=DeleteUser", "application/x-www-form-urlencoded"),
    ],
)
def test_an_operation_cannot_hide_behind_another_one(
    cloud: LocalCloud,
    client: Callable[..., Any],
    identity: Callable[..., Credentials],
    path: str,
    body: str,
    content_type: str,
) -> None:
    client("iam").create_user(UserName="victim")
    lister = identity("lister", allow("iam:ListUsers"))
    refused = form(cloud, "iam", path, body, content_type, lister)
    assert refused.status == 501
    assert "cannot determine the IAM action" in refused.text
    assert client("iam").get_user(UserName="victim")
    assert form(cloud, "iam", "/?Action=ListUsers", "", "", lister).status == 200
    for name in ("victim", "lister"):
        remove_user(client("iam"), name)


def test_a_streamed_invocation_needs_the_right_to_invoke(
    client: Callable[..., Any], identity: Callable[..., Credentials], as_user: Callable[..., Any]
) -> None:
    create_function(client, PRIMARY, "streamed", "def handle(event, context): return 1")
    with pytest.raises(ClientError, match="lambda:InvokeFunction"):
        as_user("lambda", identity("streamer", allow("lambda:ListFunctions"))).invoke_with_response_stream(
            FunctionName="streamed"
        )


def test_metrics_need_their_rights_in_every_protocol(cloud: LocalCloud, identity: Callable[..., Credentials]) -> None:
    path, headers = "/service/GraniteServiceVersion20100801/operation/ListMetrics", {"smithy-protocol": "rpc-v2-cbor"}
    nobody = identity("no-metrics")
    assert signed(cloud, "monitoring", "POST", path, headers, b"\xa0", credentials=nobody).status in {400, 403}
    reader = identity("metrics", allow("cloudwatch:ListMetrics"))
    assert signed(cloud, "monitoring", "POST", path, headers, b"\xa0", credentials=reader).status == 200


def test_a_role_is_passed_to_a_service_only_by_who_may_pass_it(
    client: Callable[..., Any], identity: Callable[..., Credentials], as_user: Callable[..., Any]
) -> None:
    iam = client("iam")
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}}]}
    trust["Statement"][0]["Action"] = "sts:AssumeRole"  # type: ignore[index]
    role = iam.create_role(RoleName="replicator", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    for bucket in ("passing", "passing-to"):
        client("s3").create_bucket(Bucket=bucket)
        client("s3").put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    rule = {"ID": "r", "Status": "Enabled", "Prefix": "", "Destination": {"Bucket": "arn:aws:s3:::passing-to"}}
    function = {"FunctionName": "passing", "Runtime": "python3.13", "Handler": "x.y", "Code": {"ZipFile": b"x"}}
    rights = allow("s3:PutReplicationConfiguration", "lambda:CreateFunction", "cognito-identity:SetIdentityPoolRoles")
    to_lambda = allow("iam:PassRole", on=role, StringEquals={"iam:PassedToService": "lambda.amazonaws.com"})
    replication = {"Role": role, "Rules": [rule]}
    for name, statements in (("passing-none", [rights]), ("passing-to-lambda", [rights, to_lambda])):
        who = identity(name, *statements)
        with pytest.raises(ClientError) as refused:
            as_user("s3", who).put_bucket_replication(Bucket="passing", ReplicationConfiguration=replication)
        assert refused.value.response["Error"]["Code"] == "AccessDenied"
        with pytest.raises(ClientError) as answered:
            as_user("lambda", who).create_function(Role=role, **function)
        is_denied = "iam:PassRole" in str(answered.value)
        assert is_denied is (name == "passing-none"), answered.value
    to_s3 = allow("iam:PassRole", on=role, StringEquals={"iam:PassedToService": "s3.amazonaws.com"})
    passer = identity("passing-to-s3", rights, to_s3)
    as_user("s3", passer).put_bucket_replication(Bucket="passing", ReplicationConfiguration=replication)
