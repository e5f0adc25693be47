"""The primary Region does not answer, and the operator works by an assumed role."""

import time

from tests.acceptance.moving import wait_until_confirmable
from tests.acceptance.shell import Shell, new_id
from tests.acceptance.target import ASSUMED


def test_an_operator_with_an_assumed_role_fails_over_from_the_survivor(active: Shell) -> None:
    """By an assume-role profile, with a Region that hangs, status answers in seconds and the survivor takes over alone.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_enable-regions.html
    """
    primary, secondary = active.target.regions
    with active.unreachable(primary) as lost:
        begun = time.monotonic()
        status = active.result("status", who=ASSUMED, expect=3, more=lost)
        assert time.monotonic() - begun < active.target.limits.status_s
        assert {of["region"]: of["isReachable"] for of in status["regions"]} == {primary: False, secondary: True}
        result = active.result("failover", "--unplanned", "--yes", who=ASSUMED, more=lost)
        assert (result["state"], result["writableRegion"]) == ("failover", secondary)
        comment, answer = active.comment(secondary, photo := new_id())
        assert answer.status == 200, answer

    # the Region is back: it learns that it does not write any more, and gets what it missed
    active.mraa("failover", "--yes")
    assert active.comment(primary, photo)[1].status == 409
    wait_until_confirmable(active, "failback")
    assert active.result("failback", "--yes")["writableRegion"] == primary
    assert comment in active.comments(primary, photo)
