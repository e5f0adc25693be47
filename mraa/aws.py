"""The one place that makes botocore clients, calls AWS with retries, and signs API requests.

Only the mechanics live here. Which calls to make is the business of ``stacks``, ``recovery`` and ``release``.
"""

import copy
import functools
import json
import os
import re
import socket
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ProfileNotFound
from botocore.httpsession import URLLib3Session
from botocore.paginate import Paginator, PaginatorModel
from botocore.parsers import ResponseParserError
from botocore.utils import get_environ_proxies

from mraa import answers, connections, names, service_models
from mraa.aws_errors import translated
from mraa.credentials import RegionalCredentials
from mraa.errors import AwsError, UnreachableError, UsageError
from mraa.partitions import url_suffix

Client = Any  # botocore makes its clients at run time
T = TypeVar("T")

API_URL_DEFAULT = "https://{id}.execute-api.{region}.{suffix}"
OBJECT_URL_DEFAULT = "https://{id}.s3.{region}.{suffix}"
SITE_URL_DEFAULT = "https://{id}"
_API_HOST = re.compile(r"([a-z0-9]+)\.execute-api\.([a-z0-9-]+)\.[a-z.]+")

# S3's codes for an object that does not exist: of GET, and of HEAD, whose answer has no body with a code
OBJECT_NOT_THERE = frozenset({"404", "NoSuchKey", "NotFound"})

# of every AWS service, of S3, and of S3 through CloudFront
_REQUEST_ID_HEADERS = {"x-amzn-requestid", "x-amz-request-id", "x-amz-id-2"}

# botocore's settings by how long a call may wait for an answer
_FAST: dict[str, Any] = {"connect_timeout": 1, "read_timeout": 2, "retries": {"total_max_attempts": 1}}
_PATIENT: dict[str, Any] = {
    "connect_timeout": 5,
    "read_timeout": 60,
    "retries": {"mode": "standard", "max_attempts": 5},
}
# GetCallerIdentity, the first call of most verbs: without an answer, the user should know within half a minute
_QUESTION: dict[str, Any] = {**_PATIENT, "read_timeout": 10, "retries": {"mode": "standard", "total_max_attempts": 3}}

# a sign-in in a browser or a slow `credential_process` may take this long
CREDENTIALS_TIMEOUT_S = 30.0

# throttled calls get more attempts than unanswered ones, which take up to three seconds each
THROTTLED_ATTEMPTS = 5
_RETRY_PAUSE_S = 0.2
_THROTTLING_CODES = {
    "429",  # the answer to a HEAD has no body to name the error in
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
}


@dataclass(frozen=True)
class ApiAnswer:
    """What an HTTP API answered: status code, the parsed JSON body (``None`` if it is not JSON) and its media type."""

    status: int
    body: Any
    kind: str = ""


@dataclass(frozen=True)
class Clock:
    """Time as an argument; tests pass their own."""

    now: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


CLOCK = Clock()


class Aws:
    """botocore clients for any Region, made once each, and signed requests to the deployed APIs.

    Each Region has a session of its own and so its own credentials; nobody waits longer than ``credentials_timeout_s``
    for them.

    Honours the AWS profile, credential and ``AWS_ENDPOINT_URL`` conventions. ``MRAA_API_URL`` and
    ``MRAA_OBJECT_URL`` (templates with ``{id}`` and ``{region}``) say where APIs and buckets answer, ``MRAA_SITE_URL``
    (with ``{id}``, a distribution's host name) where CloudFront does.
    """

    def __init__(self, profile: str = "", *, credentials_timeout_s: float = CREDENTIALS_TIMEOUT_S) -> None:
        connections.install()
        self._profile = profile
        self._listeners: list[Callable[..., None]] = []
        self._sessions: dict[str, Any] = {}
        self._clients: dict[tuple[str, str, bool], Client] = {}
        self._sessions_lock, self._lock = threading.Lock(), threading.Lock()
        self._credentials = RegionalCredentials(self._session, credentials_timeout_s)
        self._session("")  # a profile that does not exist is refused before anything else
        self._api_url = _url_template("MRAA_API_URL", API_URL_DEFAULT)
        self._object_url = _url_template("MRAA_OBJECT_URL", OBJECT_URL_DEFAULT)
        self._site_url = _url_template("MRAA_SITE_URL", SITE_URL_DEFAULT)

    def on_call(self, listener: Callable[[str, str, str], None]) -> None:
        """Report every call before it is sent: service, operation, Region. Only of clients made from now on."""

        def told(model: Any, context: Any, **_: Any) -> None:
            listener(model.service_model.service_name, model.name, context["client_region"])

        with self._sessions_lock:
            self._listeners.append(told)
            for session in self._sessions.values():
                session.register("before-call", told)

    def client(self, service: str, region: str, *, fast: bool = False) -> Client:
        """A client for ``service`` in ``region``; ``fast`` gives up within about two seconds and never retries."""
        key = (service, region, fast)
        if key not in self._clients:
            self._credentials.get(region)  # outside the lock: a Region without any must not hold up the other one
            with self._lock, translated(f"Making a client for {service}", region):
                # botocore's sessions are not thread-safe, its clients are
                if key not in self._clients:
                    # a copy: botocore adds what AWS_RETRY_MODE and the like say to it
                    config = Config(**copy.deepcopy(_FAST if fast else _QUESTION if service == "sts" else _PATIENT))
                    self._clients[key] = self._session(region).create_client(service, config=config)
        return self._clients[key]

    def _session(self, region: str) -> Any:
        """The Region's own botocore session."""
        # takes a fifth of a second, which help and usage errors need not wait for
        from botocore.session import Session

        with self._sessions_lock:
            if region in self._sessions:
                return self._sessions[region]
            try:
                session = Session(profile=self._profile or None)
                session.get_scoped_config()  # reads the profile
                session.register_component(
                    "data_loader", service_models.loader(session.get_config_variable("data_path"))
                )
                if region:
                    session.set_config_variable("region", region)
            except ProfileNotFound as error:
                raise UsageError(
                    f"The AWS profile {self._profile or os.environ.get('AWS_PROFILE', '')!r} does not exist.",
                    "See `aws configure list-profiles`.",
                ) from error
            except BotoCoreError as error:
                raise UsageError(f"The AWS settings cannot be read: {error}.", "Fix the file.") from error
            session.register("before-parse", refuse_strangers)
            session.register("after-call", answers.refuse_misshapen)
            for told in self._listeners:
                session.register("before-call", told)
            self._sessions[region] = session
            return session

    def credentials(self, region: str) -> Any:
        """botocore's credentials for calls to ``region``; CredentialsError, or UnreachableError, if there are none."""
        return self._credentials.get(region)

    def http_session(self, region: str, url: str, timeout_s: Any, *, connections: int = 1) -> Any:
        """What sends signed requests to ``url`` as botocore's clients do: their proxies, certificates, connections."""
        return URLLib3Session(
            verify=self._session(region).get_config_variable("ca_bundle") or True,
            proxies=get_environ_proxies(url),
            timeout=timeout_s,
            max_pool_connections=connections,
            # headers and body are two packets, and the second must not wait until the first is acknowledged
            socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],
        )

    def account_id(self, region: str) -> str:
        """The caller's account id: the first call of most verbs, which checks the credentials."""
        return str(call(self.client("sts", region).get_caller_identity, "Asking AWS who is calling", region)["Account"])

    def api_url(self, api_id: str, region: str) -> str:
        """Base URL of a deployed REST API, stage included, no trailing slash."""
        return _filled("MRAA_API_URL", self._api_url, api_id, region) + "/" + names.STAGE

    def object_url(self, bucket: str, region: str) -> str:
        """Base URL of a bucket, no trailing slash."""
        return _filled("MRAA_OBJECT_URL", self._object_url, bucket, region)

    def site_url(self, console_url: str) -> str:
        """The address of the site for a browser; ``console_url`` is the web app stack's output."""
        return _filled("MRAA_SITE_URL", self._site_url, urllib.parse.urlsplit(console_url).netloc, "")

    def api_request(
        self, method: str, region: str, api_id: str, path: str, body: Any = None, *, timeout_s: int = 10
    ) -> ApiAnswer:
        """Send one signed request (no retries) to a deployed API and return its answer, errors included.

        ``path`` is ``state/<appId>``, already quoted, with its query if it has one. Raises UnreachableError when
        nothing answered and CredentialsError without credentials.
        """
        return self.request(method, f"{self.api_url(api_id, region)}/{path}", region, body, timeout_s=timeout_s)

    def request(
        self,
        method: str,
        url: str,
        region: str,
        body: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        is_signed: bool = True,
        timeout_s: int = 10,
    ) -> ApiAnswer:
        """Send one request with a JSON body (no retries) to any URL; a redirection is an answer and is not followed.

        Signed for API Gateway in ``region`` unless ``is_signed`` is False. Raises what ``api_request`` does.
        """
        url = self._reachable(url)
        data = None if body is None else json.dumps(body).encode()
        sent = {**({"Content-Type": "application/json"} if data is not None else {}), **(headers or {})}
        with translated(f"{method} {urllib.parse.urlsplit(url).path}", region):
            request = AWSRequest(method=method, url=url, data=data, headers=sent)
            if is_signed:
                credentials = self.credentials(region)
                SigV4Auth(credentials.get_frozen_credentials(), "execute-api", region).add_auth(request)
            answer = self.http_session(region, url, timeout_s).send(request.prepare())
        kind = str(answer.headers.get("Content-Type", "")).partition(";")[0].strip().lower()
        try:
            return ApiAnswer(answer.status_code, json.loads(answer.content), kind)
        except (ValueError, RecursionError):
            return ApiAnswer(answer.status_code, None, kind)

    def _reachable(self, url: str) -> str:
        """The URL; one of API Gateway's own where ``MRAA_API_URL`` says that APIs answer."""
        if self._api_url == API_URL_DEFAULT:
            return url
        place = urllib.parse.urlsplit(url)
        if not (of := _API_HOST.fullmatch(place.netloc)):
            return url
        query = f"?{place.query}" if place.query else ""
        return _filled("MRAA_API_URL", self._api_url, of[1], of[2]) + place.path + query


def _url_template(variable: str, default: str) -> str:
    """The variable's template, refused here if it makes no URL: the first request would be too late."""
    if not (template := os.environ.get(variable)):
        return default
    try:
        url = urllib.parse.urlsplit(_filled(variable, template, "id", "us-east-1"))
        is_url = url.scheme in ("http", "https") and bool(url.hostname) and (url.port is None or url.port > 0)
    except ValueError:  # a port that is no number, or out of range
        is_url = False
    if not is_url:
        raise UsageError(
            f"{variable} is {template!r}, not a URL such as http://127.0.0.1:4566/{{id}}.", f"Fix or unset {variable}."
        )
    return template


def _filled(variable: str, template: str, name: str, region: str) -> str:
    suffix = url_suffix(region) if "{suffix}" in template else ""
    try:
        return template.format(id=name, region=region, suffix=suffix)
    except (KeyError, IndexError, ValueError) as error:
        raise UsageError(
            f"{variable} {template!r} is not a URL template with {{id}} and optionally {{region}}.", f"Fix {variable}."
        ) from error


def call(
    operation: Callable[..., T], doing: str, region: str, *, attempts: int = 1, clock: Clock = CLOCK, **arguments: Any
) -> T:
    """Call one method of a botocore client and translate what it raises; ``doing`` begins the message of an error.

    Tried ``attempts`` times in all where nothing answers, and, with more than one, again where it is throttled.
    """
    for attempt in range(1, max(attempts, THROTTLED_ATTEMPTS) if attempts > 1 else 1):
        try:
            with translated(doing, region):
                return answers.asked(operation, f"{doing} in {region}", arguments)
        except AwsError as error:
            if not is_transient(error) or (isinstance(error, UnreachableError) and attempt >= attempts):
                raise
        clock.sleep(_RETRY_PAUSE_S * attempt)
    with translated(doing, region):
        return answers.asked(operation, f"{doing} in {region}", arguments)


def pages(
    client: Client,
    operation: str,
    doing: str,
    region: str,
    *,
    attempts: int = 1,
    clock: Clock = CLOCK,
    **arguments: Any,
) -> Iterator[Any]:
    """Every page of an operation, each one requested by ``call``; ``operation`` is the name of the client's method.

    botocore knows each operation's tokens. ``client.get_paginator`` would end the listing at a page that failed.
    """
    name = client.meta.method_to_api_mapping[operation]
    service = client.meta.service_model
    method = functools.partial(call, getattr(client, operation), doing, region, attempts=attempts, clock=clock)
    rules = _page_rules(service.service_name, name)
    with translated(doing, region):  # botocore refuses a token that it has just had
        yield from Paginator(method, rules, service.operation_model(name)).paginate(**arguments)


def is_transient(error: AwsError) -> bool:
    """True for what may be gone in a moment: no answer, a 5xx, throttling."""
    return isinstance(error, UnreachableError) or is_throttled(error)


def is_throttled(error: AwsError) -> bool:
    """True if AWS answered that there were too many calls."""
    return error.code in _THROTTLING_CODES


_NOT_IN_BOTOCORE: dict[str, Mapping[str, Any]] = {
    "DescribeStackResourceDrifts": {
        "input_token": "NextToken",
        "output_token": "NextToken",
        "result_key": "StackResourceDrifts",
    }
}


@functools.cache
def _page_rules(service: str, operation: str) -> Mapping[str, Any]:
    rules = _NOT_IN_BOTOCORE.get(operation)
    return rules or PaginatorModel(
        service_models.loader(None).load_service_model(service, "paginators-1")
    ).get_paginator(operation)


def refuse_strangers(response_dict: Mapping[str, Any], **_: Any) -> None:
    """Refuse an answer that AWS did not send: from another program at the endpoint, or a proxy's sign-in page.

    botocore would return a success as an answer without any fields, and a redirection as a refusal by AWS. 5xx is left
    to it: a proxy that reaches nobody says so in HTML, too.
    """
    headers = {str(name).lower(): str(value) for name, value in response_dict["headers"].items()}
    if response_dict["status_code"] >= 500 or _REQUEST_ID_HEADERS.intersection(headers):
        return
    if "html" in headers.get("content-type", ""):
        raise ResponseParserError("it is a web page, as of a network that requires a sign-in")
    if response_dict["status_code"] < 400:
        raise ResponseParserError("it carries no request id of AWS")
