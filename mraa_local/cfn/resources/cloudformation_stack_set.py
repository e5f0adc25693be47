"""``AWS::CloudFormation::StackSet``: its steps are in ``cfn.stack_sets.resource``."""

from mraa_local.cfn.resources.model import ResourceType, anything_in
from mraa_local.cfn.stack_sets import resource

RESOURCE = ResourceType(
    "AWS::CloudFormation::StackSet",
    supported={
        **anything_in(
            "StackSetName Description TemplateBody TemplateURL Parameters Capabilities Tags PermissionModel "
            "AdministrationRoleARN ExecutionRoleName CallAs"
        ),
        "OperationPreferences": anything_in(
            "RegionOrder RegionConcurrencyType FailureToleranceCount FailureTolerancePercentage"
        ),
        "StackInstancesGroup": {
            **anything_in("Regions ParameterOverrides"),
            "DeploymentTargets": anything_in("Accounts"),
        },
    },
    no_effect={
        "ManagedExecution": "a second operation is refused, never queued",
        "OperationPreferences.MaxConcurrentCount": "there is one account",
        "OperationPreferences.MaxConcurrentPercentage": "there is one account",
        "OperationPreferences.ConcurrencyMode": "there is one account",
    },
    create=resource.create,
    update=resource.update,
    delete=resource.delete,
    replaces_engine=True,
    create_only=resource.CREATE_ONLY,
    has_several_steps=True,
    waits_for_stacks=True,
)
