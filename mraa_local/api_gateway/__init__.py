"""API Gateway as our bodies use it: import in full, deployments as snapshots, DynamoDB, mock and proxy integrations."""

from mraa_local import service_roles
from mraa_local.api_gateway import access_log, call, control, deployments, execute, integrations, vtl

HOOKED: tuple[str, ...] = (
    *service_roles.HOOKED,
    *vtl.HOOKED,
    *call.HOOKED,
    *access_log.HOOKED,
    *deployments.HOOKED,
    *integrations.HOOKED,
    *execute.HOOKED,
    *control.HOOKED,
)


def install() -> None:
    """Replace the engine's import, data plane and snapshots."""
    deployments.install()
    execute.install()
    control.install()
