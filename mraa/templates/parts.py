"""The parts that all templates share: substitution, functions, custom resources, buckets."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from awacs.aws import Statement
from troposphere import (
    And,
    AWSHelperFn,
    Equals,
    GetAtt,
    Join,
    Not,
    Or,
    Ref,
    Select,
    Split,
    Sub,
    Template,
    awslambda,
    cloudformation,
    encode_to_dict,
    iam,
    logs,
    s3,
)

from mraa import names
from mraa.templates import explanations, policies
from mraa.templates.explanations import explain
from mraa.templates.release import Release

RUNTIME = "python3.13"
LOG_RETENTION_DAYS = 90

# the regional template's condition
IS_PRIMARY = "IsPrimary"

RETAINED = {"DeletionPolicy": "RetainExceptOnCreate", "UpdateReplacePolicy": "Retain"}
REMOVED = {"DeletionPolicy": "Delete", "UpdateReplacePolicy": "Delete"}


def stack_guid() -> AWSHelperFn:
    """The GUID in this stack's id: arn:...:stack/<name>/<GUID>."""
    return Select(2, Split("/", Ref("AWS::StackId")))


def stack_token() -> AWSHelperFn:
    """That GUID without its hyphens, by intrinsic functions only."""
    return Join("", Split("-", stack_guid()))


def is_opt_in(region: AWSHelperFn) -> AWSHelperFn:
    """Whether a Region is one that accounts must enable first. No other partition than aws has such Regions."""
    # Fn::Or takes ten conditions at most
    tens = [names.DEFAULT_REGIONS[start : start + 10] for start in range(0, len(names.DEFAULT_REGIONS), 10)]
    by_default = Or(*(Or(*(Equals(region, name) for name in ten)) for ten in tens))
    return And(Equals(Ref("AWS::Partition"), "aws"), Not(by_default))


class Substitution:
    """``Fn::Sub`` with values for its placeholders: ``Substitution(Token=...)`` if ${Token} is not a parameter."""

    def __init__(self, **values: AWSHelperFn) -> None:
        self._values = values

    def also(self, **values: AWSHelperFn) -> "Substitution":
        """With further values."""
        return Substitution(**self._values, **values)

    def __call__(self, text: str) -> Any:
        """``text`` with its ``${...}`` filled in by CloudFormation."""
        if "${" not in text:
            return text
        return Sub(text, **{name: value for name, value in self._values.items() if f"${{{name}}}" in text})


def bounded(sub: Substitution) -> dict[str, Any]:
    """What every role of a stack instance has: the execution role may make no other."""
    return {"Path": sub(names.bounded_role_path(names.TOKEN)), "PermissionsBoundary": Ref(names.BOUNDARY)}


def content_hash(content: Any) -> str:
    """Twelve characters that change with the rendered content and with nothing else."""
    return hashlib.sha256(json.dumps(encode_to_dict(content), sort_keys=True).encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Function:
    """A Lambda function. ``title`` begins the logical ids of function, role and log group."""

    title: str
    folder: str
    description: str
    timeout_s: int
    memory_mib: int
    statements: Sequence[Statement]
    environment: Mapping[str, Any] = field(default_factory=dict)
    condition: str = ""


def add_function(
    template: Template, sub: Substitution, release: Release, function: Function, *, role: Mapping[str, Any]
) -> awslambda.Function:
    """Add the function with its role and its log group, created first: the function has no right to create it.

    ``role``: further properties of the role.
    """
    condition = {"Condition": function.condition} if function.condition else {}
    log_group = template.add_resource(
        logs.LogGroup(
            f"{function.title}LogGroup",
            LogGroupName=sub(names.function_logs(names.TOKEN, function.folder)),
            RetentionInDays=LOG_RETENTION_DAYS,
            **REMOVED,
            **condition,
        )
    )
    explain(log_group, explanations.LOGS_KEY)
    log_arn = f"arn:${{AWS::Partition}}:logs:${{AWS::Region}}:${{AWS::AccountId}}:log-group:${{{log_group.title}}}:*"
    function_role = template.add_resource(
        iam.Role(
            f"{function.title}Role",
            AssumeRolePolicyDocument=policies.trust_service("lambda.amazonaws.com"),
            Policies=[
                policies.inline(
                    "function",
                    policies.allow(
                        "logs:CreateLogStream logs:PutLogEvents",
                        [sub(log_arn)],
                        why="The log streams of its own log group, whose names Lambda generates.",
                    ),
                    *function.statements,
                )
            ],
            **role,
            **condition,
        )
    )
    environment = {"Environment": awslambda.Environment(Variables=dict(function.environment))}
    added = template.add_resource(
        awslambda.Function(
            f"{function.title}Function",
            FunctionName=sub(names.function(names.TOKEN, function.folder)),
            Description=function.description,
            Runtime=RUNTIME,
            Architectures=["arm64"],
            Handler=f"{function.folder}.handler.handle",
            Code=awslambda.Code(
                S3Bucket=sub(names.code_bucket(release.bucket_prefix, names.REGION)),
                S3Key=f"{release.solution_name}/{release.version}/{release.functions[function.folder]}",
            ),
            Role=GetAtt(function_role, "Arn"),
            Timeout=function.timeout_s,
            MemorySize=function.memory_mib,
            DependsOn=log_group,
            **(environment if function.environment else {}),
            **condition,
        )
    )
    explain(added, *explanations.FUNCTION, *([explanations.NO_SECRETS] if function.environment else []))
    return added


def add_custom_resource(
    template: Template, title: str, kind: str, function: awslambda.Function, *, timeout_s: int, **properties: Any
) -> cloudformation.CustomResource:
    """Add a ``Custom::<kind>`` that ``function`` handles; if it dies, the stack waits ``timeout_s``, not an hour.

    CloudFormation invokes the function asynchronously, and Lambda retries such an invocation twice if it fails: a
    Create that timed out would run again during the stack's rollback. So retries are disabled.
    """
    once = f"{function.title}Once"
    if once not in template.resources:  # the function may handle several
        template.add_resource(
            awslambda.EventInvokeConfig(
                once,
                FunctionName=Ref(function),
                Qualifier="$LATEST",
                MaximumRetryAttempts=0,
                **({"Condition": function.resource["Condition"]} if "Condition" in function.resource else {}),
            )
        )
    after = [once, *(other.title for other in [properties.pop("DependsOn", None)] if other)]
    resource = cloudformation.CustomResource(
        title, ServiceToken=GetAtt(function, "Arn"), ServiceTimeout=timeout_s, DependsOn=after, **properties
    )
    resource.resource["Type"] = f"Custom::{kind}"
    return template.add_resource(resource)


def private_bucket(title: str, name: Any, *, ownership: str = "BucketOwnerEnforced", **properties: Any) -> s3.Bucket:
    """An encrypted bucket with public access blocked."""
    return s3.Bucket(
        title,
        BucketName=name,
        BucketEncryption=s3.BucketEncryption(
            ServerSideEncryptionConfiguration=[
                s3.ServerSideEncryptionRule(
                    ServerSideEncryptionByDefault=s3.ServerSideEncryptionByDefault(SSEAlgorithm="AES256")
                )
            ]
        ),
        PublicAccessBlockConfiguration=s3.PublicAccessBlockConfiguration(
            BlockPublicAcls=True, BlockPublicPolicy=True, IgnorePublicAcls=True, RestrictPublicBuckets=True
        ),
        OwnershipControls=s3.OwnershipControls(Rules=[s3.OwnershipControlsRule(ObjectOwnership=ownership)]),
        **properties,
    )


def bucket_policy(bucket: s3.Bucket, *statements: Statement) -> s3.BucketPolicy:
    """The bucket's policy: TLS only, and ``statements``."""
    return s3.BucketPolicy(
        f"{bucket.title}Policy",
        Bucket=Ref(bucket),
        PolicyDocument=policies.document(
            policies.deny_plain_http("s3", Sub(f"${{{bucket.title}.Arn}}"), Sub(f"${{{bucket.title}.Arn}}/*")),
            *statements,
        ),
        **{name: getattr(bucket, name) for name in ("DeletionPolicy", "UpdateReplacePolicy")},
    )


VERSIONED = s3.VersioningConfiguration(Status="Enabled")
