"""The API of an application of one's own, driven over HTTP by its description."""

import ipaddress
import time
import urllib.parse
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from mraa.applications.description import ApiRequest, DrillDescription
from mraa.aws import ApiAnswer, Aws, Clock
from mraa.errors import AwsError, UnreachableError
from mraa.recovery.models import Fate, RegionInfo
from mraa.recovery.regions.ids import uuid7
from mraa.recovery.retries import ATTEMPTS

_ABSENT = (404, 410)
_WORKERS = 8
_TIMEOUT_S = 10
_PAUSE_S = 0.5


class OwnApi:
    """``mraa.recovery.application.Workload`` for one application by its description."""

    def __init__(self, name: str, description: DrillDescription) -> None:
        self.name = name
        self.load = f"{description.write.method} {description.write.path} of {name}"
        self._description = description

    def problem(self, aws: Aws, info: RegionInfo) -> str:
        """What is wrong with the API in this Region; empty if it answers for a record that does not exist."""
        if refusal := self.refusal(info):
            return refusal
        try:
            answer = self._send(aws, info, self._description.read, uuid7(time.time()))
        except UnreachableError:
            return "no answer"
        return "" if _is_success(answer) or answer.status in _ABSENT else f"answers {_code(answer)}"

    def refusal(self, info: RegionInfo) -> str:
        """Why it cannot be driven there: it is not deployed, or its address is none."""
        application = info.applications.get(self.name)
        if application is None:
            return f"{self.name} is not deployed, or its parameter is unusable"
        output = self._description.url
        if output not in application.outputs:
            return f"{self.name} has no output {output}"
        return _refusal_of(application.outputs[output], f"the output {output} of {self.name}")

    def write(
        self, aws: Aws, info: RegionInfo, run_id: str, write_id: str, text: str, timeout_s: int
    ) -> tuple[Fate, str]:
        """One request; what is no clear answer of the API leaves the fate unknown."""
        answer = self._send(aws, info, self._description.write, write_id, timeout_s)
        if _is_success(answer):
            return Fate.ACKNOWLEDGED, ""
        is_refused = answer.status in self._description.refused and not _is_page(answer)
        return Fate.REFUSED if is_refused else Fate.UNKNOWN, _code(answer)

    def written_ids(
        self, aws: Aws, clock: Clock, info: RegionInfo, run_id: str, write_ids: Collection[str]
    ) -> frozenset[str]:
        """Each is asked for by itself, several at a time."""
        with ThreadPoolExecutor(_WORKERS) as pool:
            found = pool.map(partial(self._is_written, aws, clock, info), write_ids)
            return frozenset(write_id for write_id, is_there in zip(write_ids, found, strict=True) if is_there)

    def remove(
        self, aws: Aws, clock: Clock, info: RegionInfo, run_id: str, write_ids: Collection[str]
    ) -> frozenset[str]:
        """Each by itself, unless the first is refused: the Region that does not write refuses all."""
        first, *others = list(write_ids) or [""]
        if not first or not self._is_removed(aws, clock, info, first):
            return frozenset(write_ids)
        with ThreadPoolExecutor(_WORKERS) as pool:
            removed = pool.map(partial(self._is_removed, aws, clock, info), others)
            return frozenset(write_id for write_id, is_gone in zip(others, removed, strict=True) if not is_gone)

    def _is_written(self, aws: Aws, clock: Clock, info: RegionInfo, write_id: str) -> bool:
        answer = self._ask(aws, clock, info, self._description.read, write_id, _ABSENT)
        return answer.status not in _ABSENT

    def _is_removed(self, aws: Aws, clock: Clock, info: RegionInfo, write_id: str) -> bool:
        refused = self._description.refused
        answer = self._ask(aws, clock, info, self._description.remove, write_id, (*_ABSENT, *refused))
        return answer.status not in refused

    def _ask(
        self, aws: Aws, clock: Clock, info: RegionInfo, request: ApiRequest, write_id: str, also: Collection[int]
    ) -> ApiAnswer:
        """The answer to a request that may be sent again; AwsError unless it succeeds or has a status of ``also``."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                answer = self._send(aws, info, request, write_id)
            except UnreachableError:
                if attempt == ATTEMPTS:
                    raise
            else:
                if _is_success(answer) or (answer.status in also and not _is_page(answer)):
                    return answer
            clock.sleep(_PAUSE_S * attempt)
        path = request.path.replace("{id}", write_id)
        raise AwsError(
            f"{request.method} {path} of {self.name} in {info.region} answers {_code(answer)}.",
            "See the API's and the function's logs in this Region.",
            code=str(answer.status),
        )

    def _send(
        self, aws: Aws, info: RegionInfo, request: ApiRequest, write_id: str, timeout_s: int = _TIMEOUT_S
    ) -> ApiAnswer:
        if refusal := self.refusal(info):
            raise AwsError(f"{info.region}: {refusal}.", f"See the outputs of {self.name}.")
        url = info.applications[self.name].outputs[self._description.url].rstrip("/")
        return aws.request(
            request.method,
            url + request.path.replace("{id}", write_id),
            info.region,
            _filled(request.body, write_id),
            headers=self._description.headers,
            is_signed=self._description.is_signed,
            timeout_s=timeout_s,
        )


def _refusal_of(url: str, what: str) -> str:
    """What is wrong with an API's address: it must be encrypted, unless it does not leave this machine."""
    try:
        place = urllib.parse.urlsplit(url)
        is_plain = bool(place.hostname) and not (place.username or place.query or place.fragment)
        is_safe = place.scheme == "https" or (place.scheme == "http" and _is_loopback(place.hostname or ""))
        is_url = is_plain and (place.port is None or place.port > 0)
    except ValueError:  # a port that is no number, a broken IPv6 address
        return f"{what} is no URL"
    if not is_url or place.scheme not in ("http", "https"):
        return f"{what} is no URL of an API"
    return "" if is_safe else f"{what} is not encrypted: it must begin with https://"


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_page(answer: ApiAnswer) -> bool:
    """True for a web page: of a proxy, or of a network that requires a sign-in, and not the API's."""
    return "html" in answer.kind


def _is_success(answer: ApiAnswer) -> bool:
    return 200 <= answer.status < 300 and not _is_page(answer)


def _code(answer: ApiAnswer) -> str:
    """What an answer says, in a word or two: a code of the API's own, or the status."""
    if _is_page(answer):
        return f"{answer.status} with a web page"
    if 300 <= answer.status < 400:
        return f"{answer.status}, a redirection, which is not followed"
    error = answer.body.get("error") if isinstance(answer.body, dict) else None
    code = error.get("code") if isinstance(error, dict) else None
    return code[:60] if isinstance(code, str) and code else str(answer.status)


def _filled(body: Any, write_id: str) -> Any:
    """The body with the id wherever a text has ``{id}``."""
    if isinstance(body, dict):
        return {key: _filled(value, write_id) for key, value in body.items()}
    if isinstance(body, list):
        return [_filled(value, write_id) for value in body]
    return body.replace("{id}", write_id) if isinstance(body, str) else body
