"""Deploys an application of one's own: a stack beside the main stack, with a stack set of its own."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mraa import names
from mraa.aws import Aws, Clock
from mraa.settings import Settings
from mraa.stacks import describe_changes
from mraa.stacks.applications import find_stores
from mraa.stacks.conversation import Conversation
from mraa.stacks.deployer.deploy import deploy_stack
from mraa.stacks.deployer.main_stack import require_main_stack
from mraa.stacks.deployer.spec import DeployResult, StackSpec
from mraa.stacks.models import ChangeSet, StackDescription, StackRequest
from mraa.stacks.plan.ownership import refuse_foreign_application
from mraa.stacks.plan.parameters import SECONDARY_REGION, SOLUTION_STACK_NAME
from mraa.stacks.plan.wording import permission_lines
from mraa.stacks.preflight.checks import check_code, check_regions
from mraa.stacks.urls import template_url

# what a stack of a main template without the parameter has
_DEFAULT_FENCES = "64"


def deploy_application(
    aws: Aws,
    clock: Clock,
    conversation: Conversation,
    settings: Settings,
    name: str,
    *,
    skip: Sequence[str] = (),
    detach: bool = False,
    on_checked: Callable[[], None] = lambda: None,
) -> DeployResult:
    """Create or update the application's stack from the published release. The main stack must be deployed."""
    file_name = names.application_template(name)
    account = check_regions(aws, settings.regions)
    check_code(aws, settings, settings.regions, account, file_name)
    main = require_main_stack(aws, settings)
    on_checked()
    primary, secondary = settings.primary_region, main.parameters[SECONDARY_REGION]
    url = template_url(settings, file_name)
    declared = describe_changes.declared_parameters(aws, primary, url)
    parameters = {key: value for key, value in _facts(aws, main).items() if key in declared}
    spec = StackSpec(
        StackRequest(
            names.application_stack(settings.stack_name, name),
            primary,
            url,
            parameters,
            (secondary, primary),
            ("CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"),
        ),
        refuse_foreign=lambda stack: refuse_foreign_application(stack, settings.stack_name, name),
        again=again(name),
        destroy=f"mraa app destroy {name}",
        template_lines=_template_lines,
        find_leftovers=lambda stack: [of.item for of in find_stores(aws, settings.regions, [stack])],
        skip=skip,
    )
    return deploy_stack(aws, clock, conversation, spec, detach=detach)


def again(name: str) -> str:
    """The command that resumes, or follows, the application's deployment."""
    return f"mraa app deploy {name}"


def _facts(aws: Aws, main: StackDescription) -> dict[str, str]:
    """What an application needs to know of the main stack and cannot import."""
    secondary = main.parameters[SECONDARY_REGION]
    return {
        SOLUTION_STACK_NAME: main.name,
        SECONDARY_REGION: secondary,
        names.FENCES: main.parameters.get(names.FENCES, _DEFAULT_FENCES),
        "PrimaryRoutingLayerUrl": aws.api_url(main.outputs["PrimaryRoutingLayerApiId"], main.region),
        "SecondaryRoutingLayerUrl": aws.api_url(main.outputs["SecondaryRoutingLayerApiId"], secondary),
    }


def _template_lines(change_set: ChangeSet, template: Mapping[str, Any]) -> list[str]:
    """The permissions that CloudFormation gets in both Regions, where they change."""
    changed = {change.logical_id for change in change_set.changes if change.action in ("Add", "Modify")}
    resources = template.get("Resources", {})
    policies = [
        resource["Properties"]["PolicyDocument"]
        for name, resource in resources.items()
        if name.startswith("Execution") and resource.get("Type") == "AWS::IAM::ManagedPolicy" and name in changed
    ]
    return permission_lines(policies)
