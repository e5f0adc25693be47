"""API Gateway as our bodies use it: import in full, deployments as snapshots, DynamoDB, mock and proxy integrations."""

from mraa_local.api_gateway import deployments, execute, http_apis, imports


def install() -> None:
    """Replace the engine's import, data plane and snapshots."""
    deployments.install()
    execute.install()
    http_apis.install()
    imports.install()
