"""Deploys the sample web app, a stack of its own beside the main stack."""

import re

from mraa import names
from mraa.aws import Aws, Clock
from mraa.errors import UsageError
from mraa.partitions import partition
from mraa.settings import Settings
from mraa.stacks import describe
from mraa.stacks.conversation import Conversation
from mraa.stacks.deployer.deploy import deploy_stack
from mraa.stacks.deployer.main_stack import require_main_stack
from mraa.stacks.deployer.spec import DeployResult, StackSpec
from mraa.stacks.models import StackDescription, StackRequest
from mraa.stacks.plan.next_step import Action, next_for_deploy
from mraa.stacks.plan.ownership import refuse_foreign_web
from mraa.stacks.plan.parameters import SECONDARY_REGION, SOLUTION_STACK_NAME
from mraa.stacks.preflight.checks import check_code, check_regions, require_answer
from mraa.stacks.urls import template_url

AGAIN = "mraa webapp deploy"


def deploy_web_app(
    aws: Aws,
    clock: Clock,
    conversation: Conversation,
    settings: Settings,
    *,
    admin_name: str | None = None,
    admin_email: str | None = None,
    detach: bool = False,
) -> DeployResult:
    """Create or update the web app's stack. Its creation requires the admin's name and e-mail address."""
    settings.require("bucket_prefix")
    if admin_email is not None and not re.fullmatch(r"[^@\s]+@[^@\s]+", admin_email):
        raise UsageError(f"--admin-email {admin_email!r} is not an e-mail address.", "Write it as name@example.com.")
    region = settings.primary_region
    if (of := partition(region)) != "aws":
        raise UsageError(
            f"The sample web app cannot exist in {region}: partition {of} lacks CloudFront or Cognito user pools.",
            "The back end works there; give it a front end of your own.",
        )
    account = check_regions(aws, [region])
    check_code(aws, settings, [region], account, names.DEMO_UI_TEMPLATE)
    main = require_main_stack(aws, settings)
    require_answer(aws, main.parameters[SECONDARY_REGION])  # the site's files are written to both Regions
    web_name = names.web_stack(settings.stack_name)
    web = describe.find_stack(aws, region, web_name)
    if next_for_deploy(web_name, web).action in (Action.CREATE, Action.RECREATE):
        for flag, value in (("--admin-name", admin_name), ("--admin-email", admin_email)):
            if not value:
                raise UsageError(f"{flag} is not set.", f"The first deployment of the web app requires {flag}.")
    elif web is not None:
        _refuse_other_email(web, admin_name, admin_email)
    given = {"AdminName": admin_name, "AdminEmail": admin_email}
    spec = StackSpec(
        request=StackRequest(
            web_name,
            region,
            template_url(settings, names.DEMO_UI_TEMPLATE),
            {SOLUTION_STACK_NAME: settings.stack_name, **{key: value for key, value in given.items() if value}},
        ),
        refuse_foreign=lambda stack: refuse_foreign_web(stack, settings.stack_name),
        again=AGAIN,
    )
    return deploy_stack(aws, clock, conversation, spec, detach=detach)


def _refuse_other_email(web: StackDescription, admin_name: str | None, admin_email: str | None) -> None:
    """Cognito's user cannot get another address by an update of the stack, which would be rolled back."""
    name, email = web.parameters.get("AdminName", ""), web.parameters.get("AdminEmail", "")
    if admin_email in (None, email) or (admin_name or name) != name:
        return
    pool = web.outputs.get("UserPoolId", "USER_POOL_ID")
    raise UsageError(
        f"--admin-email {admin_email}: the user {name} has the address {email}, which the stack cannot change.",
        f"Change it in Cognito: aws cognito-idp admin-update-user-attributes --region {web.region} "
        f"--user-pool-id {pool} --username {name} --user-attributes Name=email,Value={admin_email} "
        "Name=email_verified,Value=true",
    )
