"""Who changes the state: a name for the record, and a mark that tells one run of the tool from every other."""

import getpass
import secrets
import socket
from dataclasses import dataclass

from mraa.aws import Aws, translated
from mraa.errors import MraaError


@dataclass(frozen=True)
class Operator:
    """Whoever runs the tool, why, and the mark of this run."""

    name: str
    mark: str
    reason: str = ""


def local_operator(reason: str) -> Operator:
    """Named by user and machine: asks nobody, so it works with every Region down."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = "unknown"  # a container whose user has no name
    return Operator(f"{user}@{socket.gethostname()}", secrets.token_hex(4), reason)


def known_operator(aws: Aws, region: str, reason: str) -> Operator:
    """Named by the caller's ARN as the Region's own STS tells it, by user and machine where it does not."""
    operator = local_operator(reason)
    try:
        with translated("Asking AWS who is calling", region):
            arn = str(aws.client("sts", region, fast=True).get_caller_identity()["Arn"])
    except MraaError:
        return operator
    return Operator(arn, operator.mark, reason)
