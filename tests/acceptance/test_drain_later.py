"""A planned failover when the deployment has been idle for a while."""

import time
from datetime import UTC, datetime

import pytest

from tests.acceptance.moving import there_and_back
from tests.acceptance.shell import Shell

_HOUR_S = 3600


def test_a_planned_failover_an_hour_after_a_deploy_loses_nothing(active: Shell) -> None:
    """An hour after a deploy, the metrics idle, a planned failover and failback drain without force.

    Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
    """
    if not active.target.runs_hour:
        pytest.skip("takes an hour: make acceptance HOUR=1")
    created = active.stack()["LastUpdatedTime"]
    time.sleep(max(0.0, _HOUR_S - (datetime.now(UTC) - created).total_seconds()))
    there_and_back(active)
