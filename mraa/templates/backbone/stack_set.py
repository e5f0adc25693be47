"""The stack set that deploys the regional template to both Regions, and its two roles with their policies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from awacs.aws import ArnEquals, ArnLike, AWSPrincipal, Principal, Statement, StringEquals
from troposphere import GetAtt, If, NoValue, Ref, Template, cloudformation, dynamodb, iam

from mraa import names
from mraa.templates import policies
from mraa.templates.alarms import TOPIC_PARAMETERS
from mraa.templates.backbone import boundary as boundaries
from mraa.templates.backbone import execution_role
from mraa.templates.explanations import ASSUMES_EXECUTION_ROLE, PASSES_REPLICATION_ROLE, Explanation, explain
from mraa.templates.parts import Substitution, content_hash, is_opt_in, stack_guid, stack_token
from mraa.templates.policies import allow
from mraa.templates.release import Release


@dataclass(frozen=True)
class StackSetRoles:
    """The roles' logical ids, and of what StackSets cannot do without: ``policies``, and ``boundary`` of new roles."""

    administration: str
    execution: str
    policies: tuple[str, ...]
    boundary: str

    @property
    def all(self) -> list[str]:
        return [self.administration, self.execution, *self.policies]


def add_stack_set_roles(template: Template, sub: Substitution, release: Release) -> StackSetRoles:
    """Add both roles. Their policies are resources of their own: the right to assume would be a circle within them.

    The execution role's have logical ids that change with their content: a permission that an update drops is deleted
    in the update's clean-up, once the instances have deleted what needed it, and a rollback still has it.
    """
    stack_sets = (
        f"arn:${{AWS::Partition}}:cloudformation:*:${{AWS::AccountId}}:stackset/{names.stack_set(names.TOKEN)}:*"
    )
    administration = template.add_resource(
        iam.Role(
            "StackSetAdministrationRole",
            Path=sub(names.role_path(names.TOKEN)),
            AssumeRolePolicyDocument=policies.trust(
                _stack_sets_in_both_regions(template, sub),
                StringEquals("aws:SourceAccount", Ref("AWS::AccountId")),
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
        )
    )
    assume = template.add_resource(
        iam.PolicyType(
            "StackSetAdministrationRolePolicy",
            PolicyName="assume-execution-role",
            Roles=[Ref(administration)],
            PolicyDocument=policies.document(allow("sts:AssumeRole", [GetAtt(execution, "Arn")])),
        )
    )
    explain(assume, ASSUMES_EXECUTION_ROLE)
    boundary = _add_managed_policy(
        template, sub, "StackInstanceBoundary", boundaries.statements(sub), [PASSES_REPLICATION_ROLE]
    )
    granted = [
        _add_managed_policy(
            template, sub, title, statements, execution_role.EXPLANATIONS[title], Roles=[Ref(execution)]
        )
        for title, statements in execution_role.policies(sub, release, Ref(boundary)).items()
    ]
    return StackSetRoles(administration.title, execution.title, (assume.title, *granted), boundary)


def _stack_sets_in_both_regions(template: Template, sub: Substitution) -> Principal:
    """CloudFormation, and in Regions that are disabled by default its principal of that Region too.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-opt-in-regions.html
    """
    services: list[Any] = ["cloudformation.amazonaws.com"]
    for condition, region in (("PrimaryIsOptIn", "AWS::Region"), ("SecondaryIsOptIn", "SecondaryRegion")):
        template.add_condition(condition, is_opt_in(Ref(region)))
        services.append(If(condition, sub(f"cloudformation.${{{region}}}.amazonaws.com"), NoValue))
    return Principal("Service", services)


def _add_managed_policy(
    template: Template,
    sub: Substitution,
    title: str,
    statements: Sequence[Statement],
    explanations: Sequence[Explanation],
    **properties: Any,
) -> str:
    document = policies.document(*statements)
    policy = iam.ManagedPolicy(
        f"{title}{content_hash(document)}",
        Path=sub(names.role_path(names.TOKEN)),
        PolicyDocument=document,
        **properties,
    )
    explain(policy, *explanations)
    return str(template.add_resource(policy).title)


def add_stack_set(
    template: Template,
    sub: Substitution,
    release: Release,
    template_hash: str,
    roles: StackSetRoles,
    tables: Mapping[str, dynamodb.GlobalTable],
) -> cloudformation.StackSet:
    """Add the stack set with an instance in each Region.

    ``tables`` by the parameter of the regional template that gets the table's name.
    """
    parameters = {
        "AppId": stack_guid(),
        "Token": stack_token(),
        "MainStackName": Ref("AWS::StackName"),
        "PrimaryRegion": Ref("AWS::Region"),
        "SecondaryRegion": Ref("SecondaryRegion"),
        **{name: Ref(table) for name, table in tables.items()},
        "ReplicationTimeControl": Ref("ReplicationTimeControl"),
        names.LOGGING_ROLE: Ref(names.LOGGING_ROLE),
        names.BOUNDARY: Ref(roles.boundary),
        names.FENCES: Ref(names.FENCES),
        "TemplateHash": template_hash,
        names.REFRESH: Ref(names.REFRESH),
        names.PHOTOS_RATE: Ref(names.PHOTOS_RATE),
        **{name: Ref(name) for name in TOPIC_PARAMETERS},
    }
    bucket = names.code_bucket(release.bucket_prefix, names.REGION)
    key = f"{release.solution_name}/{release.version}/{names.regional_template(template_hash)}"
    return template.add_resource(
        cloudformation.StackSet(
            "StackSet",
            StackSetName=sub(names.stack_set(names.TOKEN)),
            Description="The resources of each Region",
            PermissionModel="SELF_MANAGED",
            AdministrationRoleARN=GetAtt(roles.administration, "Arn"),
            ExecutionRoleName=Ref(roles.execution),
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
            DependsOn=list(roles.policies),
        )
    )
