"""Who changes the state: a name for the record, and a mark that distinguishes one run of the tool from every other."""

import getpass
import secrets
import socket
from dataclasses import dataclass

from mraa.aws import Aws, call
from mraa.errors import MraaError


@dataclass(frozen=True)
class Operator:
    """Whoever runs the tool, why, and the mark of this run."""

    name: str
    mark: str
    reason: str = ""


def local_operator(reason: str) -> Operator:
    """Named by user and machine: makes no call, so it works with every Region down."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = "unknown"  # a container whose user has no name
    return Operator(f"{user}@{socket.gethostname()}", secrets.token_hex(4), reason)


def known_operator(aws: Aws, region: str, reason: str) -> Operator:
    """Named by the caller's ARN from the Region's own STS, by user and machine if it does not answer."""
    operator = local_operator(reason)
    try:
        client = aws.client("sts", region, fast=True)
        arn = str(call(client.get_caller_identity, "Asking AWS who is calling", region)["Arn"])
    except MraaError:
        return operator
    return Operator(arn, operator.mark, reason)
