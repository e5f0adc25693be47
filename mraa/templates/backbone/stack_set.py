"""The stack set that deploys the regional template to both Regions, and its two roles."""

from collections.abc import Mapping

from awacs.aws import ArnEquals, ArnLike, AWSPrincipal, StringEquals
from troposphere import GetAtt, Ref, Template, cloudformation, dynamodb, iam

from mraa import names
from mraa.templates import policies
from mraa.templates.backbone import execution_role
from mraa.templates.parts import Substitution, stack_guid, stack_token
from mraa.templates.policies import allow
from mraa.templates.release import Release


def add_stack_set_roles(template: Template, sub: Substitution, release: Release) -> list[str]:
    """Add both roles, and as a separate policy the right to assume: within the roles it would be a circle.

    Returns the roles' logical ids.
    """
    account = Ref("AWS::AccountId")
    stack_sets = (
        f"arn:${{AWS::Partition}}:cloudformation:*:${{AWS::AccountId}}:stackset/{names.stack_set(names.TOKEN)}:*"
    )
    administration = template.add_resource(
        iam.Role(
            "StackSetAdministrationRole",
            Path=sub(names.role_path(names.TOKEN)),
            AssumeRolePolicyDocument=policies.trust_service(
                "cloudformation.amazonaws.com",
                StringEquals("aws:SourceAccount", account),
                ArnLike("aws:SourceArn", sub(stack_sets)),
            ),
        )
    )
    execution = template.add_resource(
        iam.Role(
            "StackSetExecutionRole",
            # no path: StackSets builds the role's ARN from ExecutionRoleName, which cannot contain one
            AssumeRolePolicyDocument=policies.trust(
                AWSPrincipal(sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:root")),
                ArnEquals("aws:PrincipalArn", GetAtt(administration, "Arn")),
            ),
            Policies=[policies.inline("stack-instances", *execution_role.statements(sub, release))],
        )
    )
    template.add_resource(
        iam.PolicyType(
            "StackSetAdministrationRolePolicy",
            PolicyName="assume-execution-role",
            Roles=[Ref(administration)],
            PolicyDocument=policies.document(allow("sts:AssumeRole", [GetAtt(execution, "Arn")])),
        )
    )
    return [administration.title, execution.title]


def add_stack_set(
    template: Template,
    sub: Substitution,
    release: Release,
    template_hash: str,
    roles: list[str],
    tables: Mapping[str, dynamodb.GlobalTable],
) -> cloudformation.StackSet:
    """Add the stack set with an instance in each Region; ``roles`` as ``add_stack_set_roles`` returned them.

    ``tables`` by the parameter of the regional template that gets the table's name.
    """
    administration, execution = roles
    parameters = {
        "AppId": stack_guid(),
        "Token": stack_token(),
        "MainStackName": Ref("AWS::StackName"),
        "PrimaryRegion": Ref("AWS::Region"),
        "SecondaryRegion": Ref("SecondaryRegion"),
        **{name: Ref(table) for name, table in tables.items()},
        "ReplicationTimeControl": Ref("ReplicationTimeControl"),
        "ApiGatewayLoggingRole": Ref("ApiGatewayLoggingRole"),
        names.FENCES: Ref(names.FENCES),
        "TemplateHash": template_hash,
        names.REFRESH: Ref(names.REFRESH),
    }
    bucket = names.code_bucket(release.bucket_prefix, names.REGION)
    key = f"{release.solution_name}/{release.version}/{names.regional_template(template_hash)}"
    return template.add_resource(
        cloudformation.StackSet(
            "StackSet",
            StackSetName=sub(names.stack_set(names.TOKEN)),
            Description="The resources of each Region",
            PermissionModel="SELF_MANAGED",
            AdministrationRoleARN=GetAtt(administration, "Arn"),
            ExecutionRoleName=Ref(execution),
            Capabilities=["CAPABILITY_IAM"],
            ManagedExecution=cloudformation.ManagedExecution(Active=False),
            TemplateURL=sub(f"https://{bucket}.s3.${{AWS::Region}}.${{AWS::URLSuffix}}/{key}"),
            Parameters=[
                cloudformation.Parameter(ParameterKey=name, ParameterValue=value) for name, value in parameters.items()
            ],
            # the secondary first: replication requires both buckets, and the primary's instance sets it up both ways
            OperationPreferences=cloudformation.OperationPreferences(
                RegionOrder=[Ref("SecondaryRegion"), Ref("AWS::Region")],
                RegionConcurrencyType="SEQUENTIAL",
                FailureToleranceCount=0,
                MaxConcurrentCount=1,
            ),
            StackInstancesGroup=[
                cloudformation.StackInstances(
                    DeploymentTargets=cloudformation.DeploymentTargets(Accounts=[Ref("AWS::AccountId")]),
                    Regions=[Ref("SecondaryRegion"), Ref("AWS::Region")],
                )
            ],
            DependsOn="StackSetAdministrationRolePolicy",
        )
    )
