"""One request on its way through a stage: what routing, integrations, gateway responses and logs know of it."""

import time
import urllib.parse
from dataclasses import dataclass, field
from typing import Any

from mraa_local.engine import stages
from mraa_local.engine.scope import client_ip, new_id
from mraa_local.engine.stages import Arrival, Deployed, Stage

_CALLER = (
    "accessKey", "accountId", "caller", "cognitoAuthenticationProvider", "cognitoAuthenticationType",
    "cognitoIdentityId", "cognitoIdentityPoolId", "principalOrgId", "user", "userArn",
)  # fmt: skip


@dataclass
class Call(Arrival):
    """A request to a stage; routing fills in the resource and the method."""

    stage: Stage = field(default_factory=dict)
    request_id: str = field(default_factory=new_id)
    started: float = field(default_factory=time.time)
    reached: Deployed = field(default_factory=lambda: Deployed({"id": "", "path": ""}, {}, {}))
    identity: dict[str, Any] = field(default_factory=dict)
    integration_status: str = ""
    integration_ms: int | None = None
    error: dict[str, str] = field(default_factory=dict)
    # what mapping templates override; the response template sees what the request template has set
    request_override: dict[str, Any] = field(default_factory=lambda: {"header": {}, "path": {}, "querystring": {}})
    response_override: dict[str, Any] = field(default_factory=lambda: {"header": {}})

    def __post_init__(self) -> None:
        # X-Forwarded-For is set by the client; the address is from the socket.
        self.identity = {
            **dict.fromkeys(_CALLER),
            "sourceIp": client_ip(),
            "userAgent": self.header("user-agent") or None,
        }

    def header(self, name: str) -> str:
        """A request header; an empty string if there is none."""
        return self.headers.get(name.lower(), "")

    def media_type(self) -> str:
        """The request's content type without parameters; API Gateway's default is JSON."""
        return (self.header("content-type") or "application/json").partition(";")[0].strip().lower()

    def identify(self) -> None:
        """Fill in the signed caller's identity, Cognito's parts of it too."""
        caller = stages.caller(self.headers, self.query)
        self.identity.update({name: caller.get(name) for name in _CALLER})

    def source_arn(self) -> str:
        """The method as resource policies of functions and trust policies of roles see it."""
        method = self.reached.method.get("httpMethod", self.http_method)
        return (
            f"arn:aws:execute-api:{self.region}:{self.account_id}:{self.api_id}/"
            f"{self.stage_name}/{'*' if method == 'ANY' else method}{self.reached.resource['path']}"
        )

    def params(self) -> dict[str, dict[str, str]]:
        """``$input.params()``: the request's parameters by place."""
        return {
            "path": self.reached.path_params,
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
            "resourceId": self.reached.resource["id"],
            "resourcePath": self.reached.resource["path"],
            "stage": self.stage_name,
            "requestOverride": self.request_override,
            "responseOverride": self.response_override,
        }

    def gateway_request(self) -> dict[str, Any]:
        """What the engine's gateway responses map from."""
        return {
            "api_id": self.api_id,
            "stage_name": self.stage_name,
            "stage": self.stage,
            "headers": self.headers,
            "query_params": self.query,
            "path_params": self.reached.path_params,
            "resource_path": self.reached.resource["path"],
            "request_id": self.request_id,
        }
