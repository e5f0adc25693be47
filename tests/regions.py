"""The Region pair of the tests."""

PRIMARY, SECONDARY = "us-east-1", "ap-northeast-1"
REGIONS = (PRIMARY, SECONDARY)


def other(region: str) -> str:
    """The peer Region."""
    return SECONDARY if region == PRIMARY else PRIMARY
