"""Pairs of buckets that replicate to each other."""

from mraa.errors import AwsError
from mraa.recovery.application import Application
from mraa.recovery.models import RegionInfo


def bucket_pairs(application: Application, source: RegionInfo, target: RegionInfo) -> list[tuple[str, str]]:
    """The applications' buckets in both Regions; AwsError if one Region has some that the other one lacks."""
    here, there = application.buckets(source), application.buckets(target)
    if len(here) != len(there):
        listed = "; ".join(
            f"{info.region}: {', '.join(found) or 'none'}" for info, found in ((source, here), (target, there))
        )
        raise AwsError(
            f"The Regions do not have the same replicated buckets ({listed}).",
            "Finish the deployment of the application, or add the replication rule that one Region lacks.",
        )
    return list(zip(here, there, strict=True))
