"""CloudFront distributions under a path, ``/_mraa/site/<host name>/``, for a browser on this machine.

The name is the distribution's domain (``d111.cloudfront.net``), or its id.

On AWS each has a host name of its own; here the names under ``localhost`` that the engine would use do not resolve on
every system. Everything behind the address is the engine's CloudFront: default root object, origin path, origin
access control with the bucket's policy, headers policy and error pages.
"""

from mraa_local import environment
from mraa_local.asgi import App, Receive, Scope, Send, answer, headers_of
from mraa_local.engine import application, distributions
from mraa_local.engine.scope import scope as request_scope
from mraa_local.engine.scope import set_client_ip

INSIDE = ("faults.door",)

PREFIX = "/_mraa/site/"


def wrap(app: App) -> App:
    """Serve what is under the path, leave the rest to ``app``."""

    async def with_sites(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(PREFIX):
            await _serve(scope, send)
        else:
            await app(scope, receive, send)

    return with_sites


async def _serve(scope: Scope, send: Send) -> None:
    name, slash, path = scope["path"].removeprefix(PREFIX).partition("/")
    with request_scope(environment.ACCOUNT_ID, environment.DEFAULT_REGION):
        distribution = distributions.find(name)
    if distribution is None or not distribution["enabled"]:
        await answer(scope, send, 404, f"The distribution {name!r} does not exist.\n", "text/plain")
        return
    if not slash:  # without it the page's relative addresses would miss
        await answer(scope, send, 301, "", "text/plain", [("location", f"{PREFIX}{name}/")])
        return
    raw_path = scope.get("raw_path") or scope["path"].encode()
    raw_uri = "/" + raw_path.decode("latin-1").partition("?")[0].removeprefix(f"{PREFIX}{name}/")
    query = scope.get("query_string", b"").decode("latin-1")
    client_ip = (scope.get("client") or ("127.0.0.1",))[0]
    # What never leaves this machine is as safe as HTTPS, so a policy of HTTPS only is met.
    headers = {**headers_of(scope), "x-forwarded-proto": "https"}
    with request_scope(environment.ACCOUNT_ID, environment.DEFAULT_REGION):
        set_client_ip(client_ip)
        application.set_secure_origin(client_ip)  # for the policies of the origin's bucket
        answered = await distributions.answer_viewer(
            distribution, scope["method"], f"/{path}", raw_uri, query, headers, client_ip
        )
    await application.send_answer(send, answered, is_head=scope["method"] == "HEAD")
