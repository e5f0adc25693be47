"""The account, the Region and the caller's address of the request that is being served."""

from contextlib import AbstractContextManager
from typing import Any

from ministack.core import responses

Answer = tuple[int, dict[str, Any], Any]  # status, headers, body: what every function of the engine answers


def account_id() -> str:
    """The account that the request belongs to."""
    return str(responses.get_account_id())


def region() -> str:
    """The Region that the request was sent to."""
    return str(responses.get_region())


def scope(account_id: str, region: str) -> AbstractContextManager[None]:
    """While entered, everything is done in this account and Region."""
    entered: AbstractContextManager[None] = responses.request_scope(account_id, region)
    return entered


def client_ip() -> str:
    """The address that the request came from, from the socket."""
    return str(responses.get_request_client_ip())


def set_client_ip(address: str) -> None:
    """Set the address that the request came from."""
    responses.set_request_client_ip(address)


def new_id() -> str:
    """A new unique id, as AWS draws them for requests and resources."""
    return str(responses.new_uuid())


def now() -> str:
    """The time in AWS's ISO form."""
    return str(responses.now_iso())
