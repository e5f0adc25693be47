"""The system as it is: what each Region says of the state, its fences, its API and its object replication.

Each Region is asked by itself and at the same time as the other, with clients that give up within about three
seconds: an operator with a Region on fire needs an answer, and "down" is one.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any

from mraa.aws import Aws, Clock, translated
from mraa.errors import AwsError, CredentialsError, MraaError, UnreachableError, UsageError
from mraa.recovery.models import AppState, AppStateName, Fence, ObjectRule, RegionalFacts, RegionView, SystemView
from mraa.recovery.patience import patiently
from mraa.recovery.regions.items import number, text
from mraa.recovery.regions.parameter import find_facts
from mraa.settings import Settings

FENCES = 64
NOBODY = "none"

_SECOND_LOOK_S = 1.0
_BATCH_ROUNDS = 5  # of asking for what DynamoDB left out


def read_system(aws: Aws, settings: Settings, clock: Clock, *, attempts: int = 1) -> SystemView:
    """Both Regions at once; what one cannot tell is said in its view.

    Raises CredentialsError where both Regions refuse the credentials, and UsageError where both answer and neither
    knows the stack, or where they know different applications by its name.
    """
    regions = zip(settings.regions, ("primary", "secondary"), strict=True)
    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(_read_or_explain, aws, settings, clock, *region, attempts) for region in regions]
        (primary, refusal), (secondary, other_refusal) = (future.result() for future in asked)
    if refusal and other_refusal:
        raise refusal
    if primary.problem == secondary.problem == _unknown(settings):
        raise UsageError(
            f"Neither {primary.region} nor {secondary.region} knows a deployment named {settings.stack_name}.",
            "Check --stack-name, --primary-region and --secondary-region, or deploy it with `mraa deploy`.",
        )
    if primary.facts and secondary.facts and primary.facts.app_id != secondary.facts.app_id:
        raise UsageError(
            f"{settings.stack_name} is application {primary.facts.app_id} in {primary.region} but "
            f"{secondary.facts.app_id} in {secondary.region}.",
            "One is left over from an older stack: delete its parameter under /mraa/ and run again.",
        )
    return SystemView(_with_object_problem(primary, secondary), _with_object_problem(secondary, primary))


def read_both_facts(aws: Aws, settings: Settings, clock: Clock) -> tuple[list[RegionalFacts], dict[str, str]]:
    """The facts of each Region that tells them, and by Region what is wrong with one that does not.

    Raises CredentialsError and UsageError where both Regions do.
    """
    facts: list[RegionalFacts] = []
    errors: dict[str, MraaError] = {}
    with ThreadPoolExecutor(2) as pool:
        asked = {
            region: pool.submit(patiently, clock, partial(find_facts, aws, region, settings), attempts=2)
            for region in settings.regions
        }
        for region, future in asked.items():
            try:
                found = future.result()
                if found is None:
                    raise UsageError(
                        f"{region} knows {_unknown(settings)}.",
                        "Check --stack-name, --primary-region and --secondary-region.",
                    )
                facts.append(found)
            except MraaError as error:
                errors[region] = error
    if not facts:
        raise next((error for error in errors.values() if isinstance(error, UsageError)), errors[settings.regions[0]])
    return facts, {region: error.message.rstrip(".") for region, error in errors.items()}


def read_survivor(aws: Aws, settings: Settings, clock: Clock, *, attempts: int) -> RegionView:
    """The secondary Region alone; the primary Region is neither asked nor needed."""
    region = settings.regions[1]
    facts = patiently(clock, partial(find_facts, aws, region, settings), attempts=attempts)
    if facts is None:
        raise UsageError(
            f"{region} knows {_unknown(settings)}.", "Check --stack-name, --primary-region and --secondary-region."
        )
    state, fences = patiently(clock, partial(read_state, aws, facts), attempts=attempts)
    return RegionView(
        region, "secondary", is_reachable=True, facts=facts, state=state, fence_problem=fence_problem(state, fences)
    )


def read_state(aws: Aws, facts: RegionalFacts) -> tuple[AppState, list[Fence]]:
    """The state record and the fence items there are, read consistently from this Region's replica."""
    keys = [facts.app_id, *(f"{facts.app_id}#fence#{number:02x}" for number in range(FENCES))]
    with translated(f"Reading the application state from {facts.app_config_table}", facts.region):
        items = read_items(aws, facts, keys)
    record = items.pop(facts.app_id, None)
    if record is None:
        raise AwsError(
            f"Table {facts.app_config_table} in {facts.region} holds no state of application {facts.app_id}.",
            "Run `mraa deploy`: the stack writes the first state.",
        )
    fences = [Fence(text(item, "writableRegion"), number(item, "epoch") or 0) for item in items.values()]
    return _state(record, facts), fences


def read_items(aws: Aws, facts: RegionalFacts, item_ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    """Those of up to 100 items of the state table that there are, by id, read consistently from this Region's replica.

    Raises what boto3 raises: the caller says what was being done.
    """
    wanted: dict[str, Any] = {
        facts.app_config_table: {"ConsistentRead": True, "Keys": [{"appId": {"S": item_id}} for item_id in item_ids]}
    }
    items: dict[str, Mapping[str, Any]] = {}
    client = aws.client("dynamodb", facts.region, fast=True)
    for _ in range(_BATCH_ROUNDS):
        answer = client.batch_get_item(RequestItems=wanted)
        items |= {item["appId"]["S"]: item for item in answer["Responses"].get(facts.app_config_table, [])}
        wanted = answer.get("UnprocessedKeys") or {}
        if not wanted:
            return items
    raise UnreachableError(f"DynamoDB in {facts.region} did not give all items of {facts.app_config_table}.")


def fence_problem(state: AppState, fences: list[Fence]) -> str:
    """Empty where all 64 fences say what the record says."""
    agreeing = fences.count(Fence(state.writable_region, state.epoch))
    return "" if agreeing == FENCES else f"{FENCES - agreeing} of {FENCES} fences differ from the state record"


def api_state(aws: Aws, facts: RegionalFacts) -> tuple[Mapping[str, Any], str]:
    """What ``GET /state`` of this Region's routing layer answers, and what is wrong with it (empty: nothing)."""
    try:
        answer = aws.api_request("GET", facts.region, facts.routing_layer_api_id, f"state/{facts.app_id}", timeout_s=2)
    except UnreachableError:
        return {}, "no answer"
    if answer.status != 200:
        return {}, f"answers {answer.status}"
    if not isinstance(answer.body, dict) or not isinstance(answer.body.get("state"), str):
        return {}, "answers without a state"
    return answer.body, ""


def photos_problem(aws: Aws, facts: RegionalFacts) -> str:
    """What is wrong with this Region's photos API (empty: it lists photos)."""
    try:
        # a cold function may take longer than a table
        answer = aws.api_request("GET", facts.region, facts.photos_api_id, "photos", timeout_s=10)
    except UnreachableError:
        return "no answer"
    return "" if answer.status == 200 else f"answers {answer.status}"


def read_object_rules(aws: Aws, facts: RegionalFacts) -> tuple[ObjectRule, ...]:
    """The enabled replication rules of this Region's object store."""
    client = aws.client("s3", facts.region, fast=True)
    try:
        with translated(f"Reading the replication rules of {facts.object_store_bucket}", facts.region):
            answer = client.get_bucket_replication(Bucket=facts.object_store_bucket)
    except AwsError as error:
        if error.code == "ReplicationConfigurationNotFoundError":
            return ()
        raise
    return tuple(
        # arn:aws:s3:::bucket
        ObjectRule(str(rule.get("ID", "")), str(rule["Destination"]["Bucket"]).rpartition(":")[2])
        for rule in answer["ReplicationConfiguration"]["Rules"]
        if rule["Status"] == "Enabled"
    )


def _read_or_explain(
    aws: Aws, settings: Settings, clock: Clock, region: str, role: str, attempts: int
) -> tuple[RegionView, CredentialsError | None]:
    """One Region's view, whatever stands in the way, and the refusal where it did not take the credentials.

    A refusal by both Regions is about the operator; by one (a Region that is not enabled) it is about the Region.
    """
    try:
        return _read(aws, settings, clock, region, role, attempts), None
    except CredentialsError as error:
        return RegionView(region, role, is_reachable=True, problem=error.message), error
    except UnreachableError:
        return RegionView(region, role, is_reachable=False, problem="no answer"), None
    except AwsError as error:
        return RegionView(region, role, is_reachable=True, problem=error.message), None


def _read(aws: Aws, settings: Settings, clock: Clock, region: str, role: str, attempts: int) -> RegionView:
    facts = patiently(clock, partial(find_facts, aws, region, settings), attempts=attempts)
    if facts is None:
        return RegionView(region, role, is_reachable=True, problem=_unknown(settings))
    with ThreadPoolExecutor(3) as pool:
        state = pool.submit(patiently, clock, partial(read_state, aws, facts), attempts=attempts)
        api = pool.submit(_api_problem, aws, facts, clock, attempts)
        rules = pool.submit(patiently, clock, partial(read_object_rules, aws, facts), attempts=attempts)
        view = RegionView(region, role, is_reachable=True, facts=facts, api_problem=api.result())
        try:
            record, fences = state.result()
            if fence_problem(record, fences) and attempts > 1:
                # most likely a change or its replication under way: plans are not to be made from half of it
                clock.sleep(_SECOND_LOOK_S)
                record, fences = patiently(clock, partial(read_state, aws, facts), attempts=attempts)
            view = replace(view, state=record, fence_problem=fence_problem(record, fences))
        except AwsError as error:
            view = replace(view, problem=error.message)
        try:
            return replace(view, object_rules=rules.result())
        except AwsError as error:
            return replace(view, object_problem=error.message)


def _api_problem(aws: Aws, facts: RegionalFacts, clock: Clock, attempts: int) -> str:
    """What is wrong with the routing layer; one bad answer is not held against it where there is time to ask again."""
    for _ in range(attempts - 1):
        if not api_state(aws, facts)[1]:
            return ""
        clock.sleep(_SECOND_LOOK_S)
    return api_state(aws, facts)[1]


def _unknown(settings: Settings) -> str:
    return f"no deployment named {settings.stack_name}"


def _with_object_problem(view: RegionView, other: RegionView) -> RegionView:
    """Judge this Region's replication rules, now that the other Region's bucket is known."""
    if view.object_rules is None or other.facts is None:
        return view
    bucket = other.facts.object_store_bucket
    if any(rule.destination_bucket == bucket for rule in view.object_rules):
        return view
    return replace(view, object_problem=f"no enabled replication rule to {bucket}")


def _state(record: Mapping[str, Any], facts: RegionalFacts) -> AppState:
    try:
        name = AppStateName(text(record, "state"))
    except ValueError as error:
        raise AwsError(
            f"The state record in {facts.app_config_table} in {facts.region} is unusable: {error}.",
            "Set the state by invoking the state function with Force (docs/runbook.md).",
        ) from error
    return AppState(
        state=name,
        writable_region=text(record, "writableRegion"),
        epoch=number(record, "epoch") or 0,
        updated_at=text(record, "updatedAt"),
        updated_by=text(record, "updatedBy"),
        reason=text(record, "reason"),
        previous_state=text(record, "previousState"),
    )
