"""One request on its way through a stage: what routing, integrations, gateway responses and logs know of it."""

import time
import urllib.parse
from dataclasses import dataclass, field
from typing import Any

from ministack.core.responses import get_request_client_ip, new_uuid
from ministack.services import apigateway_v1 as v1

HOOKED = (
    "ministack.core.responses.get_request_client_ip",
    "ministack.services.apigateway_v1._iam_caller_identity",
)

Answer = tuple[int, dict[str, Any], bytes]

_CALLER = (
    "accessKey", "accountId", "caller", "cognitoAuthenticationProvider", "cognitoAuthenticationType",
    "cognitoIdentityId", "cognitoIdentityPoolId", "principalOrgId", "user", "userArn",
)  # fmt: skip


@dataclass
class Call:
    """A request to a stage; the routing fills in resource and method."""

    api_id: str
    stage_name: str
    stage: dict[str, Any]
    http_method: str
    path: str
    headers: dict[str, str]
    query: dict[str, list[str]]
    body: bytes
    account_id: str
    region: str
    request_id: str = field(default_factory=new_uuid)
    started: float = field(default_factory=time.time)
    resource_id: str = ""
    resource_path: str = ""
    path_params: dict[str, str] = field(default_factory=dict)
    method: dict[str, Any] = field(default_factory=dict)
    identity: dict[str, Any] = field(default_factory=dict)
    integration_status: str = ""
    integration_ms: int | None = None
    error: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # X-Forwarded-For is what the client says; the address is what the socket says.
        self.identity = {
            **dict.fromkeys(_CALLER),
            "sourceIp": get_request_client_ip(),
            "userAgent": self.header("user-agent") or None,
        }

    def header(self, name: str) -> str:
        """A request header; an empty string where there is none."""
        return self.headers.get(name.lower(), "")

    def media_type(self) -> str:
        """The request's content type without parameters; API Gateway's default is JSON."""
        return (self.header("content-type") or "application/json").partition(";")[0].strip().lower()

    def identify(self) -> None:
        """Fill in the signed caller's identity, Cognito's parts of it too."""
        caller = v1._iam_caller_identity(self.headers, self.query) or {}
        self.identity.update({name: caller.get(name) for name in _CALLER})

    def source_arn(self) -> str:
        """The method as resource policies of functions and trust policies of roles see it."""
        method = self.method.get("httpMethod", self.http_method)
        return (
            f"arn:aws:execute-api:{self.region}:{self.account_id}:{self.api_id}/"
            f"{self.stage_name}/{'*' if method == 'ANY' else method}{self.resource_path}"
        )

    def params(self) -> dict[str, dict[str, str]]:
        """``$input.params()``: the request's parameters by place."""
        return {
            "path": self.path_params,
            "querystring": {name: values[-1] for name, values in self.query.items()},
            "header": self.headers,
        }

    def context(self) -> dict[str, Any]:
        """``$context`` as mapping templates and access logs see it."""
        moment = time.gmtime(self.started)
        return {
            "accountId": self.account_id,
            "apiId": self.api_id,
            "deploymentId": self.stage.get("deploymentId", ""),
            "extendedRequestId": self.request_id,
            "httpMethod": self.http_method,
            "identity": {key: value for key, value in self.identity.items() if value is not None},
            # as it was sent: a quote in it must not break a log line of JSON
            "path": urllib.parse.quote(f"/{self.stage_name}{self.path}", safe="/:@!$&'()*+,;=~"),
            "protocol": "HTTP/1.1",
            "requestId": self.request_id,
            "requestTime": time.strftime("%d/%b/%Y:%H:%M:%S +0000", moment),
            "requestTimeEpoch": int(self.started * 1000),
            "resourceId": self.resource_id,
            "resourcePath": self.resource_path,
            "stage": self.stage_name,
            "requestOverride": {"header": {}, "path": {}, "querystring": {}},
            "responseOverride": {"header": {}},
        }

    def gateway_request(self) -> dict[str, Any]:
        """What the engine's gateway responses map from."""
        return {
            "api_id": self.api_id,
            "stage_name": self.stage_name,
            "stage": self.stage,
            "headers": self.headers,
            "query_params": self.query,
            "path_params": self.path_params,
            "resource_path": self.resource_path,
            "request_id": self.request_id,
        }
