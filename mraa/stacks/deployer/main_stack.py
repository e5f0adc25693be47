"""Deploys the main stack and, through its stack set, both Regions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from mraa import names
from mraa.aws import Aws, Clock
from mraa.errors import AwsError, MraaError, UsageError
from mraa.events import Event, Progress
from mraa.settings import Settings
from mraa.stacks import describe, leftovers
from mraa.stacks.conversation import Conversation
from mraa.stacks.deployer.deploy import deploy_stack, update_parameters
from mraa.stacks.deployer.follow import attach
from mraa.stacks.deployer.spec import Creation, DeployResult, StackSpec
from mraa.stacks.drift.replication import restored_rule_lines
from mraa.stacks.logging_role import read_logging_role
from mraa.stacks.models import StackDescription, StackRequest
from mraa.stacks.plan.logging_role import choose, notes
from mraa.stacks.plan.next_step import Action, next_for_deploy
from mraa.stacks.plan.ownership import refuse_foreign_main, refuse_mirrored, refuse_moved
from mraa.stacks.plan.parameters import DELETION_PROTECTION, SECONDARY_REGION
from mraa.stacks.plan.wording import leftover_lines
from mraa.stacks.preflight.checks import check_code, check_regions, find_outage
from mraa.stacks.urls import template_url

AGAIN = "mraa deploy"
ATTACH = "mraa deploy --attach"

_PROTECTED = {DELETION_PROTECTION: "Enabled"}


def deploy_main_stack(
    aws: Aws,
    clock: Clock,
    conversation: Conversation,
    settings: Settings,
    parameters: Mapping[str, str],
    *,
    tags: Mapping[str, str] | None = None,
    role_arn: str = "",
    skip: Sequence[str] = (),
    detach: bool = False,
    recorded_primary: str = "",
    on_checked: Callable[[], None] = lambda: None,
    on_confirmed: Callable[[], None] = lambda: None,
) -> DeployResult:
    """Create or update the main stack from the published release, then protect its tables from deletion.

    ``parameters`` are the optional ones to set; all others stay as they are, as do tags and service role unless they
    are given. ``recorded_primary`` is the primary Region
    of the last deployment of this stack, as far as known. ``on_checked`` is called once the stack may be changed.
    """
    _refuse_other_regions(aws, settings, recorded_primary)
    account = check_regions(aws, settings.regions)
    mirrored = describe.find_stack(aws, settings.secondary_region, settings.stack_name)
    refuse_mirrored(mirrored, settings.primary_region)
    check_code(aws, settings, settings.regions, account, names.MAIN_TEMPLATE)
    on_checked()
    spec = main_stack_spec(aws, conversation, settings, {SECONDARY_REGION: settings.secondary_region, **parameters})
    spec = replace(
        spec,
        request=replace(spec.request, tags=tags or {}, role_arn=role_arn),
        skip=skip,
        on_confirmed=on_confirmed,
    )
    result = deploy_stack(aws, clock, conversation, spec, detach=detach)
    if result.action == "created" and result.stack:
        conversation.heading("Enabling deletion protection of the tables")
        protected = update_parameters(aws, clock, conversation, spec, result.stack, _PROTECTED)
        return DeployResult("created", protected.stack, result.elapsed_s + protected.elapsed_s)
    return result


def attach_to_main_stack(aws: Aws, clock: Clock, conversation: Conversation, settings: Settings) -> DeployResult:
    """Follow what runs on the main stack and in both Regions, changing nothing."""
    return attach(aws, clock, conversation, main_stack_spec(aws, conversation, settings, {}))


def main_stack_spec(
    aws: Aws, conversation: Conversation, settings: Settings, parameters: Mapping[str, str]
) -> StackSpec:
    """The main stack with these settings and parameters."""
    primary, secondary = settings.regions
    return StackSpec(
        request=StackRequest(
            settings.stack_name,
            primary,
            template_url(settings, names.MAIN_TEMPLATE),
            parameters,
            instance_regions=(secondary, primary),
        ),
        refuse_foreign=lambda stack: refuse_foreign_main(stack, secondary),
        again=AGAIN,
        attach=ATTACH,
        # not in the creation: it could not be rolled back
        update_parameters=_PROTECTED,
        restored_lines=lambda stack: restored_rule_lines(aws, conversation.event, stack),
        creation=lambda: _creation(aws, conversation, settings, parameters.get(names.LOGGING_ROLE, "")),
    )


def require_main_stack(aws: Aws, settings: Settings) -> StackDescription:
    """The deployed main stack, on which another stack can stand. UsageError without one."""
    name, region = settings.stack_name, settings.primary_region
    main = describe.find_stack(aws, region, name)
    if main is not None:
        refuse_foreign_main(main, settings.secondary_region)
    if main is None or next_for_deploy(name, main).action is not Action.UPDATE:
        status = f" ({main.status})" if main else ""
        raise UsageError(f"Stack {name} is not deployed in {region}{status}.", "Run `mraa deploy` first.")
    return main


def _refuse_other_regions(aws: Aws, settings: Settings, recorded_primary: str) -> None:
    """UsageError if the stack exists with other Regions, before anything is asked of the new ones."""
    primary, name = settings.primary_region, settings.stack_name
    check_regions(aws, [primary])
    existing = describe.find_stack(aws, primary, name)
    if existing is not None:
        refuse_foreign_main(existing, settings.secondary_region)
    elif recorded_primary not in ("", primary):
        if lost := find_outage(aws, recorded_primary):
            raise UsageError(
                f"The last deployment of stack {name} had {recorded_primary} as its primary Region, where it may still "
                f"exist: {lost.message}",
                f"Run this again once {recorded_primary} answers, or give another --stack-name.",
            )
        refuse_moved(describe.find_stack(aws, recorded_primary, name))


def _creation(aws: Aws, conversation: Conversation, settings: Settings, logging_role: str) -> Creation:
    """API Gateway's logging role is kept where one is set, unless a value is given; what follows, what stacks left."""
    try:
        roles = {region: read_logging_role(aws, region) for region in settings.regions}
    except AwsError as error:
        if not logging_role:
            option = f"--api-gateway-logging-role {names.LOGGING_ROLE_CREATE} or {names.LOGGING_ROLE_EXISTING}"
            raise UsageError(error.message, f"Allow apigateway:GET, or give {option}.") from error
        roles = dict.fromkeys(settings.regions, "")
    value = logging_role or choose(settings.regions, roles)
    return Creation(
        {names.LOGGING_ROLE: value},
        [*notes(value, settings.regions, roles), *_creation_notes(aws, conversation, settings)],
    )


def _creation_notes(aws: Aws, conversation: Conversation, settings: Settings) -> list[str]:
    """What follows the creation, and what earlier stacks left."""
    name, region = settings.stack_name, settings.primary_region
    try:
        main, web = (describe.find_stack(aws, region, of) for of in (name, names.web_stack(name)))
        left = leftovers.find_earlier_leftovers(aws, settings.regions, name, main, web)
    except MraaError as error:
        # it is only informative
        conversation.event(Event(Progress.NOTE, "what earlier stacks left", "unknown", reason=error.message))
        left = []
    return ["then an update: enable deletion protection of the tables", *leftover_lines(left, name)]
