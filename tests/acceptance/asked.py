"""What `make acceptance` was asked for, refused here if it cannot be: one line, and what to do."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

import boto3
from botocore.exceptions import BotoCoreError

from mraa.errors import UsageError
from mraa.partitions import partition, require_known_regions

LOCAL_REGIONS = ("us-east-1", "ap-northeast-1")
_EXAMPLE = "make acceptance PROFILE=my-profile REGIONS=us-east-1,ap-northeast-1"
_PARTITION_WITH_WEB_APP = "aws"


@dataclass(frozen=True)
class Asked:
    """``profile`` empty: on the local cloud."""

    profile: str
    operator_profile: str
    regions: tuple[str, str]
    has_web_app: bool
    runs_hour: bool
    assumes_yes: bool

    @property
    def is_local(self) -> bool:
        """No AWS account is involved."""
        return not self.profile


def read(words: Sequence[str]) -> Asked:
    """The arguments as `make` passes them; UsageError for what cannot be done."""
    parser = argparse.ArgumentParser(prog="make acceptance")
    for name in ("profile", "operator-profile", "regions", "web-app", "hour", "yes"):
        parser.add_argument(f"--{name}", default="")
    given = parser.parse_args(words)
    if given.profile:
        for profile in filter(None, (given.profile, given.operator_profile)):
            _require_profile(profile)
        regions = _regions(given.regions)
    elif given.regions or given.operator_profile:
        raise UsageError("PROFILE is not set: REGIONS and OPERATOR_PROFILE are for an AWS account.", f"Try: {_EXAMPLE}")
    else:
        regions = LOCAL_REGIONS
    has_web_app = given.web_app != "no"
    if has_web_app and (name := partition(regions[0])) != _PARTITION_WITH_WEB_APP:
        raise UsageError(
            f"The sample web app cannot exist in {regions[0]} (partition {name}): GovCloud has no CloudFront, China no "
            "Cognito user pools.",
            "Run the suite without it: WEB_APP=no",
        )
    return Asked(given.profile, given.operator_profile, regions, has_web_app, bool(given.hour), bool(given.yes))


def _require_profile(profile: str) -> None:
    try:
        profiles = boto3.Session().available_profiles
    except BotoCoreError as error:
        raise UsageError(f"The AWS settings cannot be read: {error}.", "Fix the file.") from error
    if profile not in profiles:
        raise UsageError(f"The AWS profile {profile!r} does not exist.", "See `aws configure list-profiles`.")


def _regions(text: str) -> tuple[str, str]:
    found = [name.strip() for name in text.split(",") if name.strip()]
    if len(found) != 2:
        raise UsageError(
            f"REGIONS names {len(found)} Region{'' if len(found) == 1 else 's'}; the suite needs two.",
            f"Try: {_EXAMPLE}",
        )
    primary, secondary = found
    if primary == secondary:
        raise UsageError(f"REGIONS names {primary} twice.", "Name two different Regions.")
    require_known_regions(primary, secondary)
    return primary, secondary
