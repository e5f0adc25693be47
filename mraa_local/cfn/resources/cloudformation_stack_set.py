"""``AWS::CloudFormation::StackSet``: its steps are in ``cfn.stack_sets.resource``."""

from collections.abc import Iterator

from mraa_local.cfn.resources.model import Permission, ResourceType, anything_in, arn, pass_role
from mraa_local.cfn.stack_sets import resource
from mraa_local.engine.resources import Change


def permissions(change: Change) -> Iterator[Permission]:
    """The stack set, its instances, and that StackSets may use the administration role."""
    stack_set = arn("cloudformation", f"stackset/{change.current['StackSetName']}:*")
    # the creation has no resource-level permissions
    yield Permission(f"cloudformation:{_verb(change)}StackSet", "*" if change.is_create else stack_set)
    if change.is_create or change.is_delete:
        yield Permission(f"cloudformation:{_verb(change)}StackInstances", stack_set)
    if not change.is_delete and (role := change.new.get("AdministrationRoleARN")):
        yield pass_role(role, "cloudformation.amazonaws.com")


def _verb(change: Change) -> str:
    return "Create" if change.is_create else "Delete" if change.is_delete else "Update"


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
    takes_stack_tags=True,
    has_several_steps=True,
    waits_for_stacks=True,
    permissions=permissions,
)
