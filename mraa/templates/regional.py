"""The regional template: what stands in each of the two Regions, put there by the stack set.

The secondary Region's instance is made first and has no replication rule of its own: the primary's instance, made when
both buckets exist, carries its rule and puts the way back through a custom resource.
"""

import json
from typing import Any

from troposphere import (
    AWSHelperFn,
    Equals,
    GetAtt,
    If,
    Output,
    Parameter,
    Ref,
    Template,
    apigateway,
    awslambda,
    iam,
    ssm,
)

from mraa.models import Release
from mraa.templates import names, policies
from mraa.templates.apis import Api, add_api, photos_body, routing_layer_body
from mraa.templates.execution_role import LOGGING_POLICY
from mraa.templates.parts import Function, Names, add_custom_resource, add_function
from mraa.templates.policies import allow
from mraa.templates.regional_buckets import IS_PRIMARY, add_buckets, add_replication_role, bucket_arn
from mraa.templates.regional_roles import app_config_arn, photos_statements, updater_statements

SCHEMA_VERSION = 1

_LOGGING = "CreatesLoggingRole"
_ROLE_PATH = names.regional_role_path(names.TOKEN)

_PARAMETERS = {
    "AppId": "Id of the application: the GUID in the main stack's id.",
    "Token": "That id without its hyphens; all names hold it.",
    "MainStackName": "Name of the main stack.",
    "PrimaryRegion": "Region that is active at first.",
    "SecondaryRegion": "Region to fail over to.",
    "KeyValueStoreTableName": "Global table of the sample application's records.",
    "AppConfigTableName": "Global table of the application state.",
    "TemplateHash": "Hash of this template, so that a changed one runs its custom resources again.",
    names.REFRESH: "Another value runs the custom resources again without a changed template.",
}


def build(release: Release) -> Template:
    """The regional template of a release."""
    template = Template(Description="Multi-Region Application Architecture: what stands in one of the two Regions")
    template.set_version("2010-09-09")
    sub = Names()
    _add_parameters(template)
    template.add_condition(IS_PRIMARY, Equals(Ref("AWS::Region"), Ref("PrimaryRegion")))
    template.add_condition(_LOGGING, Equals(Ref("ApiGatewayLoggingRole"), "Create"))
    add_replication_role(template, sub)
    bucket = add_buckets(template, sub)
    updater = _add_state_updater(template, sub, release)
    _add_replication_configurer(template, sub, release)
    photos = _add_photos_function(template, sub, release)
    logging = _add_api_account(template, sub)
    routing_api = _add_routing_layer(template, sub, logging)
    photos_api = _add_photos_api(template, sub, photos, logging)
    _add_facts(template, sub, updater, photos, routing_api, photos_api)
    outputs = {
        "PhotosApiId": ("Id of the API of photos and comments", Ref(photos_api)),
        "RoutingLayerApiId": ("Id of the API of the application state", Ref(routing_api)),
        "KeyValueStoreTableName": ("Table of the sample application's records", Ref("KeyValueStoreTableName")),
        "ObjectStoreBucketName": ("Bucket of objects", Ref(bucket)),
    }
    for name, (description, value) in outputs.items():
        template.add_output(Output(name, Description=description, Value=value))
    return template


def _add_parameters(template: Template) -> None:
    for name, description in _PARAMETERS.items():
        template.add_parameter(Parameter(name, Type="String", Description=description))
    choices = {
        "ReplicationTimeControl": ("S3 Replication Time Control for both directions.", ["Enabled", "Disabled"]),
        "ApiGatewayLoggingRole": ("Whether this stack sets API Gateway's logging role.", ["Create", "Existing"]),
    }
    for name, (description, values) in choices.items():
        template.add_parameter(Parameter(name, Type="String", Description=description, AllowedValues=values))


def _add_state_updater(template: Template, sub: Names, release: Release) -> awslambda.Function:
    function = add_function(
        template,
        sub,
        release,
        Function(
            title="AppStateUpdater",
            folder=names.APP_STATE_UPDATER,
            description="Sets the application state: who may write. Run it in the Region being activated.",
            timeout_s=60,
            memory_mib=512,  # 64 fences are written in parallel; CPU comes with memory
            environment={"PRIMARY_REGION": Ref("PrimaryRegion"), "SECONDARY_REGION": Ref("SecondaryRegion")},
            statements=updater_statements(sub),
        ),
        role_path=_ROLE_PATH,
    )
    add_custom_resource(
        template,
        "FirstApplicationState",
        "ApplicationState",
        function,
        timeout_s=120,
        Condition=IS_PRIMARY,
        AppId=Ref("AppId"),
        TableName=Ref("AppConfigTableName"),
    )
    return function


def _add_replication_configurer(template: Template, sub: Names, release: Release) -> None:
    secondary_bucket = sub(bucket_arn("${SecondaryRegion}"))
    function = add_function(
        template,
        sub,
        release,
        Function(
            title="ReplicationConfigurer",
            folder=names.REPLICATION_CONFIGURER,
            description="Puts the replication rule from the secondary bucket back to the primary one.",
            timeout_s=120,
            memory_mib=256,
            condition=IS_PRIMARY,
            statements=[
                allow("s3:GetReplicationConfiguration s3:PutReplicationConfiguration", [secondary_bucket]),
                allow("iam:PassRole", [GetAtt("ReplicationRole", "Arn")]),
            ],
        ),
        role_path=_ROLE_PATH,
    )
    add_custom_resource(
        template,
        "ReverseReplication",
        "ReverseReplication",
        function,
        timeout_s=180,
        Condition=IS_PRIMARY,
        SourceBucket=sub(names.object_store(names.TOKEN, "${SecondaryRegion}")),
        SourceRegion=Ref("SecondaryRegion"),
        DestinationBucketArn=GetAtt("ObjectStoreBucket", "Arn"),
        RoleArn=GetAtt("ReplicationRole", "Arn"),
        ReplicationTimeControl=Ref("ReplicationTimeControl"),
        TemplateHash=Ref("TemplateHash"),
        Refresh=Ref(names.REFRESH),
    )


def _add_photos_function(template: Template, sub: Names, release: Release) -> awslambda.Function:
    return add_function(
        template,
        sub,
        release,
        Function(
            title="Photos",
            folder=names.PHOTOS_API,
            description="Photos and comments of the sample application.",
            timeout_s=10,
            memory_mib=512,
            environment={
                "APP_ID": Ref("AppId"),
                "APP_CONFIG_TABLE": Ref("AppConfigTableName"),
                "KEY_VALUE_TABLE": Ref("KeyValueStoreTableName"),
                "OBJECT_STORE_BUCKET": Ref("ObjectStoreBucket"),
            },
            statements=photos_statements(sub),
        ),
        role_path=_ROLE_PATH,
    )


def _add_api_account(template: Template, sub: Names) -> AWSHelperFn:
    """API Gateway has one logging role an account and Region. It stays: the account goes on pointing at it.

    Returns a description for the stages, which refers to the account's setting where there is one, as they need it.
    """
    role = template.add_resource(
        iam.Role(
            "ApiGatewayLogsRole",
            Condition=_LOGGING,
            Path=sub(_ROLE_PATH),
            AssumeRolePolicyDocument=policies.trust_service("apigateway.amazonaws.com"),
            ManagedPolicyArns=[sub(LOGGING_POLICY)],
            DeletionPolicy="Retain",
            UpdateReplacePolicy="Retain",
        )
    )
    account = template.add_resource(
        apigateway.Account("ApiGatewayAccount", Condition=_LOGGING, CloudWatchRoleArn=GetAtt(role, "Arn"))
    )
    return If(_LOGGING, sub(f"Logs through ${{{account.title}}}"), "Logs through the account's own role")


def _add_routing_layer(template: Template, sub: Names, stage_description: AWSHelperFn) -> apigateway.RestApi:
    template.add_resource(
        iam.Role(
            "RoutingLayerRole",
            Path=sub(_ROLE_PATH),
            AssumeRolePolicyDocument=policies.trust_service("apigateway.amazonaws.com"),
            Policies=[policies.inline("read-state", allow("dynamodb:GetItem", [sub(app_config_arn())]))],
        )
    )
    return add_api(
        template,
        sub,
        Api(
            title="RoutingLayer",
            name=names.routing_layer(names.TOKEN),
            description="The application state: which Region may be written to.",
            body=routing_layer_body(sub),
            requests_per_s=1000,
            burst=2000,
        ),
        stage_description=stage_description,
    )


def _add_photos_api(
    template: Template, sub: Names, function: awslambda.Function, stage_description: AWSHelperFn
) -> apigateway.RestApi:
    api = add_api(
        template,
        sub,
        Api(
            title="Photos",
            name=names.photos(names.TOKEN),
            description="Photos and comments of the sample application.",
            body=photos_body(sub),
            requests_per_s=200,
            burst=400,
        ),
        stage_description=stage_description,
    )
    template.add_resource(
        awslambda.Permission(
            "PhotosApiPermission",
            Action="lambda:InvokeFunction",
            FunctionName=Ref(function),
            Principal="apigateway.amazonaws.com",
            SourceArn=sub(
                f"arn:${{AWS::Partition}}:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:${{{api.title}}}/{names.STAGE}/*"
            ),
        )
    )
    return api


def _add_facts(
    template: Template,
    sub: Names,
    updater: awslambda.Function,
    photos: awslambda.Function,
    routing_api: apigateway.RestApi,
    photos_api: apigateway.RestApi,
) -> None:
    """The SSM parameter that makes recovery possible with this Region alone."""
    facts: dict[str, Any] = {
        "schemaVersion": SCHEMA_VERSION,
        "stackName": "${MainStackName}",
        "appId": "${AppId}",
        "role": "${Role}",
        "region": "${AWS::Region}",
        "primaryRegion": "${PrimaryRegion}",
        "secondaryRegion": "${SecondaryRegion}",
        "routingLayerApiId": f"${{{routing_api.title}}}",
        "photosApiId": f"${{{photos_api.title}}}",
        "objectStoreBucket": "${ObjectStoreBucket}",
        "keyValueStoreTable": "${KeyValueStoreTableName}",
        "appConfigTable": "${AppConfigTableName}",
        "appStateUpdaterFunction": f"${{{updater.title}}}",
        "photosFunction": f"${{{photos.title}}}",
    }
    template.add_resource(
        ssm.Parameter(
            "RegionalParameter",
            Name=sub(names.regional_parameter(names.TOKEN)),
            Type="String",
            Description="What an operator needs to know in this Region.",
            Value=Names(Role=If(IS_PRIMARY, "primary", "secondary"))(json.dumps(facts)),
        )
    )
