"""What stands in a deployment's way, found before anything is touched: every trouble at once, each with its mend.

``examine`` reads; each ``..._finding`` judges what was read and does nothing else.
"""

import email.utils
from collections.abc import Callable, Iterator
from functools import partial

from mraa import names
from mraa.aws import Aws, Clock, translated
from mraa.errors import MraaError
from mraa.partitions import require_known_regions
from mraa.settings import Settings
from mraa.stacks import checks, instances, inventory, plan, quotas, state
from mraa.stacks.models import Finding, Grade, Leftover, StackFacts
from mraa.stacks.plan import Action

# AWS refuses requests that are signed more than five minutes off
_SKEW_REFUSED_S = 300
_SKEW_WORTH_TELLING_S = 30

_TEMPLATES = (names.MAIN_TEMPLATE, names.REGIONAL_TEMPLATE, names.DEMO_UI_TEMPLATE)


def examine(aws: Aws, clock: Clock, settings: Settings, web_name: str) -> Iterator[Finding]:
    """All findings, each as soon as it is known. Without credentials that AWS accepts, nothing else can be known."""
    regions = settings.regions
    try:
        require_known_regions(*regions)
        account, skew_s = _who_and_when(aws, clock, regions[0])
    except MraaError as error:
        yield _wrong("credentials", error)
        return
    yield Finding(Grade.GOOD, "credentials", f"account {account}")
    yield clock_finding(skew_s)
    answering = []
    for region in regions:
        found = _tried("Region", region, "enabled", partial(checks.check_region, aws, region))
        yield found
        if found.grade is Grade.GOOD:
            answering.append(region)
    has_code = True
    for region in answering:
        for found in _code(aws, settings, region, account):
            has_code = has_code and found.grade is not Grade.WRONG
            yield found
    if regions[0] not in answering:
        return
    if has_code:
        yield from _templates(aws, settings)
    if len(answering) == len(regions):
        yield from _deployment(aws, settings, web_name)


def clock_finding(skew_s: float) -> Finding:
    """``skew_s``: how far this machine's clock is behind AWS's (negative: before it), in seconds."""
    off = f"{abs(skew_s):.0f} s {'behind' if skew_s > 0 else 'ahead of'} AWS's"
    mend = "Set this machine's clock (`timedatectl set-ntp true`)."
    if abs(skew_s) >= _SKEW_REFUSED_S:
        return Finding(Grade.WRONG, "clock", f"{off}: AWS refuses requests signed so far off", mend)
    if abs(skew_s) >= _SKEW_WORTH_TELLING_S:
        return Finding(Grade.NOTE, "clock", off, mend)
    return Finding(Grade.GOOD, "clock", "agrees with AWS's")


def stack_finding(name: str, region: str, stack: StackFacts | None, refuse: Callable[[StackFacts], None]) -> Finding:
    """Whether a deployment can have the stack's name, or go on from the stack that has it."""
    try:
        if stack is not None:
            refuse(stack)
        step = plan.next_for_deploy(name, stack)
    except MraaError as error:
        return _wrong("stack", error, region)
    if step.action in (Action.CREATE, Action.UPDATE):
        text = f"the name {name} is free" if stack is None else step.text
        return Finding(Grade.GOOD, "stack", text, region=region)
    return Finding(Grade.NOTE, "stack", step.text, f"The next deployment will {step.action}.", region)


def leftover_finding(item: Leftover, stack_name: str) -> Finding:
    """Something that an earlier stack of this name left: never in the way, for its name is its own, but it may cost."""
    return Finding(
        Grade.NOTE,
        "left over",
        f"{item.kind} {item.name} of an earlier stack {stack_name}",
        f"If its data is not wanted, once there is no stack {stack_name}: "
        f"mraa destroy --stack-name {stack_name} --delete-data --confirm {stack_name}",
        item.region,
    )


def _who_and_when(aws: Aws, clock: Clock, region: str) -> tuple[str, float]:
    """The account, and how far this machine's clock is behind AWS's, in seconds."""
    with translated("Asking AWS who is calling", region):
        answer = aws.client("sts", region).get_caller_identity()
    said = answer["ResponseMetadata"]["HTTPHeaders"].get("date", "")
    try:
        skew_s = email.utils.parsedate_to_datetime(said).timestamp() - clock.now()
    except ValueError:
        skew_s = 0.0  # no date, no doubt: the signature was accepted
    return str(answer["Account"]), skew_s


def _code(aws: Aws, settings: Settings, region: str, account: str) -> Iterator[Finding]:
    bucket = names.code_bucket(settings.bucket_prefix, region)
    found = _tried("bucket", region, f"{bucket} is there", lambda: checks.check_bucket(aws, settings, region, account))
    yield found
    if found.grade is Grade.WRONG:
        return
    release = f"{settings.solution_name} {settings.solution_version} is in {bucket}"
    for file_name in _TEMPLATES:
        found = _tried(
            "release",
            region,
            release,
            partial(checks.check_template, aws, settings, region, account, file_name),
        )
        if found.grade is Grade.WRONG:
            break
    yield found


def _templates(aws: Aws, settings: Settings) -> Iterator[Finding]:
    region = settings.primary_region

    def validate(file_name: str) -> None:
        with translated(f"Validating {file_name}", region):
            aws.client("cloudformation", region).validate_template(TemplateURL=checks.template_url(settings, file_name))

    for file_name in _TEMPLATES:
        yield _tried("template", region, f"{file_name} is valid", partial(validate, file_name))


def _deployment(aws: Aws, settings: Settings, web_name: str) -> Iterator[Finding]:
    """The stacks that have the names, what earlier ones left, and whether there is room for new ones."""
    primary, secondary = settings.regions
    try:
        main = state.find_stack(aws, primary, settings.stack_name)
        web = state.find_stack(aws, primary, web_name)
        beyond = state.find_stack(aws, secondary, settings.stack_name)
        left = inventory.earlier_leftovers(aws, settings.regions, settings.stack_name, web_name, main, web)
    except MraaError as error:
        yield _wrong("stack", error, primary)
        return
    yield stack_finding(settings.stack_name, primary, main, lambda s: plan.refuse_foreign_main(s, secondary))
    yield stack_finding(web_name, primary, web, lambda s: plan.refuse_foreign_web(s, settings.stack_name))
    if main is not None and main.status in plan.UPDATABLE:
        yield from _instances(aws, main, (secondary, primary))
    turned = _tried("stack", secondary, "", lambda: plan.refuse_mirrored(beyond, primary))
    if turned.grade is Grade.WRONG:
        yield turned
    yield from (leftover_finding(item, settings.stack_name) for item in left)
    yield from quotas.look(aws, settings.regions, is_update=main is not None)


def _instances(aws: Aws, main: StackFacts, regions: tuple[str, str]) -> Iterator[Finding]:
    """Stack instances that the next deployment repairs, or cannot."""
    try:
        repairs = instances.to_repair(aws, main, regions)
    except MraaError as error:
        yield _wrong(state.INSTANCE, error)
        return
    for repair in repairs:
        yield Finding(Grade.NOTE, state.INSTANCE, repair.line, "`mraa deploy` does that.", repair.region)


def _tried(subject: str, region: str, text: str, check: Callable[[], None]) -> Finding:
    try:
        check()
    except MraaError as error:
        return _wrong(subject, error, region)
    return Finding(Grade.GOOD, subject, text, region=region)


def _wrong(subject: str, error: MraaError, region: str = "") -> Finding:
    return Finding(Grade.WRONG, subject, error.message, error.hint or "Mend what is named.", region)
