"""What CloudFormation may do in both Regions on behalf of the stack set, and nothing else.

The registry schemas' handler permissions are one input: all their read permissions are granted, for drift detection
and for the model that CloudFormation reads back after each change; write permissions only for the properties that the
regional template sets. The schemas do not list what the stack itself, custom resources and the code's download require.
"""

from collections.abc import Mapping

from awacs.aws import ArnEquals, ArnLike, Statement, StringEquals, StringEqualsIfExists
from troposphere import AWSHelperFn

from mraa import names
from mraa.templates.explanations import EVENT_SOURCES, EXACT_ARN, NEWER_ACTIONS
from mraa.templates.parts import Substitution
from mraa.templates.policies import GENERATED_API_IDS, GENERATED_SOURCE_IDS, NO_RESOURCES, OF_OWN_FUNCTIONS, OURS, allow
from mraa.templates.release import Release

LOGGING_POLICY = "arn:${AWS::Partition}:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"

_FUNCTIONS = f"arn:${{AWS::Partition}}:lambda:*:${{AWS::AccountId}}:function:{names.prefix(names.TOKEN)}-*"
_REGIONS = ("${AWS::Region}", "${SecondaryRegion}")

# by the policies' names below
EXPLANATIONS = {
    "ExecutionStacks": [NEWER_ACTIONS["cloudformation:DescribeEvents"], EXACT_ARN],
    "ExecutionStores": [NEWER_ACTIONS["s3:GetBucketAbac"]],
    "ExecutionFunctions": [NEWER_ACTIONS["lambda:GetFunctionScalingConfig"], EVENT_SOURCES],
    "ExecutionApis": [],
}


def policies(sub: Substitution, release: Release, boundary: AWSHelperFn) -> Mapping[str, list[Statement]]:
    """All of the execution role's permissions: a managed policy each, by the beginning of its logical id.

    ``boundary`` is the ARN of the permissions boundary of every role that the execution role makes.
    """
    return {
        "ExecutionStacks": [*stacks_and_files(sub, release), *_roles(sub, boundary)],
        "ExecutionStores": [*_buckets(sub), *_logs_and_parameter(sub)],
        "ExecutionFunctions": [*_functions(sub), *_guard(sub)],
        "ExecutionApis": _apis(sub),
    }


def stacks_and_files(sub: Substitution, release: Release) -> list[Statement]:
    """The stack instances' own stacks, with those nested in them, and the release's files."""
    stacks = sub(
        f"arn:${{AWS::Partition}}:cloudformation:*:${{AWS::AccountId}}:stack/{names.stack_instance(names.TOKEN)}*"
    )
    release_files = [
        sub(
            f"arn:${{AWS::Partition}}:s3:::{names.code_bucket(release.bucket_prefix, region)}/{release.solution_name}/*"
        )
        for region in _REGIONS
    ]
    return [
        allow(
            "cloudformation:CancelUpdateStack cloudformation:ContinueUpdateRollback cloudformation:CreateChangeSet "
            "cloudformation:CreateStack cloudformation:DeleteChangeSet cloudformation:DeleteStack "
            "cloudformation:DescribeChangeSet cloudformation:DescribeChangeSetHooks cloudformation:DescribeEvents "
            "cloudformation:DescribeStackEvents cloudformation:DescribeStackResource "
            "cloudformation:DescribeStackResourceDrifts cloudformation:DescribeStackResources "
            "cloudformation:DescribeStacks cloudformation:DetectStackDrift cloudformation:DetectStackResourceDrift "
            "cloudformation:ExecuteChangeSet cloudformation:GetStackPolicy cloudformation:GetTemplate "
            "cloudformation:GetTemplateSummary cloudformation:ListChangeSets cloudformation:ListStackResources "
            "cloudformation:RollbackStack cloudformation:SetStackPolicy cloudformation:SignalResource "
            "cloudformation:TagResource cloudformation:UntagResource cloudformation:UpdateStack "
            "cloudformation:UpdateTerminationProtection",
            [stacks],
            why=OURS,
        ),
        allow(
            "s3:GetObject",
            release_files,
            why="The files of this solution's releases: an update needs those of another.",
        ),
        # read-only
        allow(
            "cloudformation:DescribeStackDriftDetectionStatus cloudformation:ValidateTemplate "
            "logs:DescribeIndexPolicies logs:DescribeLogGroups logs:DescribeResourcePolicies",
            ["*"],
            why=NO_RESOURCES,
        ),
    ]


def _roles(sub: Substitution, boundary: AWSHelperFn) -> list[Statement]:
    """Roles below two paths, which hold neither the execution role itself nor the administration role.

    Those that get policies of their own must have the boundary, so that the stack set is no way to administrator; for
    the same reason nothing here may take a boundary off. API Gateway's logging role outlives the deployment, which its
    boundary would not, so it has none; it can get AWS's logging policy and no other.
    """
    prefix = "arn:${AWS::Partition}:iam::${AWS::AccountId}:role"
    bounded = sub(f"{prefix}{names.bounded_role_path(names.TOKEN)}*")
    logging = sub(f"{prefix}{names.logging_role_path(names.TOKEN)}*")
    return [
        allow(
            "iam:CreateRole iam:PutRolePermissionsBoundary iam:PutRolePolicy",
            [bounded],
            StringEquals("iam:PermissionsBoundary", boundary),
            why=OURS,
        ),
        allow("iam:CreateRole", [logging], why=OURS),
        allow(
            "iam:AttachRolePolicy iam:DetachRolePolicy",
            [logging],
            ArnEquals("iam:PolicyARN", sub(LOGGING_POLICY)),
            why=OURS,
        ),
        allow(
            "iam:DeleteRole iam:DeleteRolePolicy iam:GetRole iam:GetRolePolicy iam:ListAttachedRolePolicies "
            "iam:ListRolePolicies iam:ListRoleTags iam:TagRole iam:UntagRole iam:UpdateAssumeRolePolicy "
            "iam:UpdateRole iam:UpdateRoleDescription",
            [bounded, logging],
            why=OURS,
        ),
        allow(
            "iam:PassRole",
            [bounded, logging],
            # IfExists: S3 does not document that it sets the key for a replication role
            StringEqualsIfExists(
                "iam:PassedToService", ["apigateway.amazonaws.com", "lambda.amazonaws.com", "s3.amazonaws.com"]
            ),
            why=OURS,
        ),
    ]


def _buckets(sub: Substitution) -> list[Statement]:
    """The object store buckets themselves; no right to read, write or delete an object."""
    return [
        allow(
            "s3:CreateBucket s3:DeleteBucket s3:DeleteBucketPolicy s3:GetAccelerateConfiguration "
            "s3:GetAnalyticsConfiguration s3:GetBucketAbac s3:GetBucketAcl s3:GetBucketCORS s3:GetBucketLocation "
            "s3:GetBucketLogging s3:GetBucketMetadataTableConfiguration s3:GetBucketNotification "
            "s3:GetBucketObjectLockConfiguration s3:GetBucketOwnershipControls s3:GetBucketPolicy "
            "s3:GetBucketPublicAccessBlock s3:GetBucketTagging s3:GetBucketVersioning s3:GetBucketWebsite "
            "s3:GetEncryptionConfiguration s3:GetIntelligentTieringConfiguration s3:GetInventoryConfiguration "
            "s3:GetLifecycleConfiguration s3:GetMetricsConfiguration s3:GetReplicationConfiguration s3:ListBucket "
            "s3:ListTagsForResource s3:PutBucketCORS s3:PutBucketLogging s3:PutBucketOwnershipControls "
            "s3:PutBucketPolicy s3:PutBucketPublicAccessBlock s3:PutBucketTagging s3:PutBucketVersioning "
            "s3:PutEncryptionConfiguration s3:PutReplicationConfiguration s3:TagResource s3:UntagResource",
            [sub(f"arn:${{AWS::Partition}}:s3:::{names.prefix(names.TOKEN)}-*")],
            why=OURS,
        )
    ]


def _functions(sub: Substitution) -> list[Statement]:
    """The functions, and their invocation as custom resources."""
    return [
        allow(
            "lambda:AddPermission lambda:CreateFunction lambda:DeleteFunction lambda:DeleteFunctionConcurrency "
            "lambda:DeleteFunctionEventInvokeConfig lambda:GetFunctionEventInvokeConfig "
            "lambda:PutFunctionEventInvokeConfig lambda:UpdateFunctionEventInvokeConfig "
            "lambda:GetFunction lambda:GetFunctionCodeSigningConfig lambda:GetFunctionConfiguration "
            "lambda:GetFunctionRecursionConfig lambda:GetFunctionScalingConfig lambda:GetPolicy "
            "lambda:GetRuntimeManagementConfig lambda:InvokeFunction lambda:ListTags lambda:PutFunctionRecursionConfig "
            "lambda:PutRuntimeManagementConfig lambda:RemovePermission lambda:TagResource lambda:UntagResource "
            "lambda:UpdateFunctionCode lambda:UpdateFunctionConfiguration",
            [sub(_FUNCTIONS)],
            why=OURS,
        )
    ]


def _guard(sub: Substitution) -> list[Statement]:
    """The state guard's event source, its queue of failed records and the alarm on it."""
    ours = f"{names.prefix(names.TOKEN)}-*"
    return [
        # an event source has a generated id: it is ours if its function is
        allow(
            "lambda:CreateEventSourceMapping lambda:DeleteEventSourceMapping lambda:GetEventSourceMapping "
            "lambda:UpdateEventSourceMapping",
            ["*"],
            ArnLike("lambda:FunctionArn", sub(_FUNCTIONS)),
            why=OF_OWN_FUNCTIONS,
        ),
        allow(
            "lambda:ListTags lambda:TagResource lambda:UntagResource",
            [sub("arn:${AWS::Partition}:lambda:*:${AWS::AccountId}:event-source-mapping:*")],
            why=GENERATED_SOURCE_IDS,
        ),
        allow(
            "sqs:CreateQueue sqs:DeleteQueue sqs:GetQueueAttributes sqs:GetQueueUrl sqs:ListQueueTags "
            "sqs:SetQueueAttributes sqs:TagQueue sqs:UntagQueue",
            [sub(f"arn:${{AWS::Partition}}:sqs:*:${{AWS::AccountId}}:{ours}")],
            why=OURS,
        ),
        allow(
            "cloudwatch:DeleteAlarms cloudwatch:DescribeAlarms cloudwatch:ListTagsForResource "
            "cloudwatch:PutMetricAlarm cloudwatch:TagResource cloudwatch:UntagResource",
            [sub(f"arn:${{AWS::Partition}}:cloudwatch:*:${{AWS::AccountId}}:alarm:{ours}")],
            why=OURS,
        ),
    ]


def _apis(sub: Substitution) -> list[Statement]:
    """REST APIs: API Gateway generates their ids, so no pattern can distinguish ours in these two Regions."""
    apis = [sub(f"arn:${{AWS::Partition}}:apigateway:{region}::/restapis") for region in _REGIONS]
    below = [sub(f"arn:${{AWS::Partition}}:apigateway:{region}::/restapis/*") for region in _REGIONS]
    tags = [sub(f"arn:${{AWS::Partition}}:apigateway:{region}::/tags/*") for region in _REGIONS]
    account = [sub(f"arn:${{AWS::Partition}}:apigateway:{region}::/account") for region in _REGIONS]
    return [
        allow("apigateway:POST", apis),
        allow(
            "apigateway:DELETE apigateway:GET apigateway:PATCH apigateway:POST apigateway:PUT",
            below,
            why=GENERATED_API_IDS,
        ),
        # CloudFormation tags APIs and stages with the stack's name
        allow("apigateway:DELETE apigateway:GET apigateway:POST apigateway:PUT", tags, why=GENERATED_API_IDS),
        allow("apigateway:GET apigateway:PATCH", account),
    ]


def _logs_and_parameter(sub: Substitution) -> list[Statement]:
    """Log groups of functions and APIs, and the SSM parameter."""
    prefix = names.prefix(names.TOKEN)
    groups = [
        sub(f"arn:${{AWS::Partition}}:logs:*:${{AWS::AccountId}}:log-group:/aws/{service}/{prefix}-*")
        for service in ("lambda", "apigateway")
    ]
    return [
        allow(
            "logs:CreateLogGroup logs:DeleteDataProtectionPolicy logs:DeleteLogGroup logs:DeleteRetentionPolicy "
            "logs:GetDataProtectionPolicy logs:ListTagsForResource logs:PutRetentionPolicy logs:TagResource "
            " logs:UntagResource",
            groups,
            why=OURS,
        ),
        parameter(sub, names.regional_parameter(names.TOKEN)),
    ]


def parameter(sub: Substitution, name: str) -> Statement:
    """The SSM parameter of a stack instance."""
    return allow(
        "ssm:AddTagsToResource ssm:DeleteParameter ssm:GetParameters ssm:ListTagsForResource ssm:PutParameter "
        "ssm:RemoveTagsFromResource",
        [sub(f"arn:${{AWS::Partition}}:ssm:*:${{AWS::AccountId}}:parameter{name}")],
        why=OURS,
    )
