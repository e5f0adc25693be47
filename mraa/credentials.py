"""AWS credentials of each Region, under a deadline.

An assumed role's credentials come from an STS, and botocore asks the one of the first Region that is called: with that
Region lost, nothing could be asked in the other one either, for minutes. So each Region has a session of its own, whose
STS is that Region's; and whoever needs credentials waits for them no longer than a deadline, whatever provides them
(a `credential_process` may hang as well).
"""

import copy
import getpass
import threading
from collections.abc import Callable
from typing import Any

from botocore.config import Config
from botocore.exceptions import NoCredentialsError

from mraa.aws_errors import translated
from mraa.errors import CredentialsError, MraaError, UnreachableError

Session = Any  # botocore's
Credentials = Any  # botocore's

# time-outs of the calls that obtain credentials; botocore's own would be six minutes
_CALLS: dict[str, Any] = {"connect_timeout": 1, "read_timeout": 3, "retries": {"total_max_attempts": 2}}

# providers whose credentials an STS issues; those of all others are the same for every Region
_OF_STS = {"assume-role", "assume-role-with-web-identity"}


class _Request:
    """One attempt to get a Region's credentials, in a thread that nobody has to wait for."""

    def __init__(self) -> None:
        self.ended = threading.Event()
        self.is_loaded = False
        self.credentials: Credentials = None
        self.error: Exception | None = None


class RegionalCredentials:
    """Credentials by Region, each obtained once. ``session(region)`` returns the Region's own session."""

    def __init__(self, session: Callable[[str], Session], timeout_s: float) -> None:
        self._session = session
        self._timeout_s = timeout_s
        self._requests: dict[str, _Request] = {}
        self._lock = threading.Lock()
        # one at a time: a `credential_process` may ask a person, and is to do so once
        self._loading = threading.Lock()
        self._common: Credentials = None
        # assumed roles, by botocore's key: a one-time password cannot be used for a second Region
        self._roles: dict[str, Any] = {}
        self._with_password = threading.Lock()
        self._is_asking = threading.Event()

    def get(self, region: str) -> Credentials:
        """botocore's credentials for calls to ``region``.

        Raises CredentialsError if there are none or whatever provides them takes too long, and UnreachableError if the
        Region's STS does not answer.
        """
        with self._lock:
            request = self._requests.get(region)
            if request is None or (request.ended.is_set() and request.error):
                request = self._requests[region] = _Request()
                threading.Thread(target=self._run, args=(request, region), daemon=True).start()
        while not request.ended.wait(self._timeout_s):
            if self._is_asking.is_set():
                continue  # a person is typing
            if request.is_loaded:
                raise UnreachableError(
                    f"Getting AWS credentials from the STS in {region} failed: no answer within {self._timeout_s:g} s.",
                    "Check the network; if the Region is down, work from the other one.",
                )
            raise CredentialsError(
                f"No AWS credentials within {self._timeout_s:g} s: what provides them does not answer "
                "(`credential_process`, the instance's metadata, a sign-in).",
                "Run the profile's `credential_process` by itself, give another --profile, or allow more seconds with "
                "MRAA_CREDENTIALS_TIMEOUT.",
            )
        if isinstance(request.error, MraaError):
            # a copy: the same exception raised in two threads would mix up their tracebacks
            raise type(request.error)(request.error.message, request.error.hint) from request.error
        if request.error:
            raise request.error
        return request.credentials

    def _run(self, request: _Request, region: str) -> None:
        try:
            with translated("Getting AWS credentials", region):
                session = self._session(region)
                with self._loading:
                    found = self._load(session)
                request.is_loaded = True
                request.credentials = self._issued(session, found)
        except Exception as error:  # noqa: BLE001 - raised to whoever waits
            request.error = error
        finally:
            request.ended.set()

    def _load(self, session: Session) -> Credentials:
        """The session's credentials, not yet issued if an STS does that."""
        session.set_default_client_config(Config(**copy.deepcopy(_CALLS)))
        session.set_config_variable("sts_regional_endpoints", "regional")
        if self._common is not None:
            session.register_component("credential_provider", _Known(self._common))
            return session.get_credentials()
        roles = session.get_component("credential_provider").get_provider("assume-role")
        roles.cache, roles._prompter = self._roles, self._ask
        found = session.get_credentials()
        if found is None:
            raise NoCredentialsError()
        if found.method not in _OF_STS:
            self._common = found
        return found

    def _issued(self, session: Session, found: Credentials) -> Credentials:
        """Have an STS issue them now, so that it happens under the deadline and not in the middle of a call."""
        profiles = session.full_config.get("profiles", {})
        if found.method in _OF_STS and any("mfa_serial" in profile for profile in profiles.values()):
            with self._with_password:
                found.get_frozen_credentials()
        else:
            found.get_frozen_credentials()
        return found

    def _ask(self, prompt: str) -> str:
        self._is_asking.set()
        try:
            return getpass.getpass(prompt)
        finally:
            self._is_asking.clear()


class _Known:
    """A provider for a session: credentials that another session has loaded."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    def load_credentials(self) -> Credentials:
        return self._credentials
