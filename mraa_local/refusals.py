"""Refusals in the words and the protocol of the service that was called, so that SDKs read them as AWS's."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape

# status and code with which a service throttles
_THROTTLED = {
    "dynamodb": (400, "ThrottlingException"),
    "s3": (503, "SlowDown"),
    "lambda": (429, "TooManyRequestsException"),
    "execute-api": (429, "TooManyRequestsException"),
    "apigateway": (429, "TooManyRequestsException"),
    "cognito-idp": (400, "TooManyRequestsException"),
    "cognito-identity": (400, "TooManyRequestsException"),
    "cloudformation": (400, "Throttling"),
    "iam": (400, "Throttling"),
    "sts": (400, "Throttling"),
    "monitoring": (400, "Throttling"),
    "logs": (400, "ThrottlingException"),
    "ssm": (400, "ThrottlingException"),
    "sqs": (403, "RequestThrottled"),
    "sns": (400, "Throttling"),
    "kinesis": (400, "ProvisionedThroughputExceededException"),
    "scheduler": (429, "ThrottlingException"),
    "secretsmanager": (400, "ThrottlingException"),
    "states": (400, "ThrottlingException"),
    "events": (400, "ThrottlingException"),
    "cloudfront": (400, "Throttling"),
}
# status and code of every service in a Region that is down
REGION_DOWN = (503, "ServiceUnavailable")
THROTTLEABLE = tuple(sorted(_THROTTLED))


@dataclass(frozen=True)
class Refusal:
    """A complete answer."""

    status: int
    body: str
    headers: tuple[tuple[str, str], ...]


def region_down(service: str, region: str, headers: Mapping[str, str]) -> Refusal:
    """What every service in a Region that is down answers."""
    return _refusal(service, *REGION_DOWN, f"{region} is down (a fault set on the local cloud).", headers)


def throttled(service: str, headers: Mapping[str, str]) -> Refusal:
    """What the service answers when it throttles."""
    status, code = _THROTTLED[service]
    return _refusal(service, status, code, "Rate exceeded (a fault set on the local cloud).", headers)


def unknown_service(service: str, headers: Mapping[str, str]) -> Refusal:
    """What is answered for a service that this cloud does not have."""
    return _refusal(service, 501, "NotImplemented", f"The local cloud does not support the service {service}.", headers)


def too_large(service: str, limit_bytes: int, headers: Mapping[str, str]) -> Refusal:
    """What is answered to a body that is larger than is read."""
    message = f"The request body is larger than the {limit_bytes:,} bytes that are read of it."
    if service == "s3":
        return _refusal(service, 400, "EntityTooLarge", message, headers)
    return _refusal(service, 413, "RequestEntityTooLarge", message, headers)


def not_utf8(service: str, headers: Mapping[str, str]) -> Refusal:
    """What services whose requests are JSON answer to other bytes."""
    return _refusal(service, 400, "SerializationException", "The request body is not UTF-8 text.", headers)


def undetermined(service: str, reason: str, headers: Mapping[str, str]) -> Refusal:
    """What is answered to a request of which it cannot be said what it needs."""
    message = f"The local cloud cannot determine the IAM action of this request, and so does not serve it: {reason}."
    return _refusal(service, 501, "NotImplemented", message, headers)


def denied_by_s3(headers: Mapping[str, str]) -> Refusal:
    """What S3 answers when the bucket's owner is not the expected one, or the caller may not know what is in it."""
    return _refusal("s3", 403, "AccessDenied", "Access Denied", headers)


def _refusal(service: str, status: int, code: str, message: str, headers: Mapping[str, str]) -> Refusal:
    body, content_type = _body(service, code, message, headers.get("content-type", ""))
    fields = [("content-type", content_type), ("x-amzn-errortype", code), ("x-amzn-requestid", "mraa-local")]
    if headers.get("smithy-protocol") == "rpc-v2-cbor":
        body, fields = "", [("content-type", "application/cbor"), ("smithy-protocol", "rpc-v2-cbor"), *fields[1:]]
    if "origin" in headers:  # only our own pages come this far; let them read that it was not the network
        fields += [("access-control-allow-origin", headers["origin"]), ("vary", "Origin")]
    return Refusal(status, body, tuple(fields))


def _body(service: str, code: str, message: str, asked_as: str) -> tuple[str, str]:
    error = f"<Code>{code}</Code><Message>{escape(message)}</Message>"
    if service == "s3":
        return f"<Error>{error}</Error>", "application/xml"
    if service == "cloudfront":
        return f"<ErrorResponse><Error>{error}</Error></ErrorResponse>", "text/xml"
    if asked_as.startswith("application/x-www-form-urlencoded"):  # the query protocol, in both its spellings
        return f"<Response><Errors><Error>{error}</Error></Errors></Response>", "text/xml"
    if service == "execute-api":
        return json.dumps({"message": message}), "application/json"
    return json.dumps({"__type": code, "message": message}), "application/x-amz-json-1.1"
