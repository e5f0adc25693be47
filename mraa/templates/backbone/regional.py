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

from mraa import names
from mraa.templates import policies
from mraa.templates.arns import app_config_arn, bucket_arn
from mraa.templates.backbone.execution_role import LOGGING_POLICY
from mraa.templates.backbone.regional_buckets import IS_PRIMARY, add_buckets, add_replication_role
from mraa.templates.backbone.routing_layer import add_routing_layer
from mraa.templates.parts import Function, Names, add_custom_resource, add_function
from mraa.templates.policies import allow
from mraa.templates.release import Release
from mraa.templates.sample.photos_api import add_photos_api, add_photos_function

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
    photos = add_photos_function(template, sub, release)
    logging = _add_api_account(template, sub)
    routing_api = add_routing_layer(template, sub, logging)
    photos_api = add_photos_api(template, sub, photos, logging)
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
            # to read and write the state, its history and its fences
            statements=[allow("dynamodb:BatchGetItem dynamodb:PutItem dynamodb:UpdateItem", [sub(app_config_arn())])],
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
