"""Deployments as snapshots: a stage serves the API as it was when its deployment was made.

The engine serves the API as it is now, so a forgotten new deployment would only show on AWS.
"""

import copy
from typing import Any

from ministack.core.responses import AccountRegionScopedDict
from ministack.services import apigateway_v1 as v1

HOOKED = tuple(
    f"ministack.services.apigateway_v1.{name}"
    for name in (
        "_create_deployment", "_delete_deployment", "_delete_rest_api", "_deployments_v1", "_models",
        "_request_validators", "_resources", "_rest_apis", "_stages_v1", "_v1_error", "get_state",
        "load_persisted_state", "reset",
    )
)  # fmt: skip

_STATE_KEY = "mraa_deployed_apis"
_deployed = AccountRegionScopedDict()  # (API id, deployment id) -> snapshot


def deployed(api_id: str, deployment_id: str) -> dict[str, Any] | None:
    """The snapshot a stage serves: ``resources``, ``models``, ``validators``, ``binaryMediaTypes``."""
    snapshot: dict[str, Any] | None = _deployed.get((api_id, deployment_id))
    return snapshot


def install() -> None:
    """Take a snapshot with each deployment, drop it with the deployment, keep it with the persisted state."""
    create, delete_deployment, delete_api = v1._create_deployment, v1._delete_deployment, v1._delete_rest_api
    get_state, load_state, reset = v1.get_state, v1.load_persisted_state, v1.reset

    def create_deployment(api_id: str, data: dict[str, Any]) -> Any:
        before = set(v1._deployments_v1.get(api_id, {}))
        answer = create(api_id, data)
        for deployment_id in set(v1._deployments_v1.get(api_id, {})) - before:
            _deployed[(api_id, deployment_id)] = _snapshot(api_id)
        return answer

    def drop_deployment(api_id: str, deployment_id: str) -> Any:
        if any(stage.get("deploymentId") == deployment_id for stage in v1._stages_v1.get(api_id, {}).values()):
            return v1._v1_error(
                "BadRequestException",
                "Active stages pointing to this deployment must be moved or deleted",
                400,
            )
        _deployed.pop((api_id, deployment_id), None)
        return delete_deployment(api_id, deployment_id)

    def drop_api(api_id: str) -> Any:
        for key in [key for key in _deployed if key[0] == api_id]:
            del _deployed[key]
        return delete_api(api_id)

    def state() -> dict[str, Any]:
        return {**get_state(), _STATE_KEY: copy.deepcopy(_deployed)}

    def load(data: dict[str, Any]) -> None:
        if data:
            _deployed.update(data.get(_STATE_KEY, {}))
        load_state(data)

    def forget() -> None:
        _deployed.clear()
        reset()

    v1._create_deployment, v1._delete_deployment, v1._delete_rest_api = create_deployment, drop_deployment, drop_api
    v1.get_state, v1.load_persisted_state, v1.reset = state, load, forget


def _snapshot(api_id: str) -> dict[str, Any]:
    return copy.deepcopy(
        {
            "resources": v1._resources.get(api_id, {}),
            "models": v1._models.get(api_id, {}),
            "validators": v1._request_validators.get(api_id, {}),
            "binaryMediaTypes": v1._rest_apis[api_id].get("binaryMediaTypes") or [],
        }
    )
