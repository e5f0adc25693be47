"""Whether a change replaces its resource, where CloudFormation's change set says only ``Conditional``."""

from collections.abc import Mapping

from mraa.stacks.models import PropertyChange, ResourceChange

# type -> the properties whose change replaces it (its schema's createOnlyProperties, conditional ones too), for the
# types in the main and the regional template; a test compares them with the schemas
_REPLACING: dict[str, set[str]] = {
    "AWS::ApiGateway::Account": set(),
    "AWS::ApiGateway::Deployment": {"DeploymentCanarySettings", "RestApiId"},
    "AWS::ApiGateway::RestApi": set(),
    "AWS::ApiGateway::Stage": {"RestApiId", "StageName"},
    "AWS::CloudFormation::StackSet": {"PermissionModel", "StackSetName"},
    "AWS::CloudWatch::Alarm": {"AlarmName"},
    "AWS::CloudWatch::Dashboard": {"DashboardName"},
    "AWS::DynamoDB::GlobalTable": {"TableName", "KeySchema", "LocalSecondaryIndexes", "GlobalTableSourceArn"},
    "AWS::IAM::ManagedPolicy": {"ManagedPolicyName", "Path", "Description"},
    "AWS::IAM::Policy": set(),
    "AWS::IAM::Role": {"Path", "RoleName"},
    "AWS::Lambda::EventInvokeConfig": {"FunctionName", "Qualifier"},
    "AWS::Lambda::EventSourceMapping": {
        "EventSourceArn",
        "SelfManagedEventSource",
        "StartingPosition",
        "StartingPositionTimestamp",
    },
    "AWS::Lambda::Function": {"FunctionName", "PackageType", "TenancyConfig", "DurableConfig"},
    "AWS::Lambda::Permission": {
        "Action",
        "EventSourceToken",
        "FunctionName",
        "FunctionUrlAuthType",
        "InvokedViaFunctionUrl",
        "Principal",
        "PrincipalOrgID",
        "SourceAccount",
        "SourceArn",
    },
    "AWS::Logs::LogGroup": {"LogGroupName"},
    # ObjectLockEnabled by its reference page, not by the schema
    "AWS::S3::Bucket": {"BucketName", "BucketNamePrefix", "BucketNamespace", "ObjectLockEnabled"},
    "AWS::S3::BucketPolicy": {"Bucket"},
    "AWS::SQS::Queue": {"FifoQueue", "QueueName"},
    "AWS::SQS::QueuePolicy": set(),
    "AWS::SSM::Parameter": {"Name", "Type", "DataType"},
}
# our functions keep a resource's physical id in every update
_REPLACING_CUSTOM = {"ServiceToken"}


def replacement(change: ResourceChange, others: Mapping[str, ResourceChange] | None = None) -> str:
    """``True``, ``False`` or ``Conditional`` as AWS reports it, but ``False`` for ``Conditional`` if that is known.

    It is known if every changed property never replaces a resource of its type, or only refers to another resource of
    the change set (``others`` by logical id) that is not replaced itself.
    """
    if change.replacement != "Conditional" or not change.properties:
        return change.replacement
    replacing = _REPLACING.get(change.resource_type)
    if change.resource_type.startswith("Custom::"):
        replacing = _REPLACING_CUSTOM

    def replaces_nothing(of: PropertyChange) -> bool:
        if replacing is not None and of.path.partition("/")[0] not in replacing:
            return True
        cause = (others or {}).get(of.cause)
        # references are acyclic: the recursion ends
        return not (of.before or of.after) and cause is not None and replacement(cause, others) == "False"

    return "False" if all(map(replaces_nothing, change.properties)) else change.replacement
