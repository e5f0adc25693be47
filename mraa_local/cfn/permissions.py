"""What a role must be allowed, to create, update or delete a resource of the regional template.

Written by hand and not generated from the registry schemas' handler permissions: those name what the handlers may call
at most (tagging, imports, reads of settings that nobody set), lack what CloudFormation needs besides (code from S3,
custom resources), and name some actions that IAM does not know. Here is what the change itself cannot do without, so
that a denial here is a denial on AWS. A type that is missing here fails under a role: nothing is let through unchecked.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import iam
from ministack.services.cloudformation import provisioners

HOOKED = (
    "ministack.services.cloudformation.provisioners._physical_name",
    "ministack.services.iam._roles",
)


@dataclass(frozen=True)
class Needed:
    """One action on one resource, with the condition keys that IAM would see."""

    action: str
    resource_arn: str
    keys: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Change:
    """A resource that is created (no physical id yet), updated, or deleted (no new properties)."""

    resource_type: str
    stack_name: str
    logical_id: str
    physical_id: str
    old: dict[str, Any]
    new: dict[str, Any]
    is_delete: bool = False

    @property
    def is_create(self) -> bool:
        return not self.physical_id

    def sets(self, name: str) -> bool:
        """Whether the property is set to something it was not."""
        return bool(self.new.get(name)) and self.new.get(name) != self.old.get(name)

    def touches(self, name: str) -> bool:
        """Whether the property is set, changed or dropped."""
        return self.new.get(name) != self.old.get(name)


def pass_role(role_arn: str, service: str) -> Needed:
    """Handing a role to a service."""
    return Needed("iam:PassRole", role_arn, {"iam:PassedToService": service})


def _arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{get_region()}:{get_account_id()}:{resource}"


_BUCKET_ACTIONS = {
    "BucketEncryption": "s3:PutEncryptionConfiguration",
    "CorsConfiguration": "s3:PutBucketCORS",
    "LifecycleConfiguration": "s3:PutLifecycleConfiguration",
    "LoggingConfiguration": "s3:PutBucketLogging",
    "OwnershipControls": "s3:PutBucketOwnershipControls",
    "PublicAccessBlockConfiguration": "s3:PutBucketPublicAccessBlock",
    "ReplicationConfiguration": "s3:PutReplicationConfiguration",
    "Tags": "s3:PutBucketTagging",
    "VersioningConfiguration": "s3:PutBucketVersioning",
}


def _bucket(change: Change) -> Iterator[Needed]:
    arn = f"arn:aws:s3:::{change.physical_id or change.new.get('BucketName', '')}"
    if change.is_delete:
        yield Needed("s3:DeleteBucket", arn)
        return
    if change.is_create:
        yield Needed("s3:CreateBucket", arn)
    for name, action in _BUCKET_ACTIONS.items():
        if change.touches(name):
            yield Needed(action, arn)
    if change.sets("ReplicationConfiguration"):
        yield pass_role(change.new["ReplicationConfiguration"]["Role"], "s3.amazonaws.com")


def _bucket_policy(change: Change) -> Iterator[Needed]:
    bucket = (change.old if change.is_delete else change.new)["Bucket"]
    yield Needed("s3:DeleteBucketPolicy" if change.is_delete else "s3:PutBucketPolicy", f"arn:aws:s3:::{bucket}")


def _role(change: Change) -> Iterator[Needed]:
    record = iam._roles.get(change.physical_id) if change.physical_id else None
    name = change.new.get("RoleName") or provisioners._physical_name(change.stack_name, change.logical_id, max_len=64)
    path = change.new.get("Path", "/")
    arn = record["Arn"] if record else f"arn:aws:iam::{get_account_id()}:role{path}{name}"
    if change.is_create:
        yield Needed("iam:CreateRole", arn)
    elif not change.is_delete and change.touches("AssumeRolePolicyDocument"):
        yield Needed("iam:UpdateAssumeRolePolicy", arn)
    before = {policy["PolicyName"]: policy for policy in change.old.get("Policies") or []}
    after = {policy["PolicyName"]: policy for policy in change.new.get("Policies") or []}
    if any(before.get(name) != policy for name, policy in after.items()):
        yield Needed("iam:PutRolePolicy", arn)
    if before.keys() - after.keys():
        yield Needed("iam:DeleteRolePolicy", arn)
    attached, wanted = set(change.old.get("ManagedPolicyArns") or []), set(change.new.get("ManagedPolicyArns") or [])
    for policy_arn in sorted(wanted - attached):
        yield Needed("iam:AttachRolePolicy", arn, {"iam:PolicyARN": policy_arn})
    for policy_arn in sorted(attached - wanted):
        yield Needed("iam:DetachRolePolicy", arn, {"iam:PolicyARN": policy_arn})
    if change.is_delete:
        yield Needed("iam:DeleteRole", arn)


def _function_arn(name_or_arn: str) -> str:
    return name_or_arn if name_or_arn.startswith("arn:") else _arn("lambda", f"function:{name_or_arn}")


def _function(change: Change) -> Iterator[Needed]:
    arn = _function_arn(change.physical_id or change.new.get("FunctionName", change.logical_id))
    if change.is_delete:
        yield Needed("lambda:DeleteFunction", arn)
        return
    if change.is_create:
        yield Needed("lambda:CreateFunction", arn)
    elif change.touches("Code"):
        yield Needed("lambda:UpdateFunctionCode", arn)
    code = change.new.get("Code") or {}
    if change.touches("Code") and "S3Bucket" in code:
        yield Needed("s3:GetObject", f"arn:aws:s3:::{code['S3Bucket']}/{code['S3Key']}")
    if change.touches("Role"):
        yield pass_role(change.new["Role"], "lambda.amazonaws.com")
    names = change.new.keys() | change.old.keys()
    if not change.is_create and any(change.touches(name) for name in names - {"Code", "Tags"}):
        yield Needed("lambda:UpdateFunctionConfiguration", arn)


def _function_permission(change: Change) -> Iterator[Needed]:
    if not change.is_create:
        yield Needed("lambda:RemovePermission", _function_arn(change.old["FunctionName"]))
    if not change.is_delete:
        yield Needed("lambda:AddPermission", _function_arn(change.new["FunctionName"]))


def _event_invoke_config(change: Change) -> Iterator[Needed]:
    if change.is_delete:
        yield Needed("lambda:DeleteFunctionEventInvokeConfig", _function_arn(change.old["FunctionName"]))
        return
    action = "lambda:PutFunctionEventInvokeConfig" if change.is_create else "lambda:UpdateFunctionEventInvokeConfig"
    yield Needed(action, _function_arn(change.new["FunctionName"]))


def _log_group(change: Change) -> Iterator[Needed]:
    arn = _arn("logs", f"log-group:{change.physical_id or change.new.get('LogGroupName', '')}")
    if change.is_delete:
        yield Needed("logs:DeleteLogGroup", arn)
        return
    if change.is_create:
        yield Needed("logs:CreateLogGroup", arn)
    if change.touches("RetentionInDays"):
        dropped = "RetentionInDays" not in change.new
        yield Needed("logs:DeleteRetentionPolicy" if dropped else "logs:PutRetentionPolicy", arn)


def _parameter(change: Change) -> Iterator[Needed]:
    name = str(change.physical_id or change.new.get("Name", ""))
    arn = _arn("ssm", f"parameter/{name.lstrip('/')}")
    yield Needed("ssm:DeleteParameter" if change.is_delete else "ssm:PutParameter", arn)


def _api_arn(*path: str) -> str:
    return f"arn:aws:apigateway:{get_region()}::/{'/'.join(path)}"


def _rest_api(change: Change) -> Iterator[Needed]:
    if change.is_create:
        yield Needed("apigateway:POST", _api_arn("restapis"))
    elif change.is_delete:
        yield Needed("apigateway:DELETE", _api_arn("restapis", change.physical_id))
    else:
        yield Needed("apigateway:PATCH", _api_arn("restapis", change.physical_id))
        if change.touches("Body"):
            yield Needed("apigateway:PUT", _api_arn("restapis", change.physical_id))
    if change.sets("Body"):
        for role_arn in sorted(set(_credentials(change.new["Body"]))):
            yield pass_role(role_arn, "apigateway.amazonaws.com")


def _credentials(node: Any) -> Iterator[str]:
    """The roles that an OpenAPI body's integrations are to use."""
    if isinstance(node, dict):
        role_arn = node.get("credentials")
        if isinstance(role_arn, str) and re.match(r"arn:[\w-]+:iam::\d+:role/", role_arn):
            yield role_arn
        node = list(node.values())
    if isinstance(node, list):
        for member in node:
            yield from _credentials(member)


def _part_of_api(collection: str) -> Callable[[Change], Iterator[Needed]]:
    def needed(change: Change) -> Iterator[Needed]:
        api_id = (change.old if change.is_delete else change.new)["RestApiId"]
        if change.is_create:
            yield Needed("apigateway:POST", _api_arn("restapis", api_id, collection))
            return
        action = "apigateway:DELETE" if change.is_delete else "apigateway:PATCH"
        yield Needed(action, _api_arn("restapis", api_id, collection, change.physical_id))

    return needed


def _api_account(change: Change) -> Iterator[Needed]:
    if not change.is_delete:
        yield Needed("apigateway:PATCH", _api_arn("account"))
        if change.sets("CloudWatchRoleArn"):
            yield pass_role(change.new["CloudWatchRoleArn"], "apigateway.amazonaws.com")


def _custom_resource(change: Change) -> Iterator[Needed]:
    token = str((change.old if change.is_delete else change.new)["ServiceToken"])
    yield Needed("lambda:InvokeFunction", token)


def _nothing(change: Change) -> Iterator[Needed]:
    yield from ()


KNOWN: dict[str, Callable[[Change], Iterable[Needed]]] = {
    "AWS::ApiGateway::Account": _api_account,
    "AWS::ApiGateway::Deployment": _part_of_api("deployments"),
    "AWS::ApiGateway::RestApi": _rest_api,
    "AWS::ApiGateway::Stage": _part_of_api("stages"),
    "AWS::CloudFormation::CustomResource": _custom_resource,
    "AWS::CloudFormation::WaitCondition": _nothing,
    "AWS::CloudFormation::WaitConditionHandle": _nothing,
    "AWS::IAM::Role": _role,
    "AWS::Lambda::EventInvokeConfig": _event_invoke_config,
    "AWS::Lambda::Function": _function,
    "AWS::Lambda::Permission": _function_permission,
    "AWS::Logs::LogGroup": _log_group,
    "AWS::S3::Bucket": _bucket,
    "AWS::S3::BucketPolicy": _bucket_policy,
    "AWS::SSM::Parameter": _parameter,
}


def needed(change: Change) -> list[Needed]:
    """Everything the change needs; raises LookupError for a type that nobody has looked into."""
    if change.resource_type.startswith("Custom::"):
        return list(_custom_resource(change))
    return list(KNOWN[change.resource_type](change))
