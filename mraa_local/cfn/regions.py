"""The Regions that AWS has, from botocore's own data: a misspelt one is refused before anything is made in it."""

from functools import cache

import botocore.session


@cache
def regions() -> frozenset[str]:
    """Names of all Regions with CloudFormation, in every partition."""
    session = botocore.session.get_session()
    partitions = session.get_available_partitions()
    return frozenset(region for name in partitions for region in session.get_available_regions("cloudformation", name))
