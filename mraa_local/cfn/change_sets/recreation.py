"""Whether the change of a property replaces its resource, by the registry's schemas of the supported types."""

# type -> createOnlyProperties; types without any are left out. A test compares this with the schemas.
ALWAYS = {
    "AWS::ApiGateway::Deployment": "DeploymentCanarySettings RestApiId",
    "AWS::ApiGateway::Stage": "RestApiId StageName",
    "AWS::ApiGatewayV2::Api": "ProtocolType",
    "AWS::ApiGatewayV2::Integration": "ApiId",
    "AWS::ApiGatewayV2::Route": "ApiId",
    "AWS::ApiGatewayV2::Stage": "ApiId StageName",
    "AWS::CloudFormation::CustomResource": "ServiceToken",
    "AWS::CloudFormation::StackSet": "PermissionModel StackSetName",
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::CloudWatch::Dashboard": "DashboardName",
    "AWS::Cognito::IdentityPoolRoleAttachment": "IdentityPoolId",
    "AWS::Cognito::UserPoolClient": "GenerateSecret UserPoolId",
    "AWS::Cognito::UserPoolUser": "ClientMetadata DesiredDeliveryMediums ForceAliasCreation MessageAction "
    "UserAttributes UserPoolId Username ValidationData",
    "AWS::DynamoDB::GlobalTable": "TableName",
    "AWS::Events::Rule": "Name",
    "AWS::IAM::ManagedPolicy": "Description ManagedPolicyName Path",
    "AWS::IAM::Role": "Path RoleName",
    "AWS::Kinesis::Stream": "Name",
    "AWS::Lambda::EventInvokeConfig": "FunctionName Qualifier",
    "AWS::Lambda::EventSourceMapping": "EventSourceArn SelfManagedEventSource StartingPosition "
    "StartingPositionTimestamp",
    "AWS::Lambda::Function": "FunctionName PackageType TenancyConfig",
    "AWS::Lambda::Permission": "Action EventSourceToken FunctionName FunctionUrlAuthType InvokedViaFunctionUrl "
    "Principal PrincipalOrgID SourceAccount SourceArn",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::S3::Bucket": "BucketName BucketNamePrefix BucketNamespace",
    "AWS::S3::BucketPolicy": "Bucket",
    "AWS::SNS::Subscription": "Endpoint Protocol TopicArn",
    "AWS::SNS::Topic": "FifoTopic TopicName",
    "AWS::SQS::Queue": "FifoQueue QueueName",
    "AWS::SSM::Parameter": "Name",
    "AWS::Scheduler::Schedule": "Name",
    "AWS::Scheduler::ScheduleGroup": "Name",
    "AWS::SecretsManager::Secret": "Name",
    "AWS::StepFunctions::StateMachine": "StateMachineName StateMachineType",
}
# conditionalCreateOnlyProperties
CONDITIONALLY = {
    "AWS::DynamoDB::GlobalTable": "GlobalTableSourceArn KeySchema LocalSecondaryIndexes",
    "AWS::Events::Rule": "EventBusName",
    "AWS::Lambda::Function": "DurableConfig",
    "AWS::SNS::Subscription": "Region",
}


def recreation(resource_type: str, name: str) -> str:
    """``RequiresRecreation`` of a property: Always, Conditionally or Never."""
    known = "AWS::CloudFormation::CustomResource" if resource_type.startswith("Custom::") else resource_type
    if name in ALWAYS.get(known, "").split():
        return "Always"
    return "Conditionally" if name in CONDITIONALLY.get(known, "").split() else "Never"
