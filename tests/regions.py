"""The Regions of the tests: the pair, and two that are disabled by default."""

PRIMARY, SECONDARY = "us-east-1", "ap-northeast-1"
REGIONS = (PRIMARY, SECONDARY)
OPTED_IN, NOT_ENABLED = "ap-east-1", "me-central-1"


def other(region: str) -> str:
    """The peer Region."""
    return SECONDARY if region == PRIMARY else PRIMARY
