"""The example's queue and schedule over a failover and back: each message and minute handled, by the writing Region."""

import json
from functools import partial

import pytest

from tests.drills.handling import Deliveries, Sending, handled_by, minutes, missing, unpacked
from tests.local.deploying import eventually
from tests.local.example_orders import Example, deploy_example
from tests.local.operating import Deployment
from tests.regions import PRIMARY, REGIONS, SECONDARY

pytestmark = pytest.mark.timeout(3600)  # thousands of requests on a busy machine

ORDERS, MINUTES = 1000, 60
LIMIT_S = 1200


def test_each_message_and_each_minute_is_handled_once_by_the_region_that_writes(active: Deployment) -> None:
    deployment, orders = active, deploy_example(active)
    sending, deliveries = Sending(orders, ORDERS), Deliveries(orders)
    deployment.fault(fault="schedule-speed", factor=60)
    with sending.running():
        for share, verb in ((1, "failover"), (2, "failback")):
            eventually(partial(sending.have_acknowledged, ORDERS * share // 3), LIMIT_S)
            deployment.mraa(verb, "--yes", "--drain-timeout", "300")
            deliveries.read()
    eventually(lambda: len(minutes(orders, PRIMARY)) > MINUTES, LIMIT_S)
    deployment.fault(fault="schedule-speed", factor=1)
    # what the secondary Region had not handled waits in its queue until it writes again
    eventually(lambda: waiting(orders, PRIMARY) == 0, LIMIT_S)
    left = unpacked(orders, PRIMARY, sending.acknowledged)
    deployment.mraa("failover", "--yes", "--drain-timeout", "300")
    eventually(lambda: not unpacked(orders, SECONDARY, sending.acknowledged), LIMIT_S)
    eventually(lambda: not missing(minutes(orders, SECONDARY)), LIMIT_S)
    noted = minutes(orders, SECONDARY)
    assert len(noted) > MINUTES

    writers = {change["epoch"]: change["writableRegion"] for change in deployment.mraa("history")["changes"]}
    by = handled_by(orders, SECONDARY)
    assert set(sending.acknowledged) <= set(by)
    assert {order_id: place for order_id, place in by.items() if writers[place[1]] != place[0]} == {}
    deliveries.read()
    assert deliveries.packed_again <= sending.sent_twice
    assert deliveries.noted_again <= deliveries.waited
    counts = {
        "answers of the API": {fate.value: count for fate, count in sending.answers.items()},
        "orders packed": len(sending.acknowledged),
        "minutes noted": len(noted),
        "handled by": {region: sum(place[0] == region for place in by.values()) for region in REGIONS},
        "orders left in the secondary's queue after the failback": len(left),
        "orders sent twice": len(sending.sent_twice),
        "orders delivered again": len(deliveries.packed_again),
        "minutes that waited in a queue": len(deliveries.waited),
        "minutes delivered again": len(deliveries.noted_again),
    }
    print(json.dumps(counts, indent=2))


def waiting(orders: Example, region: str) -> int:
    """The messages in a Region's queue, those that are being handled included."""
    kinds = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = orders.client("sqs", region).get_queue_attributes(
        QueueUrl=orders.output(region, "QueueUrl"), AttributeNames=kinds
    )
    return sum(int(found["Attributes"][kind]) for kind in kinds)
