"""The Regions: the form of their names, those that AWS has, and those that are down.

The Regions that are down are kept here and not with the faults, because replication asks for them too.
"""

import re
from functools import cache

import botocore.session

from mraa_local import environment

NAME = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]{1,2}")

# the Regions of partition aws that every account has; all others there are disabled until the account opts in:
# https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html
DEFAULT = frozenset(
    {
        "ap-northeast-1",
        "ap-northeast-2",
        "ap-northeast-3",
        "ap-south-1",
        "ap-southeast-1",
        "ap-southeast-2",
        "ca-central-1",
        "eu-central-1",
        "eu-north-1",
        "eu-west-1",
        "eu-west-2",
        "eu-west-3",
        "sa-east-1",
        "us-east-1",
        "us-east-2",
        "us-west-1",
        "us-west-2",
    }
)

_down: dict[str, bool] = {}  # whether it hangs


@cache
def known() -> frozenset[str]:
    """All Regions with CloudFormation, in every partition, from botocore's own data."""
    session = botocore.session.get_session()
    partitions = session.get_available_partitions()
    return frozenset(region for name in partitions for region in session.get_available_regions("cloudformation", name))


@cache
def opt_in() -> frozenset[str]:
    """The Regions that an account must enable first; no other partition has any."""
    return frozenset(botocore.session.get_session().get_available_regions("cloudformation", "aws")) - DEFAULT


def is_enabled(region: str) -> bool:
    """Whether the account may use the Region: every account, or this one since it has opted in."""
    return region not in opt_in() or region in environment.current().opted_in


def is_down(region: str) -> bool:
    """Whether the Region is down."""
    return region in _down


def down() -> list[str]:
    """The Regions that are down."""
    return sorted(_down)


def hangs(region: str) -> bool:
    """Whether the Region is down and, as a lost one, does not even refuse."""
    return _down.get(region, False)


def hanging() -> list[str]:
    """The Regions that are down and hang."""
    return sorted(filter(hangs, _down))


def set_down(region: str, *, is_down: bool, hangs: bool = False) -> None:
    """Take a Region down, or bring it back with everything it stored."""
    if is_down:
        _down[region] = hangs
    else:
        _down.pop(region, None)
