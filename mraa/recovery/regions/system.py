"""The system as it is: both Regions, each asked by itself and at the same time as the other.

Clients give up within about three seconds: during an outage an operator needs an answer, and "down" is one.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from mraa.aws import Aws, Clock, call
from mraa.aws_errors import NOT_AWS
from mraa.errors import AwsError, CredentialsError, MraaError, UnreachableError, UsageError
from mraa.recovery.application import Application
from mraa.recovery.models import AppState, Fence, ObjectRule, RegionInfo, RegionView, SystemView
from mraa.recovery.regions.buckets import bucket_pairs
from mraa.recovery.regions.parameter import find_region_info
from mraa.recovery.regions.state import api_state, fence_problem, highest_epoch, read_state
from mraa.settings import Settings

NO_ANSWER = "no answer"
_PAUSE_S = 1.0  # before a second attempt


def read_system(
    aws: Aws, settings: Settings, clock: Clock, application: Application, *, attempts: int = 1
) -> SystemView:
    """Both Regions at once; what one cannot answer is said in its view.

    Raises CredentialsError if both Regions refuse the credentials, and UsageError if both answer and neither knows
    the stack, or if they know different applications by its name.
    """
    regions = zip(settings.regions, ("primary", "secondary"), strict=True)
    with ThreadPoolExecutor(2) as pool:
        futures = [
            pool.submit(_read_or_explain, aws, settings, clock, application, *region, attempts) for region in regions
        ]
        (primary, refusal), (secondary, other_refusal) = (future.result() for future in futures)
    if refusal and other_refusal:
        raise refusal
    if primary.problem == secondary.problem == _unknown(settings):
        raise UsageError(
            f"Neither {primary.region} nor {secondary.region} knows a deployment named {settings.stack_name}.",
            "Check --stack-name, --primary-region and --secondary-region, or deploy it with `mraa deploy`.",
        )
    if primary.info and secondary.info and primary.info.app_id != secondary.info.app_id:
        raise UsageError(
            f"{settings.stack_name} is application {primary.info.app_id} in {primary.region} but "
            f"{secondary.info.app_id} in {secondary.region}.",
            "One is left over from an older stack: delete its parameter under /mraa/ and run again.",
        )
    return SystemView(
        _with_object_problem(primary, secondary, application), _with_object_problem(secondary, primary, application)
    )


def read_both_regions(aws: Aws, settings: Settings, clock: Clock) -> tuple[list[RegionInfo], dict[str, str]]:
    """The parameter of each Region that has it, and by Region what is wrong with one that does not answer.

    Raises CredentialsError and UsageError if both Regions do.
    """
    infos: list[RegionInfo] = []
    errors: dict[str, MraaError] = {}
    with ThreadPoolExecutor(2) as pool:
        futures = {
            region: pool.submit(_require_region_info, aws, settings, clock, region, attempts=2)
            for region in settings.regions
        }
        for region, future in futures.items():
            try:
                infos.append(future.result())
            except MraaError as error:
                errors[region] = error
    if not infos:
        raise next((error for error in errors.values() if isinstance(error, UsageError)), errors[settings.regions[0]])
    return infos, {region: error.message.rstrip(".") for region, error in errors.items()}


def read_survivor(aws: Aws, settings: Settings, clock: Clock, *, attempts: int) -> RegionView:
    """The secondary Region alone; the primary Region is neither asked nor needed."""
    region = settings.regions[1]
    info = _require_region_info(aws, settings, clock, region, attempts=attempts)
    state, fences = read_state(aws, info, attempts=attempts, clock=clock)
    return _with_state(RegionView(region, "secondary", is_reachable=True, info=info), state, fences)


def read_object_rules(
    aws: Aws, clock: Clock, application: Application, info: RegionInfo, *, attempts: int = 1
) -> tuple[ObjectRule, ...]:
    """The enabled replication rules on the application's buckets in this Region."""
    client = aws.client("s3", info.region, fast=True)
    rules: list[ObjectRule] = []
    for bucket in application.buckets(info):
        doing = f"Reading the replication rules of {bucket}"
        try:
            answer = call(
                client.get_bucket_replication, doing, info.region, attempts=attempts, clock=clock, Bucket=bucket
            )
        except AwsError as error:
            if error.code == "ReplicationConfigurationNotFoundError":
                continue
            raise
        rules += [
            # arn:aws:s3:::bucket
            ObjectRule(str(rule.get("ID", "")), bucket, str(rule["Destination"]["Bucket"]).rpartition(":")[2])
            for rule in answer["ReplicationConfiguration"]["Rules"]
            if rule["Status"] == "Enabled"
        ]
    return tuple(rules)


def _require_region_info(aws: Aws, settings: Settings, clock: Clock, region: str, *, attempts: int) -> RegionInfo:
    info = find_region_info(aws, region, settings, attempts=attempts, clock=clock)
    if info is None:
        raise UsageError(
            f"{region} knows {_unknown(settings)}.", "Check --stack-name, --primary-region and --secondary-region."
        )
    return info


def _read_or_explain(
    aws: Aws, settings: Settings, clock: Clock, application: Application, region: str, role: str, attempts: int
) -> tuple[RegionView, CredentialsError | None]:
    """One Region's view, whatever fails, and the refusal if it did not accept the credentials.

    A refusal by both Regions is about the operator; by one (a Region that is not enabled) it is about the Region.
    """
    try:
        return _read(aws, settings, clock, application, region, role, attempts), None
    except CredentialsError as error:
        return RegionView(region, role, is_reachable=True, problem=error.message), error
    except UnreachableError as error:
        # what answered in AWS's place is named: a sign-in page of this machine's network is no outage
        problem = error.message.rstrip(".") if error.code == NOT_AWS else NO_ANSWER
        return RegionView(region, role, is_reachable=False, problem=problem), None
    except AwsError as error:
        return RegionView(region, role, is_reachable=True, problem=error.message), None


def _read(
    aws: Aws, settings: Settings, clock: Clock, application: Application, region: str, role: str, attempts: int
) -> RegionView:
    info = find_region_info(aws, region, settings, attempts=attempts, clock=clock)
    if info is None:
        return RegionView(region, role, is_reachable=True, problem=_unknown(settings))
    with ThreadPoolExecutor(3) as pool:
        state = pool.submit(read_state, aws, info, attempts=attempts, clock=clock)
        api = pool.submit(_api_problem, aws, info, clock, attempts)
        rules = pool.submit(read_object_rules, aws, clock, application, info, attempts=attempts)
        view = RegionView(region, role, is_reachable=True, info=info, api_problem=api.result())
        try:
            record, fences = state.result()
            if fence_problem(record, fences) and attempts > 1:
                # most likely a change in progress or its replication: plans are not to be made from half of it
                clock.sleep(_PAUSE_S)
                record, fences = read_state(aws, info, attempts=attempts, clock=clock)
            view = _with_state(view, record, fences)
        except AwsError as error:
            view = replace(view, problem=error.message)
        try:
            return replace(view, object_rules=rules.result())
        except AwsError as error:
            return replace(view, object_problem=error.message)


def _with_state(view: RegionView, state: AppState, fences: list[Fence]) -> RegionView:
    return replace(
        view, state=state, fence_problem=fence_problem(state, fences), highest_epoch=highest_epoch(state, fences)
    )


def _api_problem(aws: Aws, info: RegionInfo, clock: Clock, attempts: int) -> str:
    """What is wrong with the routing layer; with more than one attempt a single bad answer does not count."""
    for _ in range(attempts - 1):
        if not api_state(aws, info)[1]:
            return ""
        clock.sleep(_PAUSE_S)
    return api_state(aws, info)[1]


def _unknown(settings: Settings) -> str:
    return f"no deployment named {settings.stack_name}"


def _with_object_problem(view: RegionView, other: RegionView, application: Application) -> RegionView:
    """Judge this Region's replication rules, now that the peer Region's buckets are known."""
    if view.object_rules is None or view.info is None or other.info is None:
        return view
    rules = {(rule.source_bucket, rule.destination_bucket) for rule in view.object_rules}
    try:
        pairs = bucket_pairs(application, view.info, other.info)
    except AwsError as error:
        return replace(view, object_problem=error.message.rstrip("."))
    missing = [destination for source, destination in pairs if (source, destination) not in rules]
    return replace(view, object_problem=f"no enabled replication rule to {missing[0]}") if missing else view
