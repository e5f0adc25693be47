"""Drills of the photo sample and of an application of one's own together."""

import pytest

from tests.local.deploying import eventually
from tests.local.lines_app import NAME, SHORT, Orders, deploy_orders, findings
from tests.local.operating import Deployment
from tests.regions import REGIONS

pytestmark = pytest.mark.timeout(1200)  # four drills' worth of requests on a busy machine


@pytest.fixture(scope="module")
def deployed_orders(deployed: Deployment) -> Orders:
    return deploy_orders(deployed)


@pytest.fixture
def orders(deployed_orders: Orders, active: Deployment) -> Orders:
    """The primary Region writes."""
    return deployed_orders


def test_without_its_fence_check_an_application_turns_p1_red_beside_one_that_holds_it(orders: Orders) -> None:
    orders.set_fence_check(is_there=False)
    try:
        result = orders.deployment.mraa("drill", *SHORT, "--rate", "6", expect=1)
    finally:
        orders.set_fence_check(is_there=True)
    (p1,) = [promise for promise in result["promises"] if promise["name"] == "P1"]
    assert p1["finding"] == "violated"
    assert f"{NAME}: " in p1["detail"] and "accepted by a fenced Region" in p1["detail"]
    assert "photos: " in p1["detail"] and "refused, none accepted" in p1["detail"]
    assert eventually(lambda: not any(orders.items(region) for region in REGIONS))  # its removal is replicated, too


# last: the latency that a lost Region leaves in the metrics makes later drains long
def test_an_unplanned_drill_is_of_photos_and_application_together(orders: Orders) -> None:
    result = orders.deployment.mraa("drill", *SHORT, "--unplanned", "--rate", "10", "--lag-ms", "4000")
    assert findings(result) == {"P1": "held", "P2": "held", "P3": "not tested", "P4": "held", "P5": "held"}, result
    each = {of["name"]: of["figures"] for of in result["applications"]}
    assert set(each) == {"photos", NAME}
    for figures in each.values():
        assert figures["unreplicatedAtCut"] >= 20
        assert figures["lost"] == []
        assert figures["rtoDeclaredS"] is not None
    assert result["figures"]["rtoDeclaredS"] == max(figures["rtoDeclaredS"] for figures in each.values())
    assert eventually(lambda: not any(orders.items(region) for region in REGIONS))  # its removal is replicated, too
