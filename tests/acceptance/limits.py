"""Every time limit of the suite. AWS takes minutes where the local cloud takes seconds; both are generous."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Seconds after which a test gives up on a condition."""

    verb_s: float
    """One verb of the tool: the longest deletes a distribution and both Regions' stacks."""
    stack_s: float
    """A stack operation that is watched here and not by the tool."""
    replicated_s: float
    """What one Region wrote is read in the other."""
    drain_s: float
    """Until S3 and DynamoDB publish what a planned failover needs to know; S3's metrics are minutes late."""
    site_s: float
    """A new file of the site is served after an invalidation."""
    page_s: float
    """One thing that a user sees on the page."""
    status_s: float
    """`mraa status` with a Region that does not answer: it promises 3 s, and a busy machine takes longer."""
    fence_s: float
    """Fencing under load, the tool's start included."""
    propagated_s: float
    """A new IAM role or policy is known everywhere."""
    test_s: float
    """One test, whatever it waits for."""


LOCAL = Limits(300, 120, 60, 120, 60, 30, 20, 60, 30, 900)
AWS = Limits(5400, 3600, 900, 3600, 1800, 60, 20, 180, 300, 14_400)
