"""Deployments of APIs: hooks for their creation and deletion, and the parts of an API at that moment."""

from collections.abc import Callable
from typing import Any

from ministack.services import apigateway_v1 as v1

from mraa_local.engine.scope import Answer


def watch(created: Callable[[str, str], None], deleted: Callable[[str, str], None]) -> None:
    """Call with (API id, deployment id) for each that is created or deleted; all of an API's with the API."""
    create, delete_deployment, delete_api = v1._create_deployment, v1._delete_deployment, v1._delete_rest_api

    def create_deployment(api_id: str, data: dict[str, Any]) -> Answer:
        before = set(v1._deployments_v1.get(api_id, {}))
        answer: Answer = create(api_id, data)
        for deployment_id in set(v1._deployments_v1.get(api_id, {})) - before:
            created(api_id, deployment_id)
        return answer

    def drop_deployment(api_id: str, deployment_id: str) -> Answer:
        if any(stage.get("deploymentId") == deployment_id for stage in v1._stages_v1.get(api_id, {}).values()):
            message = "Active stages pointing to this deployment must be moved or deleted"
            refused: Answer = v1._v1_error("BadRequestException", message, 400)
            return refused
        deleted(api_id, deployment_id)
        answer: Answer = delete_deployment(api_id, deployment_id)
        return answer

    def drop_api(api_id: str) -> Answer:
        for deployment_id in list(v1._deployments_v1.get(api_id, {})):
            deleted(api_id, deployment_id)
        answer: Answer = delete_api(api_id)
        return answer

    v1._create_deployment, v1._delete_deployment, v1._delete_rest_api = create_deployment, drop_deployment, drop_api


def parts(api_id: str) -> dict[str, Any]:
    """The API's parts as they are now: resources, models, validators, binary media types. Not a copy."""
    return {
        "resources": v1._resources.get(api_id, {}),
        "models": v1._models.get(api_id, {}),
        "validators": v1._request_validators.get(api_id, {}),
        "binaryMediaTypes": v1._rest_apis[api_id].get("binaryMediaTypes") or [],
    }
