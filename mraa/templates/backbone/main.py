"""The main template: global tables, the stack set with its roles, and the stack instances' outputs.

New roles are not usable at once. So the tables, which take some time, are created after the roles, and the stack set
after the tables; on deletion the stack set is deleted first, while its roles still exist.
"""

from troposphere import (
    Equals,
    Export,
    GetAtt,
    If,
    Not,
    Output,
    Parameter,
    Ref,
    Template,
    cloudformation,
    cloudwatch,
    dynamodb,
)

from mraa import names
from mraa.templates import policies, unproved
from mraa.templates.alarms import TOPIC_PATTERN
from mraa.templates.backbone import boundary as boundaries
from mraa.templates.backbone import execution_role
from mraa.templates.backbone.dashboard import dashboard_body
from mraa.templates.backbone.stack_set import Policy, StackSetRoles, add_stack_set, add_stack_set_roles
from mraa.templates.explanations import PASSES_REPLICATION_ROLE, explain_wildcards
from mraa.templates.parts import (
    RETAINED,
    Function,
    Substitution,
    add_custom_resource,
    add_function,
    stack_guid,
    stack_token,
)
from mraa.templates.policies import OURS, allow
from mraa.templates.release import Release

_PROTECTED = "HasDeletionProtection"
_SUB = Substitution(Token=stack_token())


def build(release: Release, template_hash: str) -> Template:
    """The main template of a release; ``template_hash`` is that of its regional template."""
    template = Template(Description="Multi-Region Application Architecture: active/passive over two AWS Regions")
    template.set_version("2010-09-09")
    _add_parameters(template)
    roles = _add_stack_set_roles(template, release)
    key_value_store = _add_table(
        template, "KeyValueStoreTable", names.key_value_store(names.TOKEN), ["pk", "sk"], roles.all
    )
    app_config = _add_table(template, "AppConfigTable", names.app_config(names.TOKEN), ["appId"], roles.all)
    parameters = {
        "AppId": stack_guid(),
        "Token": stack_token(),
        "MainStackName": Ref("AWS::StackName"),
        "PrimaryRegion": Ref("AWS::Region"),
        "SecondaryRegion": Ref("SecondaryRegion"),
        "KeyValueStoreTableName": Ref(key_value_store),
        "AppConfigTableName": Ref(app_config),
        "ReplicationTimeControl": Ref("ReplicationTimeControl"),
        names.LOGGING_ROLE: Ref(names.LOGGING_ROLE),
        names.BOUNDARY: Ref(roles.boundary),
        names.FENCES: Ref(names.FENCES),
        "TemplateHash": template_hash,
        names.REFRESH: Ref(names.REFRESH),
        names.PHOTOS_RATE: Ref(names.PHOTOS_RATE),
        **{name: Ref(name) for name in names.ALARM_TOPICS},
    }
    stack_set = add_stack_set(template, _SUB, release, names.regional_template(template_hash), roles, parameters)
    outputs = _add_output_consolidator(template, release, template_hash, stack_set)
    template.add_resource(
        cloudwatch.Dashboard(
            "Dashboard", DashboardName=_SUB(names.dashboard(names.TOKEN)), DashboardBody=_SUB(dashboard_body())
        )
    )
    _add_outputs(template, app_config, outputs)
    explain_wildcards(template)
    unproved.explain(template, unproved.MAIN)
    return template


def _add_stack_set_roles(template: Template, release: Release) -> StackSetRoles:
    boundary = Policy(policies.document(*boundaries.statements(_SUB)), [PASSES_REPLICATION_ROLE])

    def granted(bound: Ref) -> dict[str, Policy]:
        return {
            title: Policy(policies.document(*statements), execution_role.EXPLANATIONS[title])
            for title, statements in execution_role.policies(_SUB, release, bound).items()
        }

    return add_stack_set_roles(template, _SUB, boundary, granted)


def _add_parameters(template: Template) -> None:
    choices = {
        "ReplicationTimeControl": (
            "S3 Replication Time Control: most objects in seconds, 99.99 % within 15 minutes. Costs extra.",
            ["Enabled", "Disabled"],
            "Disabled",
        ),
        "DeletionProtection": (
            "Protect the tables from deletion. Enable it after the stack is created: with it, a failed creation "
            "cannot be rolled back.",
            ["Enabled", "Disabled"],
            "Disabled",
        ),
        names.FENCES: (
            "Fence items that writes check, one each at random: more of them carry more writes per second (64: about "
            "1,000; 1,024: 10,000). It cannot be changed later.",
            names.FENCE_COUNTS,
            "64",
        ),
        names.PHOTOS_RATE: (
            "Requests per second that the photos API takes in each Region; more are refused with 503 and Retry-After.",
            list(names.PHOTOS_RATES),
            "200",
        ),
        names.LOGGING_ROLE: (
            "API Gateway has one logging role per account and Region, for all its APIs. Create: create a role and set "
            "it in both Regions, in place of any other. Existing: keep the current one, in both Regions or in one.",
            list(names.LOGGING_ROLE_CHOICES),
            names.LOGGING_ROLE_CREATE,
        ),
    }
    template.add_parameter(
        Parameter(
            "SecondaryRegion",
            Type="String",
            Description="Region to fail over to. It cannot be changed later: a removed replica loses its items.",
            AllowedPattern=names.REGION_PATTERN,
            ConstraintDescription="must be a Region other than this one, such as ap-northeast-1",
        )
    )
    for name, (description, values, default) in choices.items():
        template.add_parameter(
            Parameter(name, Type="String", Description=description, AllowedValues=values, Default=default)
        )
    for name, role in names.ALARM_TOPICS.items():
        template.add_parameter(
            Parameter(
                name,
                Type="String",
                Description=f"SNS topic in the {role} Region that its alarms notify; none if empty.",
                AllowedPattern=TOPIC_PATTERN,
                ConstraintDescription="must be the ARN of an SNS topic, such as arn:aws:sns:us-east-1:123456789012:ops",
                Default="",
            )
        )
    template.add_parameter(
        Parameter(
            names.REFRESH,
            Type="String",
            Description="A new value runs the custom resources again: they restore a lost replication rule and read "
            "the stack instances' outputs.",
            AllowedPattern="^[0-9A-Za-z-]{1,64}$",
            ConstraintDescription="must be letters, digits and hyphens, such as a date",
            Default="0",
        )
    )
    template.add_condition(_PROTECTED, Equals(Ref("DeletionProtection"), "Enabled"))
    template.add_rule(
        "SecondaryRegionIsAnother",
        {
            "Assertions": [
                {
                    "Assert": Not(Equals(Ref("SecondaryRegion"), Ref("AWS::Region"))),
                    "AssertDescription": "SecondaryRegion must be a Region other than the one of this stack.",
                }
            ]
        },
    )
    labels = {
        "SecondaryRegion": "Secondary Region",
        "ReplicationTimeControl": "S3 Replication Time Control",
        "DeletionProtection": "Deletion protection of the tables",
        names.LOGGING_ROLE: "API Gateway's logging role",
        names.FENCES: "Number of fence items",
        names.PHOTOS_RATE: "Limit of the photos API",
        **{name: f"Topic of the {role} Region's alarms" for name, role in names.ALARM_TOPICS.items()},
        names.REFRESH: "Run the custom resources again",
    }
    template.set_metadata(
        {
            "AWS::CloudFormation::Interface": {
                "ParameterGroups": [
                    {"Label": {"default": "Regions"}, "Parameters": ["SecondaryRegion"]},
                    {"Label": {"default": "Options"}, "Parameters": [*choices, *names.ALARM_TOPICS, names.REFRESH]},
                ],
                "ParameterLabels": {name: {"default": label} for name, label in labels.items()},
            }
        }
    )


def _add_table(
    template: Template, title: str, name: str, keys: list[str], depends_on: list[str]
) -> dynamodb.GlobalTable:
    """A table with a replica in each Region; ``keys`` are the partition key and, if any, the sort key."""
    replicas = [
        dynamodb.ReplicaSpecification(
            Region=Ref(region),
            PointInTimeRecoverySpecification=dynamodb.PointInTimeRecoverySpecification(PointInTimeRecoveryEnabled=True),
            DeletionProtectionEnabled=If(_PROTECTED, True, False),
        )
        for region in ("AWS::Region", "SecondaryRegion")
    ]
    return template.add_resource(
        dynamodb.GlobalTable(
            title,
            TableName=_SUB(name),
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[dynamodb.AttributeDefinition(AttributeName=key, AttributeType="S") for key in keys],
            KeySchema=[
                dynamodb.KeySchema(AttributeName=key, KeyType=kind)
                for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)
            ],
            StreamSpecification=dynamodb.StreamSpecification(StreamViewType="NEW_AND_OLD_IMAGES"),
            SSESpecification=dynamodb.GlobalTableSSESpecification(SSEEnabled=True, SSEType="KMS"),
            Replicas=replicas,
            DependsOn=depends_on,
            **RETAINED,
        )
    )


def _add_output_consolidator(
    template: Template, release: Release, template_hash: str, stack_set: cloudformation.StackSet
) -> cloudformation.CustomResource:
    stack_sets = (
        f"arn:${{AWS::Partition}}:cloudformation:${{AWS::Region}}:${{AWS::AccountId}}:"
        f"stackset/{names.stack_set(names.TOKEN)}:*"
    )
    stacks = [
        f"arn:${{AWS::Partition}}:cloudformation:{region}:${{AWS::AccountId}}:stack/{names.stack_instance(names.TOKEN)}*"
        for region in ("${AWS::Region}", "${SecondaryRegion}")
    ]
    function = add_function(
        template,
        _SUB,
        release,
        Function(
            title="OutputConsolidator",
            folder=names.OUTPUT_CONSOLIDATOR,
            description="Reads the stack instances' outputs for the main stack.",
            timeout_s=60,
            memory_mib=256,
            statements=[
                allow("cloudformation:ListStackInstances", [_SUB(stack_sets)], why=OURS),
                allow("cloudformation:DescribeStacks", [_SUB(arn) for arn in stacks], why=OURS),
            ],
        ),
        role={"Path": _SUB(names.role_path(names.TOKEN))},
    )
    return add_custom_resource(
        template,
        "OutputConsolidator",
        "StackSetOutputs",
        function,
        timeout_s=120,
        StackSetName=_SUB(names.stack_set(names.TOKEN)),
        PrimaryRegion=Ref("AWS::Region"),
        SecondaryRegion=Ref("SecondaryRegion"),
        # without it an update would not run it again
        TemplateHash=template_hash,
        Refresh=Ref(names.REFRESH),
        DependsOn=stack_set,
    )


def _add_outputs(template: Template, app_config: dynamodb.GlobalTable, outputs: cloudformation.CustomResource) -> None:
    """The web app's stack imports the exports; the state's table is for people and only an output."""
    exported = {
        "SampleApplicationAppId": ("Id of the sample application", stack_guid()),
        "SecondaryRegion": ("Region to fail over to", Ref("SecondaryRegion")),
    }
    for side in ("Primary", "Secondary"):
        exported |= {
            f"{side}RoutingLayerApiId": (
                f"{side} Region: id of the routing layer API",
                GetAtt(outputs, f"{side}RoutingLayerApiId"),
            ),
            f"{side}PhotosApiId": (
                f"{side} Region: id of the photos API",
                GetAtt(outputs, f"{side}PhotosApiId"),
            ),
            f"{side}ObjectStoreBucket": (
                f"{side} Region: object store bucket",
                GetAtt(outputs, f"{side}ObjectStoreBucket"),
            ),
        }
    for name, (description, value) in exported.items():
        template.add_output(
            Output(name, Description=description, Value=value, Export=Export(_SUB(f"${{AWS::StackName}}-{name}")))
        )
    template.add_output(
        Output("AppConfigGlobalTableName", Description="Table of the application state", Value=Ref(app_config))
    )
