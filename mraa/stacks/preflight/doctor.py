"""All preflight checks of a deployment: every problem at once, each with its fix, nothing changed.

``run_checks`` reads; each ``..._finding`` judges what was read and does nothing else.
"""

import email.utils
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from mraa import names
from mraa.aws import Aws, Clock, call
from mraa.errors import MraaError
from mraa.partitions import require_known_regions
from mraa.settings import Settings
from mraa.stacks import describe, instances, leftovers
from mraa.stacks.logging_role import read_logging_role
from mraa.stacks.models import Grade, Leftover, PreflightFinding, StackDescription
from mraa.stacks.plan.next_step import UPDATABLE, Action, next_for_deploy
from mraa.stacks.plan.ownership import refuse_foreign_main, refuse_foreign_web, refuse_mirrored
from mraa.stacks.preflight import checks, quotas
from mraa.stacks.urls import template_url

# AWS rejects requests that are signed more than five minutes off
_SKEW_REJECTED_S = 300
_SKEW_NOTED_S = 30

_TEMPLATES = (names.MAIN_TEMPLATE, names.REGIONAL_TEMPLATE, names.DEMO_UI_TEMPLATE)


def run_checks(aws: Aws, clock: Clock, settings: Settings) -> Iterator[PreflightFinding]:
    """All findings, each as soon as it is known. Without valid credentials, nothing else can be checked."""
    regions = settings.regions
    try:
        require_known_regions(*regions)
        if lost := checks.find_outage(aws, regions[0], clock):
            yield _failed("Region", lost, regions[0])
            return
        account, skew_s = _account_and_skew(aws, clock, regions[0])
    except MraaError as error:
        yield _failed("credentials", error)
        return
    yield PreflightFinding(Grade.PASSED, "credentials", f"account {account}")
    yield clock_finding(skew_s)
    enabled = []
    for region in regions:
        found = _checked("Region", region, "enabled", partial(_check_region, aws, clock, region))
        yield found
        if found.grade is Grade.PASSED:
            enabled.append(region)
    has_code = True
    for region in enabled:
        for found in _code(aws, settings, region, account):
            has_code = has_code and found.grade is not Grade.FAILED
            yield found
    if regions[0] not in enabled:
        return
    if has_code:
        yield from _templates(aws, settings)
    if len(enabled) == len(regions):
        yield from _deployment(aws, settings)


def clock_finding(skew_s: float) -> PreflightFinding:
    """``skew_s``: how far this machine's clock is behind AWS's (negative: ahead of it), in seconds."""
    off = f"{abs(skew_s):.0f} s {'behind' if skew_s > 0 else 'ahead of'} AWS's"
    fix = "Set this machine's clock (`timedatectl set-ntp true`)."
    if abs(skew_s) >= _SKEW_REJECTED_S:
        return PreflightFinding(Grade.FAILED, "clock", f"{off}: AWS rejects requests signed so far off", fix)
    if abs(skew_s) >= _SKEW_NOTED_S:
        return PreflightFinding(Grade.NOTE, "clock", off, fix)
    return PreflightFinding(Grade.PASSED, "clock", "agrees with AWS's")


def stack_finding(
    name: str, region: str, stack: StackDescription | None, refuse: Callable[[StackDescription], None]
) -> PreflightFinding:
    """Whether a deployment can use the stack's name, or continue from the stack that has it."""
    try:
        if stack is not None:
            refuse(stack)
        step = next_for_deploy(name, stack)
    except MraaError as error:
        return _failed("stack", error, region)
    if step.action in (Action.CREATE, Action.UPDATE):
        text = f"the name {name} is available" if stack is None else step.text
        return PreflightFinding(Grade.PASSED, "stack", text, region=region)
    return PreflightFinding(Grade.NOTE, "stack", step.text, f"The next deployment will {step.action}.", region)


def logging_role_finding(region: str, role: str) -> PreflightFinding:
    """API Gateway's logging role of the account: a creation keeps one that is set; the console's default does not."""
    if not role:
        return PreflightFinding(
            Grade.PASSED, "API Gateway", "no logging role is set: one will be created", region=region
        )
    return PreflightFinding(
        Grade.NOTE,
        "API Gateway",
        f"logs by {role}",
        f"`mraa deploy` keeps it. In the console, choose another {names.LOGGING_ROLE} than Create.",
        region,
    )


def leftover_finding(item: Leftover, stack_name: str) -> PreflightFinding:
    """What an earlier stack of this name left: it blocks nothing, for its name is its own, but it may cost."""
    return PreflightFinding(
        Grade.NOTE,
        "left over",
        f"{item.kind} {item.name} of an earlier stack {stack_name}",
        f"To delete its data, once no stack {stack_name} exists: "
        f"mraa destroy --stack-name {stack_name} --delete-data --confirm {stack_name}",
        item.region,
    )


def _check_region(aws: Aws, clock: Clock, region: str) -> None:
    if lost := checks.find_outage(aws, region, clock):
        raise lost
    checks.check_region(aws, region)


def _account_and_skew(aws: Aws, clock: Clock, region: str) -> tuple[str, float]:
    """The account, and how far this machine's clock is behind AWS's, in seconds."""
    answer = call(aws.client("sts", region).get_caller_identity, "Asking AWS who is calling", region)
    date = answer["ResponseMetadata"]["HTTPHeaders"].get("date", "")
    try:
        skew_s = email.utils.parsedate_to_datetime(date).timestamp() - clock.now()
    except ValueError:
        skew_s = 0.0  # without a date assume none: the signature was accepted
    return str(answer["Account"]), skew_s


def _code(aws: Aws, settings: Settings, region: str, account: str) -> Iterator[PreflightFinding]:
    bucket = names.code_bucket(settings.bucket_prefix, region)
    found = _checked("bucket", region, f"{bucket} exists", partial(checks.check_bucket, aws, settings, region, account))
    yield found
    if found.grade is Grade.FAILED:
        return
    release = f"{settings.solution_name} {settings.solution_version} is in {bucket}"
    for file_name in _TEMPLATES:
        check = partial(checks.check_template, aws, settings, region, account, file_name)
        found = _checked("release", region, release, check)
        if found.grade is Grade.FAILED:
            break
    yield found


def _templates(aws: Aws, settings: Settings) -> Iterator[PreflightFinding]:
    region = settings.primary_region
    validate = aws.client("cloudformation", region).validate_template
    for file_name in _TEMPLATES:
        url = template_url(settings, file_name)
        check = partial(call, validate, f"Validating {file_name}", region, TemplateURL=url)
        yield _checked("template", region, f"{file_name} is valid", check)


def _deployment(aws: Aws, settings: Settings) -> Iterator[PreflightFinding]:
    """The stacks that have the names, what earlier ones left, and whether quotas allow new ones."""
    (primary, secondary), name = settings.regions, settings.stack_name
    web_name = names.web_stack(name)
    try:
        main, web = (describe.find_stack(aws, primary, of) for of in (name, web_name))
        mirrored = describe.find_stack(aws, secondary, name)
        left = leftovers.find_earlier_leftovers(aws, settings.regions, name, main, web)
    except MraaError as error:
        yield _failed("stack", error, primary)
        return
    found = stack_finding(name, primary, main, lambda stack: refuse_foreign_main(stack, secondary))
    yield found
    yield stack_finding(web_name, primary, web, lambda stack: refuse_foreign_web(stack, name))
    # instances in other Regions than the stack's own are not missing
    if main is not None and main.status in UPDATABLE and found.grade is not Grade.FAILED:
        yield from _instances(aws, main, (secondary, primary))
    found = _checked("stack", secondary, "", lambda: refuse_mirrored(mirrored, primary))
    if found.grade is Grade.FAILED:
        yield found
    if main is None:
        yield from _logging_roles(aws, settings.regions)
    yield from (leftover_finding(item, name) for item in left)
    yield from quotas.check_quotas(aws, settings.regions, is_update=main is not None)


def _logging_roles(aws: Aws, regions: Sequence[str]) -> Iterator[PreflightFinding]:
    for region in regions:
        try:
            yield logging_role_finding(region, read_logging_role(aws, region))
        except MraaError as error:
            yield _failed("API Gateway", error, region)


def _instances(aws: Aws, main: StackDescription, regions: tuple[str, str]) -> Iterator[PreflightFinding]:
    """Stack instances that the next deployment repairs, or cannot."""
    try:
        repairs = instances.find_repairs(aws, main, regions)
    except MraaError as error:
        yield _failed(describe.INSTANCE, error)
        return
    for repair in repairs:
        yield PreflightFinding(Grade.NOTE, describe.INSTANCE, repair.line, "`mraa deploy` does that.", repair.region)


def _checked(subject: str, region: str, text: str, check: Callable[[], object]) -> PreflightFinding:
    try:
        check()
    except MraaError as error:
        return _failed(subject, error, region)
    return PreflightFinding(Grade.PASSED, subject, text, region=region)


def _failed(subject: str, error: MraaError, region: str = "") -> PreflightFinding:
    return PreflightFinding(Grade.FAILED, subject, error.message, error.hint or "Fix what is named.", region)
