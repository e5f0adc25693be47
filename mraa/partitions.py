"""AWS's Regions and partitions, from botocore's own table: no call is made and nobody's settings matter."""

import functools
from typing import Any

from botocore.exceptions import UnknownRegionError
from botocore.regions import EndpointResolver

from mraa import service_models
from mraa.errors import UsageError


def require_known_regions(*regions: str) -> None:
    """UsageError for a Region that AWS does not have, and for Regions of different partitions (China, GovCloud)."""
    partitions = known_regions()
    for region in regions:
        if region not in partitions:
            raise UsageError(
                f"AWS has no Region {region!r} that this tool knows of.",
                "Check the spelling; for a Region newer than the installed boto3: pip install --upgrade boto3.",
            )
    if len({partitions[region] for region in regions}) > 1:
        named = " and ".join(f"{region} ({partitions[region]})" for region in regions)
        raise UsageError(f"The Regions are in different AWS partitions: {named}.", "Choose two of one partition.")


def known_regions() -> dict[str, str]:
    """Every Region, and which partition it is in."""
    resolver = EndpointResolver(_endpoints())
    return {
        region: partition
        for partition in resolver.get_available_partitions()
        for region in resolver.get_available_endpoints("dynamodb", partition)
    }


@functools.cache
def partition(region: str) -> str:
    """The partition that a Region is in: ``aws``, ``aws-cn``, ``aws-us-gov``, ..."""
    try:
        return str(EndpointResolver(_endpoints()).get_partition_for_region(region))
    except UnknownRegionError as error:
        raise UsageError(f"AWS has no Region {region!r}.", "Check the spelling.") from error


@functools.cache
def url_suffix(region: str) -> str:
    """The end of AWS's host names for a Region: ``amazonaws.com``, ``amazonaws.com.cn``, ..."""
    name = partition(region)
    return next(str(data["dnsSuffix"]) for data in _endpoints()["partitions"] if data["partition"] == name)


@functools.cache
def _endpoints() -> dict[str, Any]:
    """botocore's table of partitions and Regions, without a session: it does not depend on anybody's settings."""
    data: dict[str, Any] = service_models.loader(None).load_data("endpoints")
    return data
