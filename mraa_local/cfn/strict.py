"""Nothing is ignored silently: a resource type or property that neither the engine nor we honour fails its resource.

``SUPPORTED`` is what has its effect here, read from the engine's provisioners and ours. ``NO_EFFECT`` is what is taken,
kept and shown by the services' APIs but changes nothing on a laptop; each says why. Everything else is refused, at the
resource, with a reason, before anything is made.
"""

from collections.abc import Iterator, Mapping
from types import EllipsisType
from typing import Any

from ministack.services.cloudformation import handlers, helpers, stacks

from mraa_local.api_gateway import control

HOOKED = (
    "ministack.services.cloudformation.handlers._ACTION_HANDLERS",
    "ministack.services.cloudformation.helpers._error",
    "ministack.services.cloudformation.stacks._provision_resource",
    "ministack.services.cloudformation.stacks._update_resource",
)

Shape = Mapping[str, Any]  # property -> ... (whatever is in it), or the shape of what is in it


def _all(names: str) -> dict[str, EllipsisType]:
    """These properties with whatever is in them."""
    return dict.fromkeys(names.split(), ...)


_REPLICA = {
    **_all("Region DeletionProtectionEnabled Tags"),
    "PointInTimeRecoverySpecification": _all("PointInTimeRecoveryEnabled"),
}
_REPLICATION_RULE = {
    **_all("Id Status Priority Filter DeleteMarkerReplication"),
    "SourceSelectionCriteria": _all("ReplicaModifications"),
    "Destination": _all("Bucket Metrics ReplicationTime"),
}

SUPPORTED: dict[str, Shape] = {
    "AWS::ApiGateway::Account": _all("CloudWatchRoleArn"),
    "AWS::ApiGateway::Deployment": dict.fromkeys(control.DEPLOYMENT_PROPERTIES, ...),
    "AWS::ApiGateway::RestApi": dict.fromkeys(control.REST_API_PROPERTIES, ...),
    "AWS::ApiGateway::Stage": dict.fromkeys(control.STAGE_PROPERTIES, ...),
    "AWS::CloudFormation::StackSet": {
        **_all(
            "StackSetName Description TemplateBody TemplateURL Parameters Capabilities Tags PermissionModel "
            "AdministrationRoleARN ExecutionRoleName CallAs"
        ),
        "OperationPreferences": _all(
            "RegionOrder RegionConcurrencyType FailureToleranceCount FailureTolerancePercentage"
        ),
        "StackInstancesGroup": {**_all("Regions ParameterOverrides"), "DeploymentTargets": _all("Accounts")},
    },
    "AWS::CloudFormation::WaitCondition": _all("Handle Timeout Count"),
    "AWS::CloudFormation::WaitConditionHandle": {},
    "AWS::CloudFront::Distribution": {
        "DistributionConfig": {
            **_all("Enabled DefaultRootObject CustomErrorResponses"),
            "DefaultCacheBehavior": _all(
                "TargetOriginId ViewerProtocolPolicy ResponseHeadersPolicyId AllowedMethods OriginRequestPolicyId"
            ),
            "Origins": _all("Id DomainName OriginPath OriginAccessControlId S3OriginConfig"),
        }
    },
    "AWS::CloudFront::OriginAccessControl": {
        "OriginAccessControlConfig": _all(
            "Name Description OriginAccessControlOriginType SigningBehavior SigningProtocol"
        )
    },
    "AWS::CloudFront::ResponseHeadersPolicy": {
        "ResponseHeadersPolicyConfig": _all(
            "Name Comment CorsConfig SecurityHeadersConfig CustomHeadersConfig RemoveHeadersConfig "
            "ServerTimingHeadersConfig"
        )
    },
    "AWS::CloudWatch::Dashboard": _all("DashboardName DashboardBody"),
    "AWS::Cognito::IdentityPool": _all(
        "IdentityPoolName AllowUnauthenticatedIdentities AllowClassicFlow CognitoIdentityProviders IdentityPoolTags"
    ),
    "AWS::Cognito::IdentityPoolRoleAttachment": _all("IdentityPoolId Roles"),
    "AWS::Cognito::UserPool": _all(
        "UserPoolName AdminCreateUserConfig AutoVerifiedAttributes Policies Schema UsernameAttributes "
        "AliasAttributes UsernameConfiguration AccountRecoverySetting MfaConfiguration UserPoolTags"
    ),
    "AWS::Cognito::UserPoolClient": _all(
        "ClientName UserPoolId GenerateSecret ExplicitAuthFlows EnableTokenRevocation PreventUserExistenceErrors "
        "AccessTokenValidity IdTokenValidity RefreshTokenValidity TokenValidityUnits"
    ),
    "AWS::Cognito::UserPoolUser": _all(
        "UserPoolId Username UserAttributes DesiredDeliveryMediums MessageAction ClientMetadata"
    ),
    "AWS::DynamoDB::GlobalTable": {
        **_all("TableName AttributeDefinitions KeySchema TimeToLiveSpecification"),
        "StreamSpecification": _all("StreamViewType"),
        "Replicas": _REPLICA,
    },
    "AWS::IAM::Policy": _all("PolicyName PolicyDocument Roles Users Groups"),
    "AWS::IAM::Role": _all(
        "RoleName Path Description AssumeRolePolicyDocument ManagedPolicyArns Policies MaxSessionDuration Tags"
    ),
    "AWS::Lambda::Function": {
        **_all("FunctionName Description Handler Role Timeout Tags"),
        "Code": _all("S3Bucket S3Key S3ObjectVersion ZipFile"),
        "Environment": _all("Variables"),
    },
    "AWS::Lambda::EventInvokeConfig": _all("FunctionName Qualifier MaximumRetryAttempts MaximumEventAgeInSeconds"),
    "AWS::Lambda::Permission": _all("Action FunctionName Principal SourceArn SourceAccount"),
    "AWS::Logs::LogGroup": _all("LogGroupName Tags"),
    "AWS::S3::Bucket": {
        **_all("BucketName OwnershipControls PublicAccessBlockConfiguration CorsConfiguration Tags"),
        "VersioningConfiguration": _all("Status"),
        "ReplicationConfiguration": {"Role": ..., "Rules": _REPLICATION_RULE},
    },
    "AWS::S3::BucketPolicy": _all("Bucket PolicyDocument"),
    "AWS::SSM::Parameter": _all("Name Type Value Description AllowedPattern Tags"),
}

NO_EFFECT: dict[str, dict[str, str]] = {
    "AWS::CloudFormation::StackSet": {
        "ManagedExecution": "a second operation is refused, never queued",
        "OperationPreferences.MaxConcurrentCount": "there is one account",
        "OperationPreferences.MaxConcurrentPercentage": "there is one account",
        "OperationPreferences.ConcurrencyMode": "there is one account",
    },
    "AWS::CloudFront::Distribution": {
        "DistributionConfig.Comment": "shown",
        "DistributionConfig.HttpVersion": "served over HTTP/1.1",
        "DistributionConfig.IPV6Enabled": "served on 127.0.0.1",
        "DistributionConfig.Logging": "no logs are delivered",
        "DistributionConfig.PriceClass": "there are no edges",
        "DistributionConfig.DefaultCacheBehavior.CachePolicyId": "nothing is cached",
        "DistributionConfig.DefaultCacheBehavior.CachedMethods": "nothing is cached",
        "DistributionConfig.DefaultCacheBehavior.Compress": "nothing is compressed",
        "Tags": "shown",
    },
    "AWS::DynamoDB::GlobalTable": {
        "BillingMode": "capacity is not limited; throttling is a fault that is asked for",
        "SSESpecification": "shown; what is kept is not encrypted",
    },
    "AWS::Lambda::Function": {
        "Architectures": "functions run on this machine's processor",
        "MemorySize": "a function's memory is not limited",
        "Runtime": "Python functions run on the Python that runs the tool",
    },
    "AWS::Logs::LogGroup": {"RetentionInDays": "shown; events stay until the cloud stops"},
    "AWS::S3::Bucket": {
        "BucketEncryption": "shown, and named in answers; what is kept is not encrypted",
        "LifecycleConfiguration": "shown; nothing expires",
        "LoggingConfiguration": "checked and shown; no access logs are delivered",
    },
    "AWS::SSM::Parameter": {"Tier": "shown"},
}


def unsupported(resource_type: str, properties: Mapping[str, Any]) -> list[str]:
    """The properties, as paths, that the local cloud does not support; raises LookupError for an unknown type."""
    if resource_type.startswith("Custom::") or resource_type == "AWS::CloudFormation::CustomResource":
        return []
    return sorted(set(_unknown(properties, SUPPORTED[resource_type], "", NO_EFFECT.get(resource_type, {}))))


def _unknown(value: Any, shape: Any, path: str, no_effect: Mapping[str, str]) -> Iterator[str]:
    if isinstance(shape, EllipsisType) or path in no_effect:
        return
    if isinstance(value, list):
        for member in value:
            yield from _unknown(member, shape, path, no_effect)
    elif isinstance(value, dict):
        for name, part in value.items():
            below = f"{path}.{name}" if path else name
            if name in shape:
                yield from _unknown(part, shape[name], below, no_effect)
            elif below not in no_effect:
                yield below


def check(resource_type: str, properties: Mapping[str, Any]) -> None:
    """Raise ValueError, the resource's status reason, for what would be ignored."""
    try:
        unknown = unsupported(resource_type, properties)
    except LookupError as error:
        raise ValueError(f"The local cloud does not support the resource type {resource_type}.") from error
    if unknown:
        names = ", ".join(unknown)
        noun = "properties" if len(unknown) > 1 else "property"
        raise ValueError(f"The local cloud does not support the {noun} {names} of {resource_type}.")


def _check_resources() -> None:
    provision, update = stacks._provision_resource, stacks._update_resource

    def provision_resource(resource_type: str, logical_id: str, props: dict[str, Any], stack_name: str) -> Any:
        check(resource_type, props)
        return provision(resource_type, logical_id, props, stack_name)

    def update_resource(
        resource_type: str, physical_id: str, old_props: dict[str, Any], new_props: dict[str, Any], *more: Any
    ) -> Any:
        check(resource_type, new_props)
        return update(resource_type, physical_id, old_props, new_props, *more)

    stacks._provision_resource, stacks._update_resource = provision_resource, update_resource


def _refuse_service_roles() -> None:
    """A role given for the stack itself would be ignored, and the stack made with every right."""
    for action in ("CreateStack", "UpdateStack", "DeleteStack", "CreateChangeSet"):
        original = handlers._ACTION_HANDLERS[action]

        def refuse(params: dict[str, list[str]], original: Any = original) -> Any:
            if helpers._p(params, "RoleARN"):
                return helpers._error("ValidationError", "The local cloud does not support RoleARN of a stack.")
            return original(params)

        handlers._ACTION_HANDLERS[action] = refuse


def install() -> None:
    """Check before everything else that happens to a resource."""
    _check_resources()
    _refuse_service_roles()
