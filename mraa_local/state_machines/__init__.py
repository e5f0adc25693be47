"""State machines: their definitions are checked, and their tasks done under their role, in Regions that are up.

The engine does tasks without any permission, and takes any text for a definition. An execution whose Region is down
goes on at its next task when the Region is up again: a standard workflow keeps its place.
"""

import time
from typing import Any

from mraa_local import refusals, regions
from mraa_local.access.role_calls import CallFailed, call
from mraa_local.access.service_roles import ServiceRole
from mraa_local.engine import state_machines
from mraa_local.engine.scope import Answer, account_id, region
from mraa_local.engine.state_machines import Machine, TaskFailed
from mraa_local.state_machines import definitions, integrations

SERVICE = "states.amazonaws.com"
_POLL_S = 0.1
_NO_ROLE = (
    "Neither the global service principal states.amazonaws.com, nor the regional one is authorized to assume the "
    "provided role."
)


def install() -> None:
    """Check definitions; take the place of the engine's tasks."""
    state_machines.before_put(_refusal)
    state_machines.run_tasks_by(_run)


def _refusal(request: dict[str, Any]) -> Answer | None:
    if "definition" in request and (problems := definitions.problems(str(request["definition"]))):
        message = f"Invalid State Machine Definition: '{', '.join(problems)}'"
        return state_machines.refusal("InvalidDefinition", message)
    role = request.get("roleArn")
    if role and not ServiceRole(str(role), SERVICE, source_arn=_arn(request)).can_be_assumed():
        return state_machines.refusal("AccessDeniedException", _NO_ROLE)
    return None


def _arn(request: dict[str, Any]) -> str:
    named = f"arn:aws:states:{region()}:{account_id()}:stateMachine:{request.get('name', '')}"
    return str(request.get("stateMachineArn") or named)


def _run(machine: Machine, resource: str, given: Any) -> Any:
    integration = integrations.parse(resource)
    if integration is None:
        raise TaskFailed("States.Runtime", f"The local cloud does not support the resource {resource}.")
    try:
        parameters = integration.parameters(given)
    except ValueError as error:
        raise TaskFailed("States.Runtime", str(error)) from error
    while True:
        while regions.is_down(region()):
            time.sleep(_POLL_S)
        try:
            found = call(
                machine.role_arn, SERVICE, machine.arn, integration.service, integration.operation, **parameters
            )
            return integration.result(found)
        except CallFailed as failed:
            if not _was_lost(failed):
                raise TaskFailed(integration.error(failed.code), integration.cause(failed)) from failed


def _was_lost(failed: CallFailed) -> bool:
    """Whether the call was lost with its Region, which may be up again by now."""
    return regions.is_down(region()) or (failed.status, failed.code) == refusals.REGION_DOWN
