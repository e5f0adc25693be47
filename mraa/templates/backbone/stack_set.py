"""The stack set that deploys the regional template to both Regions, and its two roles with their policies."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from awacs.aws import ArnEquals, ArnLike, AWSPrincipal, Principal, StringEquals
from troposphere import GetAtt, If, NoValue, Ref, Template, cloudformation, iam

from mraa import names
from mraa.templates import policies
from mraa.templates.explanations import ASSUMES_EXECUTION_ROLE, Explanation, explain
from mraa.templates.parts import Substitution, content_hash, is_opt_in
from mraa.templates.policies import allow
from mraa.templates.release import Release


@dataclass(frozen=True)
class Policy:
    """A policy document, awacs's or a mapping, and what scanners find in it, explained."""

    document: Any
    explanations: Sequence[Explanation] = field(default=())


@dataclass(frozen=True)
class StackSetRoles:
    """The roles' logical ids, and of what they cannot do without: ``policies``, and any ``boundary`` of new roles."""

    administration: str
    execution: str
    policies: tuple[str, ...]
    boundary: str

    @property
    def all(self) -> list[str]:
        return [self.administration, self.execution, *self.policies]


def add_stack_set_roles(
    template: Template,
    sub: Substitution,
    boundary: Policy | None,
    granted: Callable[[Any], Mapping[str, Policy]],
) -> StackSetRoles:
    """Add both roles. Their policies are resources of their own: the right to assume would be a circle within them.

    ``boundary`` is that of the roles that the execution role may make; ``granted`` are its permissions, by the
    beginning of a policy's logical id, given the boundary's ARN (``None`` without one).

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
    bound = _add_managed_policy(template, sub, "StackInstanceBoundary", boundary) if boundary else ""
    policy_titles = [
        _add_managed_policy(template, sub, title, policy, Roles=[Ref(execution)])
        for title, policy in granted(Ref(bound) if bound else None).items()
    ]
    return StackSetRoles(administration.title, execution.title, (assume.title, *policy_titles), bound)


def _stack_sets_in_both_regions(template: Template, sub: Substitution) -> Principal:
    """CloudFormation, and in Regions that are disabled by default its principal of that Region too.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-opt-in-regions.html
    """
    services: list[Any] = ["cloudformation.amazonaws.com"]
    for condition, region in (("PrimaryIsOptIn", "AWS::Region"), ("SecondaryIsOptIn", "SecondaryRegion")):
        template.add_condition(condition, is_opt_in(Ref(region)))
        services.append(If(condition, sub(f"cloudformation.${{{region}}}.amazonaws.com"), NoValue))
    return Principal("Service", services)


def _add_managed_policy(template: Template, sub: Substitution, title: str, policy: Policy, **properties: Any) -> str:
    resource = iam.ManagedPolicy(
        f"{title}{content_hash(policy.document)}",
        Path=sub(names.role_path(names.TOKEN)),
        PolicyDocument=policy.document,
        **properties,
    )
    explain(resource, *policy.explanations)
    return str(template.add_resource(resource).title)


def add_stack_set(
    template: Template,
    sub: Substitution,
    release: Release,
    file_name: str,
    roles: StackSetRoles,
    parameters: Mapping[str, Any],
    *,
    capabilities: Sequence[str] = ("CAPABILITY_IAM",),
    depends_on: Sequence[str] = (),
) -> cloudformation.StackSet:
    """Add the stack set with an instance in each Region.

    ``file_name`` is the template of the instances among the release's files: another content is another name.
    """
    return template.add_resource(
        cloudformation.StackSet(
            "StackSet",
            StackSetName=sub(names.stack_set(names.TOKEN)),
            Description="The resources of each Region",
            PermissionModel="SELF_MANAGED",
            AdministrationRoleARN=GetAtt(roles.administration, "Arn"),
            ExecutionRoleName=Ref(roles.execution),
            Capabilities=list(capabilities),
            ManagedExecution=cloudformation.ManagedExecution(Active=False),
            TemplateURL=sub(release_url(release, file_name)),
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
            DependsOn=[*roles.policies, *depends_on],
        )
    )


def release_url(release: Release, file_name: str) -> str:
    """Where CloudFormation fetches one of the release's templates, in the stack's own Region; for ``Fn::Sub``."""
    bucket = names.code_bucket(release.bucket_prefix, names.REGION)
    key = f"{release.solution_name}/{release.version}/{file_name}"
    return f"https://{bucket}.s3.${{AWS::Region}}.${{AWS::URLSuffix}}/{key}"
