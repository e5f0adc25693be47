"""Requests that are sent without a client, answered by moto as those of clients are."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from moto import mock_aws
from moto.core.models import botocore_stubber

from mraa.aws import Aws

Answer = Callable[[AWSPreparedRequest], AWSResponse]


class MotoSession:
    """What ``Aws.http_session`` makes; ``answer`` stands before moto."""

    def __init__(self, answer: Answer | None = None) -> None:
        self.send = answer or from_moto


def from_moto(request: AWSPreparedRequest) -> AWSResponse:
    """moto's answer."""
    return botocore_stubber("before-send", request)


def install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every ``Aws`` send to moto."""

    def http_session(*_: Any, **__: Any) -> MotoSession:
        return MotoSession()

    monkeypatch.setattr(Aws, "http_session", http_session)


@contextmanager
def mocked(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    """The tool's clients and requests, with moto for AWS."""
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    install(monkeypatch)
    with mock_aws():
        yield Aws()
