"""Step Functions: what may be put as a state machine, and how the tasks of its executions are carried out."""

import contextvars
from collections.abc import Callable
from typing import Any, NamedTuple

from ministack.services import stepfunctions

from mraa_local.engine.scope import Answer


class Machine(NamedTuple):
    """The state machine of an execution: its ARN, and the role that it runs under."""

    arn: str
    role_arn: str


class TaskFailed(Exception):
    """A task fails with an error name, which retriers and catchers match, and a cause."""

    def __init__(self, error: str, cause: str) -> None:
        super().__init__(f"{error}: {cause}")
        self.error, self.cause = error, cause


_machine: contextvars.ContextVar[Machine] = contextvars.ContextVar("mraa_state_machine")


def run_tasks_by(run: Callable[[Machine, str, Any], Any]) -> None:
    """Let ``run(machine, resource, input)`` carry out each task, in the execution's thread; it may raise TaskFailed."""
    execute = stepfunctions._execute_task

    def execute_task(state: Any, given: Any, execution: dict[str, Any], context: Any) -> Any:
        started = execution["events"][0]["executionStartedEventDetails"]
        token = _machine.set(Machine(execution["stateMachineArn"], started["roleArn"]))
        try:
            return execute(state, given, execution, context)
        finally:
            _machine.reset(token)

    def invoke_resource(resource: str, given: Any) -> Any:
        try:
            return run(_machine.get(), resource, given)
        except TaskFailed as failed:
            raise stepfunctions._ExecutionError(failed.error, failed.cause) from failed

    stepfunctions._execute_task = execute_task
    stepfunctions._invoke_resource = invoke_resource


def before_put(check: Callable[[dict[str, Any]], Answer | None]) -> None:
    """Let ``check(request)`` refuse CreateStateMachine and UpdateStateMachine."""
    create, update = stepfunctions._create_state_machine, stepfunctions._update_state_machine
    stepfunctions._create_state_machine = lambda request: check(request) or create(request)
    stepfunctions._update_state_machine = lambda request: check(request) or update(request)


def refusal(code: str, message: str, status: int = 400) -> Answer:
    """Step Functions' refusal of a request."""
    answer: Answer = stepfunctions.error_response_json(code, message, status)
    return answer


def sdk_name(name: str) -> str:
    """The name that Step Functions has for a member of an API's answer."""
    return str(stepfunctions._api_name_to_sfn_key(name))


def sdk_error_prefix(service: str) -> str:
    """What the names of errors begin with that a service's SDK integration fails with."""
    return str(stepfunctions._AWS_SDK_ERROR_PREFIX.get(service, service.capitalize()))


def keep_newest(executions: int) -> None:
    """Forget all but the newest executions that have ended, over all Regions."""
    ended = [(key, of) for key, of in list(stepfunctions._executions.all_items()) if of["status"] != "RUNNING"]
    for (account, region, arn), _ in ended[: max(0, len(ended) - executions)]:
        stepfunctions._executions.pop_scoped(account, region, arn, None)
