"""EventBridge rules: those on a schedule, what may be put into them, and every delivery to a target.

Rules and targets are the engine's own dictionaries, in the words of PutRule and PutTargets.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from ministack.services import eventbridge, lambda_svc, sqs

from mraa_local.engine.scope import Answer, account_id, new_id, region

Rule = dict[str, Any]
Target = dict[str, Any]


class Place(NamedTuple):
    """Where a rule is: its account, its Region, its record, its targets."""

    account_id: str
    region: str
    rule: Rule
    targets: list[Target]


class Delivery(NamedTuple):
    """An event on its way from a rule to one of its targets; ``event`` as the target would get it whole."""

    target: Target
    rule: Rule
    event: str


def everywhere() -> Iterator[Place]:
    """The rules of every account and Region."""
    for (account, of_region, key), rule in list(eventbridge._rules.all_items()):
        yield Place(
            str(account), str(of_region), rule, list(eventbridge._targets.get_scoped(account, of_region, key, []))
        )


def before_put(check_rule: Callable[[Rule], Answer | None], check_target: Callable[[Target], Answer | None]) -> None:
    """Let these refuse a rule of PutRule, and each target of PutTargets."""
    put_rule, put_targets = eventbridge._put_rule, eventbridge._put_targets

    def checked_rule(request: dict[str, Any]) -> Answer:
        answer: Answer = check_rule(request) or put_rule(request)
        return answer

    def checked_targets(request: dict[str, Any]) -> Answer:
        for target in request.get("Targets") or ():
            if refused := check_target(target):
                return refused
        answer: Answer = put_targets(request)
        return answer

    eventbridge._put_rule, eventbridge._put_targets = checked_rule, checked_targets


def check_entries(problem: Callable[[dict[str, Any]], tuple[str, str]]) -> None:
    """Let PutEvents refuse each entry for which ``problem(entry)`` gives a code and a message."""
    put_events = eventbridge._put_events

    def checked(request: dict[str, Any], **options: Any) -> Answer:
        entries = request.get("Entries") or []
        problems = [problem(entry) for entry in entries]
        if not any(code for code, _ in problems):
            answer: Answer = put_events(request, **options)
            return answer
        good = [entry for entry, (code, _) in zip(entries, problems, strict=True) if not code]
        status, headers, body = put_events({**request, "Entries": good}, **options)
        if status != 200:
            return status, headers, body
        accepted = iter(json.loads(body)["Entries"])
        results = [{"ErrorCode": code, "ErrorMessage": text} if code else next(accepted) for code, text in problems]
        failed = sum("ErrorCode" in result for result in results)
        return status, headers, json.dumps({"FailedEntryCount": failed, "Entries": results}).encode()

    eventbridge._put_events = checked


def around_delivery(around: Callable[[Delivery, Callable[[], None]], None]) -> None:
    """Have ``around(delivery, go on)`` carry out every delivery to a target."""
    original = eventbridge._invoke_target

    def invoke_target(target: Target, event: Any, rule: Rule, view: Any = None) -> None:
        view = view or eventbridge._pattern_event_view(event)
        delivery = Delivery(target, rule, json.dumps(view.event_with_detail()))
        around(delivery, lambda: original(target, event, rule, view))

    eventbridge._invoke_target = invoke_target


def deliver_scheduled(place: Place, moment: float) -> None:
    """Send a rule's scheduled event to its targets, in its account and Region."""
    event = {
        "EventId": new_id(),
        "Source": "aws.events",
        "DetailType": "Scheduled Event",
        "Detail": "{}",
        "EventBusName": place.rule.get("EventBusName", "default"),
        "Time": moment,
        "Resources": [place.rule["Arn"]],
        "Account": account_id(),
        "Region": region(),
    }
    for target in place.targets:
        eventbridge._invoke_target(target, event, place.rule)


def invoke_functions_asynchronously() -> None:
    """Invoke functions as other asynchronous events do, with retries; the engine does so once."""

    def dispatch(arn: str, payload: str) -> None:
        record, config, _ = lambda_svc._get_func_record_for_ref(arn)
        if record and config:
            lambda_svc.invoke_async_with_retry(
                lambda_svc._execution_record_for_config(record, config), _parsed(payload)
            )

    eventbridge._dispatch_to_lambda = dispatch


def refusal(code: str, message: str, status: int = 400) -> Answer:
    """EventBridge's refusal of a request."""
    answer: Answer = eventbridge.error_response_json(code, message, status)
    return answer


def queue_lets_in(queue_arn: str, rule_arn: str) -> bool:
    """Whether the queue exists and its policy lets EventBridge send for the rule."""
    return bool(sqs.queue_policy_allows(queue_arn, "events.amazonaws.com", rule_arn, account_id()))


def keep_newest_events(events: int) -> None:
    """Forget all but the newest events that EventBridge got."""
    for log in eventbridge._events_log.all_values():
        del log[: max(0, len(log) - events)]


def _parsed(payload: str) -> Any:
    try:
        return json.loads(payload)
    except ValueError:
        return payload
