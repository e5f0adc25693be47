"""Lambda functions: which exist, who may invoke them, and every invocation."""

from collections.abc import Callable
from typing import Any, NamedTuple

from ministack.services import apigateway_v1, lambda_svc
from ministack.services.cloudformation import provisioners

from mraa_local.engine.scope import account_id, region

Result = dict[str, Any]  # body, log, and error or throttle


class Outcome(NamedTuple):
    """How an invocation went: what the function answered, or why it could not be invoked."""

    result: Result
    problem: str


def exists(name: str | None) -> bool:
    """Whether a function of this name exists here."""
    return name in lambda_svc._functions


def is_known(name_or_arn: str) -> bool:
    """Whether a resource of a template that names a function names one that exists."""
    return provisioners._lambda_function_for_cfn_ref(name_or_arn)[0] is not None


def policy(name_or_arn: str, account_id: str, region: str) -> dict[str, Any] | None:
    """The function's resource policy, empty if it has none; None if the function does not exist."""
    record, _, _ = lambda_svc._get_func_record_for_ref_in_scope(name_or_arn, account_id=account_id, region=region)
    return None if record is None else record.get("policy") or {}


async def invoke(arn: str, event: dict[str, Any], account_id: str, region: str) -> Outcome:
    """Invoke the function as API Gateway does."""
    result, problem = await apigateway_v1._call_lambda_raw(arn, event, account_id=account_id, region=region)
    return Outcome(result or {}, str(problem or ""))


def stop_workers(name: str) -> None:
    """End the processes that run the function."""
    lambda_svc.invalidate_worker(name, account=account_id(), region=region())


def around_invocation(around: Callable[[str, Callable[[], Result]], Result]) -> None:
    """Have ``around(the function's ARN, go on)`` run every invocation."""
    execute = lambda_svc._execute_function

    def executed(function: dict[str, Any], event: Any) -> Result:
        arn = str((function.get("config") or function).get("FunctionArn", ""))
        return around(arn, lambda: execute(function, event))

    lambda_svc._execute_function = executed


def log_if(may_log: Callable[[str, str, str], bool]) -> None:
    """Write an invocation's log only if ``may_log(the function's ARN, its role's, the log group)`` says so."""
    write = lambda_svc._emit_lambda_logs

    def written(function: dict[str, Any], *arguments: Any, **named: Any) -> None:
        config = function.get("config") or function
        group = (config.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{config.get('FunctionName')}"
        if may_log(str(config.get("FunctionArn", "")), str(config.get("Role", "")), group):
            write(function, *arguments, **named)

    lambda_svc._emit_lambda_logs = written
