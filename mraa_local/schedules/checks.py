"""What EventBridge Scheduler refuses of a schedule; the engine takes anything."""

from collections.abc import Mapping
from typing import Any

from mraa_local import constraints
from mraa_local.access.service_roles import ServiceRole
from mraa_local.engine import operations, schedules
from mraa_local.engine.scope import Answer, region
from mraa_local.schedules import targets
from mraa_local.schedules.expressions import parse

_NO_ROLE = "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."


def refusal_of_schedule(request: dict[str, Any]) -> Answer | None:
    """The refusal of CreateSchedule or UpdateSchedule; None for a schedule that can be put."""
    if problem := constraints.problem(operations.service_model("scheduler").operation_model("CreateSchedule"), request):
        return schedules.refusal("ValidationException", problem)
    try:
        _check_times(request)
        _check_target(request["Target"], str(request.get("GroupName") or "default"))
    except ValueError as error:
        return schedules.refusal("ValidationException", str(error))
    return None


def _check_times(request: Mapping[str, Any]) -> None:
    expression = str(request.get("ScheduleExpression") or "")
    zone = str(request.get("ScheduleExpressionTimezone") or "UTC")
    try:
        parse(expression, zone)
    except LookupError:
        raise ValueError("The provided timezone is not supported.") from None
    except ValueError:
        raise ValueError(f"Invalid Schedule Expression {expression}.") from None
    mode, minutes = (request["FlexibleTimeWindow"].get(name) for name in ("Mode", "MaximumWindowInMinutes"))
    if mode == "FLEXIBLE" and minutes is None:
        raise ValueError("FlexibleTimeWindow.MaximumWindowInMinutes is required for the FLEXIBLE mode.")
    if mode == "OFF" and minutes is not None:
        raise ValueError("FlexibleTimeWindow.MaximumWindowInMinutes must not be set for the OFF mode.")
    start, end = (schedules.seconds_of_date(request.get(name)) for name in ("StartDate", "EndDate"))
    if start is not None and end is not None and start >= end:
        raise ValueError("The StartDate must be before the EndDate.")


def _check_target(target: Mapping[str, Any], group: str) -> None:
    targets.check(target)
    role = ServiceRole(str(target.get("RoleArn") or ""), targets.SERVICE, source_arn=targets.group_arn(group))
    if not role.can_be_assumed():
        raise ValueError(_NO_ROLE)
    queue = targets.dead_letters(target)
    if queue and not queue.startswith(f"arn:aws:sqs:{region()}:"):
        raise ValueError("DeadLetterConfig.Arn must be a queue of this Region.")
