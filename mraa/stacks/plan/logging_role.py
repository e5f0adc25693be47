"""Which Regions' API Gateway logging role a deployment sets: never where the account has one already.

The role is one setting per account and Region, and all REST APIs there log by it.
"""

from collections.abc import Mapping

from mraa import names


def choose(regions: tuple[str, str], roles: Mapping[str, str]) -> str:
    """The parameter's value that keeps every role that is set; ``roles`` by Region, empty where none is."""
    primary, secondary = regions
    if not roles[secondary]:
        return names.LOGGING_ROLE_IN_PRIMARY if roles[primary] else names.LOGGING_ROLE_CREATE
    return names.LOGGING_ROLE_EXISTING if roles[primary] else names.LOGGING_ROLE_IN_SECONDARY


def keeps(value: str, regions: tuple[str, str], region: str) -> bool:
    """Whether a deployment with this value leaves the Region's setting alone."""
    here = names.LOGGING_ROLE_IN_PRIMARY if region == regions[0] else names.LOGGING_ROLE_IN_SECONDARY
    return value in (names.LOGGING_ROLE_EXISTING, here)


def notes(value: str, regions: tuple[str, str], roles: Mapping[str, str]) -> list[str]:
    """What a plan says of the roles that are set."""
    return [
        f"API Gateway in {region} keeps logging by {role}"
        if keeps(value, regions, region)
        else f"API Gateway's logging role in {region}, {role}, will be REPLACED for all APIs of the account there"
        for region in regions
        if (role := roles[region])
    ]
