"""Deployments as snapshots: a stage serves the API as it was when its deployment was created.

The engine serves the API as it is now, so a forgotten new deployment would only show on AWS.
"""

import copy
from typing import Any

from mraa_local.engine import deployments, stores

_STATE = "mraa_deployed_apis"
_deployed = stores.new_store()  # (API id, deployment id) -> snapshot


def deployed(api_id: str, deployment_id: str) -> dict[str, Any] | None:
    """The snapshot a stage serves: ``resources``, ``models``, ``validators``, ``binaryMediaTypes``."""
    snapshot: dict[str, Any] | None = _deployed.get((api_id, deployment_id))
    return snapshot


def install() -> None:
    """Take a snapshot with each deployment, drop it with the deployment, keep it with the persisted state."""
    deployments.watch(_take, _drop)
    stores.keep_with_apis(_STATE, _deployed)


def _take(api_id: str, deployment_id: str) -> None:
    _deployed[(api_id, deployment_id)] = copy.deepcopy(deployments.parts(api_id))


def _drop(api_id: str, deployment_id: str) -> None:
    _deployed.pop((api_id, deployment_id), None)
