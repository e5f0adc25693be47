"""What a service does under a role that it was given: by a request to this cloud, with the role's keys.

So it is evaluated, refused, throttled and lost with its Region as anybody's request. To be called from a thread: the
request is served by the event loop.
"""

import functools
import hashlib
import hmac
from typing import Any

import botocore.config
import botocore.session
from botocore.exceptions import BotoCoreError, ClientError

from mraa_local import environment
from mraa_local.access.service_roles import ServiceRole
from mraa_local.engine import credentials
from mraa_local.engine.credentials import Keys
from mraa_local.engine.operations import model_name
from mraa_local.engine.scope import region

_TIMEOUT_S = 60


class CallFailed(Exception):
    """The call was refused or got no answer; ``code`` is the service's, empty if it did not come to an answer."""

    def __init__(self, message: str, code: str = "", status: int = 0) -> None:
        super().__init__(message)
        self.message, self.code, self.status = message, code, status


def call(role_arn: str, service: str, source_arn: str, of: str, operation: str, **parameters: Any) -> dict[str, Any]:
    """The result of an operation of the service ``of``, called by ``service`` for ``source_arn``; raises CallFailed.

    ``service`` is a principal such as ``scheduler.amazonaws.com``; the operation is named as in the API's model.
    """
    if not ServiceRole(role_arn, service, source_arn=source_arn).can_be_assumed():
        raise CallFailed(f"{service} is not authorized to assume the provided role {role_arn}", "AccessDeniedException")
    client = _client(of, region(), _session_of(role_arn, service.partition(".")[0], source_arn))
    method = client.meta.method_to_api_mapping
    name = next((python for python, api in method.items() if api == operation), "")
    if not name:
        raise CallFailed(f"{of} has no operation {operation}")
    try:
        result: dict[str, Any] = getattr(client, name)(**parameters)
    except ClientError as error:
        answered = error.response
        status = int(answered["ResponseMetadata"]["HTTPStatusCode"])
        raise CallFailed(answered["Error"].get("Message", ""), answered["Error"]["Code"], status) from error
    except BotoCoreError as error:  # parameters that the operation does not have, no answer
        raise CallFailed(str(error)) from error
    result.pop("ResponseMetadata", None)
    return result


def _session_of(role_arn: str, session_name: str, source_arn: str) -> Keys:
    """The keys of a session of the role, which nobody can guess; the same for the same source."""
    options = environment.current()
    if not options.auth:
        return Keys(options.access_key_id, options.secret_access_key, "")
    text = f"{role_arn} {session_name} {source_arn}"
    key_id, secret, token = (
        hmac.new(options.token.encode(), f"{part} {text}".encode(), hashlib.sha256).hexdigest()
        for part in ("key", "secret", "token")
    )
    keys = Keys(f"ASIA{key_id[:16].upper()}", secret, token)
    credentials.open_role_session(environment.ACCOUNT_ID, role_arn.rpartition("/")[2], session_name, keys)
    return keys


@functools.lru_cache(maxsize=256)
def _client(service: str, region_name: str, keys: Keys) -> Any:
    """Kept: one is slow to make, and the keys of a role session stay the same."""
    config = botocore.config.Config(
        retries={"total_max_attempts": 1}, connect_timeout=_TIMEOUT_S, read_timeout=_TIMEOUT_S,
        inject_host_prefix=False, proxies={},
    )  # fmt: skip
    return _session().create_client(
        model_name(service),
        region_name=region_name,
        endpoint_url=environment.current().endpoint,
        aws_access_key_id=keys.access_key_id,
        aws_secret_access_key=keys.secret_access_key,
        aws_session_token=keys.session_token or None,
        config=config,
    )


@functools.cache
def _session() -> botocore.session.Session:
    return botocore.session.get_session()
