"""A planned failover soon after a deployment, when S3 and DynamoDB have published few metrics yet."""

from tests.acceptance.moving import there_and_back
from tests.acceptance.shell import Shell


def test_a_planned_failover_minutes_after_a_deploy_loses_nothing(active: Shell) -> None:
    """Minutes after a deploy a planned failover and failback drain without force and lose no acknowledged write.

    Until the metrics that the drain needs are published it is refused before anybody is fenced.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/repl-metrics.html
    """
    there_and_back(active)
    active.mraa("logs")
