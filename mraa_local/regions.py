"""The Regions: the form of their names, those that AWS has, and those that are down.

The Regions that are down are kept here and not with the faults, because replication asks for them too.
"""

import re
from functools import cache

import botocore.session

NAME = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]{1,2}")

_down: dict[str, bool] = {}  # whether it hangs


@cache
def known() -> frozenset[str]:
    """All Regions with CloudFormation, in every partition, from botocore's own data."""
    session = botocore.session.get_session()
    partitions = session.get_available_partitions()
    return frozenset(region for name in partitions for region in session.get_available_regions("cloudformation", name))


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
