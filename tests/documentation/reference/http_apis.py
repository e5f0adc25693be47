"""The two REST APIs of each Region, from their OpenAPI bodies and the errors that the function's sources make."""

import ast
from collections.abc import Iterator, Mapping
from typing import Any

from mraa import names
from photos_api.http import BODY_LIMIT_BYTES, CONTENT_TYPES, LIMITS_BYTES, OBJECT_LIMIT_BYTES
from tests.documentation.reference.markdown import code, codes, document, table
from tests.documentation.reference.templates import rendered
from tests.local.deploying import CHECKOUT

APIS = {"RoutingLayerApi": "Routing layer", "PhotosApi": "Photos API"}
_ABOUT = """# HTTP APIs

Two REST APIs in each Region, at `https://{id}.execute-api.{region}.amazonaws.com/prod`; the ids are
[outputs](templates.md) of the stacks. Requests are signed with Signature Version 4 for the service `execute-api`
(`AWS_IAM`), but `OPTIONS`, which browsers send before. Answers are JSON, with `Cache-Control: no-store`; any origin may
read them, since the signature decides. [The photo sample](../architecture.md#the-photo-sample) says what requests and
answers contain.
"""
_ROUTING = """`GET /state/{appId}` reads the state record with strong consistency, without a function:

```json
{"state": "active", "writableRegion": "us-east-1", "epoch": 2, "updatedAt": "2026-11-30T09:59:02.979Z"}
```

An id that is not known is answered with `{}`; 503 with `Retry-After: 1` means that the state cannot be read right now.
"""
_ERRORS = """### Errors

The body of every other answer is `{"error": {"code": ..., "message": ..., "field": ...}}`. API Gateway's own (403 for a
signature, 503 for too many requests) has the same form, with its response type as the code.
"""


def page() -> str:
    """The whole page."""
    resources = rendered()[names.REGIONAL_TEMPLATE]["Resources"]
    routing, photos = (
        table(["method", "path", "operation", "signed", "answered by"], _operations(resources, api)) for api in APIS
    )
    limits = table(["field", "bytes"], ([code(name), f"1 to {most:,}"] for name, most in LIMITS_BYTES.items()))
    errors = table(
        ["status", "code", "message"], ([str(status), code(name), text] for status, name, text in errors_of())
    )
    body = (
        f"A body has at most {BODY_LIMIT_BYTES:,} bytes, an object {OBJECT_LIMIT_BYTES:,}; its `contentType` is one of "
        f"{codes(CONTENT_TYPES)}. Text is kept as it is sent, up to these lengths in UTF-8:"
    )
    titles = [f"## {title}" for title in APIS.values()]
    return document(_ABOUT, titles[0], routing, _ROUTING, titles[1], photos, body, limits, _ERRORS, errors)


def _operations(resources: Mapping[str, Any], api: str) -> Iterator[list[str]]:
    for path, methods in resources[api]["Properties"]["Body"]["paths"].items():
        for method, operation in methods.items():
            by = {"aws_proxy": "`PhotosFunction`", "aws": "DynamoDB", "mock": "API Gateway"}
            kind = operation["x-amazon-apigateway-integration"]["type"]
            signed = "yes" if operation.get("security") else "no"
            yield [code(method.upper()), code(path), code(operation.get("operationId", "")), signed, by[kind]]


def errors_of() -> list[tuple[int, str, str]]:
    """Status, code and message of every error that the photos API's sources make; ``...`` is filled in."""
    found = set()
    for path in sorted((CHECKOUT / "functions/photos_api").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "ApiError":
                status, name, text = (_text(argument) for argument in node.args[:3])
                found.add((int(status), name, text))
    return sorted(found)


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "..." for part in node.values)
    return "..."
