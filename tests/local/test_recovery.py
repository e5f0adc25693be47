"""The runbooks on two running Regions: real functions, real APIs, real replication, and kill -9."""

import time

from tests.local.deploying import eventually
from tests.local.operating import Deployment, bring
from tests.local.sabotage import finish
from tests.regions import PRIMARY, REGIONS, SECONDARY


def test_a_fence_stops_writes_in_both_regions_until_it_is_lifted(active: Deployment) -> None:
    assert active.post(PRIMARY)[0] == 200
    assert active.post(SECONDARY) == (409, "RegionFenced")
    active.mraa("fence", "--yes", "--reason", "a test")
    assert active.post(PRIMARY) == (409, "RegionFenced")
    assert active.post(SECONDARY) == (409, "RegionFenced")
    status = active.mraa("status", expect=3)
    assert [region["reason"] for region in status["regions"]] == ["a test", "a test"]
    active.mraa("unfence", "--yes")
    assert active.post(PRIMARY)[0] == 200
    assert active.states() == [("active", PRIMARY, "agree")] * 2


def test_a_failover_and_a_failback_move_the_writer_and_lose_nothing(active: Deployment) -> None:
    acknowledged = {active.post(PRIMARY)[1] for _ in range(5)}
    result = active.mraa("failover", "--yes")
    assert (result["state"], result["writableRegion"]) == ("failover", SECONDARY)
    assert [step["name"] for step in result["steps"]] == ["fence", "drain", "switch", "verify"]
    assert acknowledged <= active.comments(SECONDARY)
    assert active.post(PRIMARY) == (409, "RegionFenced")
    status, comment = active.post(SECONDARY)
    assert status == 200
    assert active.mraa("status")["isReady"] is True
    assert active.mraa("failover", "--yes")["changed"] is False
    result = active.mraa("failback", "--yes")
    assert (result["state"], result["writableRegion"]) == ("active", PRIMARY)
    assert acknowledged | {comment} <= active.comments(PRIMARY)
    assert active.post(SECONDARY) == (409, "RegionFenced")
    assert active.post(PRIMARY)[0] == 200
    assert active.canaries() == []
    logged = {(line["region"], line["source"]) for line in active.mraa("logs", "--since", "1h")["lines"]}
    sources = ("photos-api", "app-state-updater", "photos API")
    assert logged >= {(region, source) for region in REGIONS for source in sources}


def test_of_operators_at_once_one_wins_and_each_loser_says_what_it_found(active: Deployment) -> None:
    racers = [active.start("fence", "--yes", "--json") for _ in range(3)]
    ends = [(*finish(racer), racer.returncode) for racer in racers]
    assert any(code == 0 and '"changed": true' in out for out, _, code in ends)
    for out, error, code in ends:
        # whoever came after the winner either lost to it or found nothing to do
        assert code in (0, 1), error
        assert code == 0 or "mraa status" in error, out
    assert active.states() == [("fenced", "none", "agree")] * 2


def test_with_the_primary_region_down_the_secondary_takes_over_by_itself(active: Deployment) -> None:
    active.fault(fault="lag", ms=60_000, **{"from": PRIMARY, "to": SECONDARY})
    status, stranded = active.post(PRIMARY)
    assert status == 200
    active.fault(fault="region", region=PRIMARY, state="down")
    document = active.mraa_status()
    assert [region["isReachable"] for region in document["regions"]] == [False, True]
    assert active.mraa("failover", "--yes", expect=3)["error"].count("--unplanned") == 1
    result = active.mraa("failover", "--unplanned", "--yes")
    assert (result["state"], result["writableRegion"]) == ("failover", SECONDARY)
    assert result["report"]["lostRegion"] == PRIMARY
    status, comment = active.post(SECONDARY)
    assert status == 200
    assert stranded not in active.comments(SECONDARY)
    # it comes back, with what it had not replicated
    active.fault(fault="lag", ms=100, **{"from": PRIMARY, "to": SECONDARY})
    active.fault(fault="region", region=PRIMARY, state="up")
    active.mraa("failover", "--yes")
    assert active.post(PRIMARY) == (409, "RegionFenced")
    active.mraa("failback", "--yes")
    eventually(lambda: comment in active.comments(PRIMARY))
    assert active.states() == [("active", PRIMARY, "agree")] * 2


def test_a_drain_that_times_out_stops_and_continues_when_run_again(connected: Deployment) -> None:
    # a failback: what an earlier test delayed is no latency that counts, after the comparison that it begins with
    bring(connected, "failover")
    connected.fault(fault="cut", **{"from": SECONDARY, "to": PRIMARY})
    refused = connected.mraa("failback", "--yes", "--drain-timeout", "2", expect=3)
    assert "timed out after 2 s; replication unconfirmed" in refused["error"]
    assert connected.post(SECONDARY) == (409, "RegionFenced")
    connected.fault(fault="heal", **{"from": SECONDARY, "to": PRIMARY})
    result = connected.mraa("failback", "--yes")
    assert [step["name"] for step in result["steps"]] == ["reconcile", "drain", "switch", "verify"]
    assert connected.post(PRIMARY)[0] == 200


def test_a_drain_that_cannot_end_in_time_is_refused_before_anybody_is_fenced(active: Deployment) -> None:
    active.fault(fault="cut", **{"from": PRIMARY, "to": SECONDARY})
    comment = active.post(PRIMARY)[1]
    time.sleep(2)  # becomes the latency
    active.fault(fault="heal", **{"from": PRIMARY, "to": SECONDARY})
    eventually(lambda: comment in active.comments(SECONDARY))
    refused = active.mraa("failover", "--yes", "--drain-timeout", "15", expect=3)
    assert "longer than --drain-timeout (15 s), by the metrics of the last 15 minutes: 10 x" in refused["error"]
    assert "Nothing was fenced" in refused["error"]
    assert active.post(PRIMARY)[0] == 200
