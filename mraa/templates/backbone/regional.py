"""The regional template: the resources of each Region, deployed by the stack set.

The secondary Region's instance is created first, without a replication rule: the primary's instance, created when both
buckets exist, has its own rule and puts the reverse one through a custom resource.
"""

import json
from typing import Any

from troposphere import (
    And,
    AWSHelperFn,
    Condition,
    Equals,
    GetAtt,
    If,
    Not,
    Or,
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
from mraa.templates import explanations, policies, unproved
from mraa.templates.alarms import add_function_alarm, add_topics
from mraa.templates.arns import app_config_arn, bucket_arn
from mraa.templates.backbone.execution_role import LOGGING_POLICY
from mraa.templates.backbone.regional_buckets import add_buckets, add_replication_role
from mraa.templates.backbone.replication_alarms import add_replication_alarms
from mraa.templates.backbone.routing_layer import add_routing_layer
from mraa.templates.backbone.state_guard import add_state_guard
from mraa.templates.explanations import explain, explain_wildcards
from mraa.templates.parts import IS_PRIMARY, Function, Substitution, add_custom_resource, add_function, bounded
from mraa.templates.policies import allow
from mraa.templates.release import Release
from mraa.templates.sample.photos_api import add_photos_api, add_photos_function

SCHEMA_VERSION = 1

_LOGGING = "CreatesLoggingRole"

_PARAMETERS = {
    "AppId": "Id of the application: the GUID in the main stack's id.",
    "Token": "The AppId without hyphens; part of all names.",
    "MainStackName": "Name of the main stack.",
    "PrimaryRegion": "Region that is writable in the state active.",
    "SecondaryRegion": "Region to fail over to.",
    "KeyValueStoreTableName": "Global table of the sample application's records.",
    "AppConfigTableName": "Global table of the application state.",
    "TemplateHash": "Hash of this template, so that a changed one runs its custom resources again.",
    names.BOUNDARY: "ARN of the permissions boundary of every role made here.",
    names.FENCES: "Number of fence items, fixed when the first state is written.",
    names.REFRESH: "A new value runs the custom resources again without a template change.",
    **{name: f"SNS topic of the {role} Region's alarms; none if empty." for name, role in names.ALARM_TOPICS.items()},
}


def build(release: Release) -> Template:
    """The regional template of a release."""
    template = Template(Description="Multi-Region Application Architecture: the resources of one Region")
    template.set_version("2010-09-09")
    sub = Substitution()
    _add_parameters(template)
    template.add_condition(IS_PRIMARY, Equals(Ref("AWS::Region"), Ref("PrimaryRegion")))
    template.add_condition(_LOGGING, _creates_logging_role())
    add_topics(template)
    add_replication_role(template, sub)
    bucket = add_buckets(template, sub)
    updater = _add_state_updater(template, sub, release)
    _add_replication_configurer(template, sub, release)
    fences = GetAtt(add_state_guard(template, sub, release), "Fences")
    photos = add_photos_function(template, sub, release, fences)
    logging = _add_api_account(template, sub)
    routing_api = add_routing_layer(template, sub, logging)
    photos_api = add_photos_api(template, sub, photos, logging)
    add_replication_alarms(template, sub)
    for title, folder in (("AppStateUpdater", names.APP_STATE_UPDATER), ("StateGuard", names.STATE_GUARD)):
        add_function_alarm(template, sub, title, folder)
    _add_regional_parameter(template, fences, updater, photos, routing_api, photos_api)
    outputs = {
        "PhotosApiId": ("Id of the photos API", Ref(photos_api)),
        "RoutingLayerApiId": ("Id of the routing layer API", Ref(routing_api)),
        "KeyValueStoreTableName": ("Table of the sample application's records", Ref("KeyValueStoreTableName")),
        "ObjectStoreBucketName": ("Object store bucket", Ref(bucket)),
    }
    explain_wildcards(template)
    unproved.explain(template, unproved.REGIONAL)
    for name, (description, value) in outputs.items():
        template.add_output(Output(name, Description=description, Value=value))
    return template


def _add_parameters(template: Template) -> None:
    for name, description in _PARAMETERS.items():
        template.add_parameter(Parameter(name, Type="String", Description=description))
    choices = {
        names.PHOTOS_RATE: ("Requests per second that the photos API takes.", list(names.PHOTOS_RATES)),
        "ReplicationTimeControl": ("S3 Replication Time Control for both directions.", ["Enabled", "Disabled"]),
        names.LOGGING_ROLE: ("Where API Gateway's logging role is set.", list(names.LOGGING_ROLE_CHOICES)),
    }
    for name, (description, values) in choices.items():
        template.add_parameter(Parameter(name, Type="String", Description=description, AllowedValues=values))


def _add_state_updater(template: Template, sub: Substitution, release: Release) -> awslambda.Function:
    function = add_function(
        template,
        sub,
        release,
        Function(
            title="AppStateUpdater",
            folder=names.APP_STATE_UPDATER,
            description="Sets the application state: who may write. Run it in the Region being activated.",
            timeout_s=60,
            memory_mib=512,  # the fences are written in parallel; CPU scales with memory
            environment={"PRIMARY_REGION": Ref("PrimaryRegion"), "SECONDARY_REGION": Ref("SecondaryRegion")},
            # to read and write the state, its history and its fences
            statements=[allow("dynamodb:BatchGetItem dynamodb:PutItem dynamodb:UpdateItem", [sub(app_config_arn())])],
        ),
        role=bounded(sub),
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
        Fences=Ref(names.FENCES),
    )
    return function


def _add_replication_configurer(template: Template, sub: Substitution, release: Release) -> None:
    secondary_bucket = sub(bucket_arn("${SecondaryRegion}"))
    function = add_function(
        template,
        sub,
        release,
        Function(
            title="ReplicationConfigurer",
            folder=names.REPLICATION_CONFIGURER,
            description="Puts the reverse replication rule, from the secondary bucket to the primary one.",
            timeout_s=120,
            memory_mib=256,
            condition=IS_PRIMARY,
            statements=[
                allow("s3:GetReplicationConfiguration s3:PutReplicationConfiguration", [secondary_bucket]),
                allow("iam:PassRole", [GetAtt("ReplicationRole", "Arn")]),
            ],
        ),
        role=bounded(sub),
    )
    explain(template.resources["ReplicationConfigurerRole"], explanations.PASSES_REPLICATION_ROLE)
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


def _creates_logging_role() -> AWSHelperFn:
    """Everywhere, or in the one Region that has none."""
    is_primary, value = Condition(IS_PRIMARY), Ref(names.LOGGING_ROLE)
    return Or(
        Equals(value, names.LOGGING_ROLE_CREATE),
        And(is_primary, Equals(value, names.LOGGING_ROLE_IN_SECONDARY)),
        And(Not(is_primary), Equals(value, names.LOGGING_ROLE_IN_PRIMARY)),
    )


def _add_api_account(template: Template, sub: Substitution) -> AWSHelperFn:
    """API Gateway has one logging role per account and Region. It is retained: the account keeps referring to it.

    Returns a description for the stages that references the account's setting, if created here: they depend on it.
    """
    role = template.add_resource(
        iam.Role(
            "ApiGatewayLogsRole",
            Condition=_LOGGING,
            Path=sub(names.logging_role_path(names.TOKEN)),
            AssumeRolePolicyDocument=policies.trust_service("apigateway.amazonaws.com"),
            ManagedPolicyArns=[sub(LOGGING_POLICY)],
            DeletionPolicy="Retain",
            UpdateReplacePolicy="Retain",
        )
    )
    explain(role, explanations.AWS_LOGGING_POLICY)
    account = template.add_resource(
        apigateway.Account("ApiGatewayAccount", Condition=_LOGGING, CloudWatchRoleArn=GetAtt(role, "Arn"))
    )
    return If(_LOGGING, sub(f"Logs through ${{{account.title}}}"), "Logs through the account's existing role")


def _add_regional_parameter(
    template: Template,
    fences: AWSHelperFn,
    updater: awslambda.Function,
    photos: awslambda.Function,
    routing_api: apigateway.RestApi,
    photos_api: apigateway.RestApi,
) -> None:
    """The SSM parameter that makes recovery possible from this Region alone."""
    content: dict[str, Any] = {
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
        "fences": "${Fences}",
        "keyValueStoreTable": "${KeyValueStoreTableName}",
        "appConfigTable": "${AppConfigTableName}",
        "appStateUpdaterFunction": f"${{{updater.title}}}",
        "photosFunction": f"${{{photos.title}}}",
    }
    sub = Substitution(Role=If(IS_PRIMARY, "primary", "secondary"), Fences=fences)
    template.add_resource(
        ssm.Parameter(
            "RegionalParameter",
            Name=sub(names.regional_parameter(names.TOKEN)),
            Type="String",
            Description="Ids and names that an operator needs in this Region.",
            Value=sub(json.dumps(content)),
        )
    )
