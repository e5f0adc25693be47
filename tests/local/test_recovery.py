"""The runbooks on two running Regions: real functions, real APIs, real replication, and kill -9."""

import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from mraa.aws import Aws
from mraa.local import control
from mraa.local.process import LocalCloud
from mraa.models import RegionalFacts
from mraa.recovery.facts import find_facts
from mraa.settings import Settings
from tests.local.deploying import eventually

PRIMARY, SECONDARY = "us-east-1", "ap-northeast-1"
SETTINGS = Settings(secondary_region=SECONDARY, bucket_prefix="recovery-tests")
CHECKOUT = Path(__file__).parents[2]
TOOL = [sys.executable, "-c", "from mraa.cli.main import main; main()"]


@dataclass
class Deployment:
    """The stacks on the running cloud, and a shell to type ``mraa`` into."""

    cloud: LocalCloud
    folder: Path
    environment: dict[str, str]
    aws: Aws
    facts: dict[str, RegionalFacts] = field(default_factory=dict)

    def start(self, *words: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [*TOOL, *words],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def mraa(self, *words: str, expect: int = 0) -> dict[str, Any]:
        """Run the verb with ``--json`` and return its result; fails the test on another exit code."""
        process = self.start(*words, "--json")
        out, err = process.communicate(timeout=120)
        assert process.returncode == expect, f"mraa {' '.join(words)}: exit {process.returncode}\n{out}\n{err}"
        results = [document for document in map(json.loads, out.splitlines()) if document["type"] == "result"]
        return results[-1] if results else {"error": err}

    def fault(self, **request: str | int) -> None:
        control.set_fault(self.environment["MRAA_FAULT_URL"], **request)

    def post(self, region: str) -> tuple[int, str]:
        """Post one comment to the Region's API: status, and the comment's id or the error's code."""
        facts, comment_id = self.facts[region], _uuid7()
        answer = self.aws.api_request(
            "POST",
            region,
            facts.photos_api_id,
            f"comments/{PHOTO_ID}",
            {"commentId": comment_id, "user": "tester", "message": "hello"},
        )
        return answer.status, comment_id if answer.status == 200 else answer.body["error"]["code"]

    def comments(self, region: str) -> set[str]:
        answer = self.aws.api_request("GET", region, self.facts[region].photos_api_id, f"comments/{PHOTO_ID}")
        return {comment["commentId"] for comment in answer.body["comments"]}

    def states(self) -> list[tuple[str, str, str]]:
        """State, writable Region and fences as each Region sees them."""
        status = self.mraa_status()
        return [(region["state"], region["writableRegion"], region["fences"]) for region in status["regions"]]

    def mraa_status(self) -> dict[str, Any]:
        process = self.start("status", "--json")
        out, err = process.communicate(timeout=60)
        assert process.returncode in (0, 3), err
        document: dict[str, Any] = json.loads(out)
        return document

    def canaries(self) -> list[str]:
        found = []
        for facts in self.facts.values():
            s3 = self.aws.client("s3", facts.region)
            listed = s3.list_object_versions(Bucket=facts.object_store_bucket, Prefix="canary/")
            found += [version["Key"] for version in listed.get("Versions", [])]
            items = self.aws.client("dynamodb", facts.region).scan(TableName=facts.key_value_store_table)["Items"]
            found += [item["sk"]["S"] for item in items if item["pk"]["S"].startswith("CANARY")]
        return found


def _uuid7() -> str:
    value = int(time.time() * 1000) << 80 | int.from_bytes(os.urandom(10))
    value = value & ~(0xF << 76) | 7 << 76
    return str(uuid.UUID(int=value & ~(3 << 62) | 2 << 62))


PHOTO_ID = _uuid7()


@pytest.fixture(scope="module")
def stood(cloud: LocalCloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """Built, published and deployed by the tool itself, once for this module."""
    folder = tmp_path_factory.mktemp("operator")
    values = {
        **cloud.environment,
        "MRAA_SECONDARY_REGION": SETTINGS.secondary_region,
        "MRAA_BUCKET_PREFIX": SETTINGS.bucket_prefix,
    }
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
            patch.delenv(name, raising=False)
        for name, value in values.items():
            patch.setenv(name, value)
        deployment = Deployment(cloud, folder, dict(os.environ), Aws())
        release = str(folder / "release")
        subprocess.run(
            [*TOOL, "build", "--output", release], cwd=CHECKOUT, check=True, capture_output=True, timeout=120
        )
        deployment.mraa("publish", "--from", release, "--create-buckets", "--yes")
        deployment.mraa("deploy", "--yes")
        for region in (PRIMARY, SECONDARY):
            facts = find_facts(deployment.aws, region, SETTINGS)
            assert facts is not None
            deployment.facts[region] = facts
        yield deployment


@pytest.fixture
def connected(stood: Deployment) -> Deployment:
    """Both Regions up and connected, whatever the test before left."""
    for region in (PRIMARY, SECONDARY):
        stood.fault(fault="region", region=region, state="up")
    for source, target in ((PRIMARY, SECONDARY), (SECONDARY, PRIMARY)):
        stood.fault(fault="heal", **{"from": source, "to": target})
        stood.fault(fault="lag", ms=100, **{"from": source, "to": target})
    return stood


@pytest.fixture
def active(connected: Deployment) -> Deployment:
    """The primary Region writes."""
    bring(connected, "active")
    return connected


def bring(deployment: Deployment, state: str) -> None:
    """To active or failover, by the tool's own verbs where it is not there already."""
    if deployment.states()[0][0] == "fenced":
        deployment.mraa("unfence", "--yes")
    if deployment.states()[0][0] != state:
        deployment.mraa("failback" if state == "active" else "failover", "--yes")


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


def test_a_failover_and_a_failback_move_the_writing_and_lose_nothing(active: Deployment) -> None:
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


def test_of_operators_at_once_one_wins_and_each_loser_says_what_it_found(active: Deployment) -> None:
    racers = [active.start("fence", "--yes", "--json") for _ in range(3)]
    ends = [(*racer.communicate(timeout=60), racer.returncode) for racer in racers]
    assert any(code == 0 and '"changed": true' in out for out, _, code in ends)
    for out, error, code in ends:
        # whoever came after the winner either lost to it or found nothing to do
        assert code in (0, 1), error
        assert code == 0 or "mraa status" in error, out
    assert active.states() == [("fenced", "none", "agree")] * 2


# there and back in turns, so that each finds the state it starts from
@pytest.mark.parametrize(
    ("step", "verb", "before", "after"),
    [
        (step, *move)
        for step in ("fence", "drain", "switch", "verify")
        for move in (("failover", "active", "failover"), ("failback", "failover", "active"))
    ],
)
def test_killed_in_any_step_the_same_command_finishes(
    connected: Deployment, step: str, verb: str, before: str, after: str
) -> None:
    bring(connected, before)
    process = connected.start(verb, "--yes", "--json")
    assert process.stdout is not None
    for line in process.stdout:
        document = json.loads(line)
        if document["type"] == "event" and (document["subject"], document["progress"]) == (step, "started"):
            process.kill()
            break
    process.communicate(timeout=30)
    assert process.returncode == -9
    assert connected.mraa(verb, "--yes")["state"] == after
    writable = SECONDARY if after == "failover" else PRIMARY
    assert connected.states() == [(after, writable, "agree")] * 2
    assert connected.post(writable)[0] == 200


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


def test_a_drain_that_cannot_be_proved_stops_and_goes_on_when_run_again(active: Deployment) -> None:
    active.fault(fault="cut", **{"from": PRIMARY, "to": SECONDARY})
    refused = active.mraa("failover", "--yes", "--drain-timeout", "2", expect=3)
    assert "not proved after 2 s" in refused["error"]
    assert active.post(PRIMARY) == (409, "RegionFenced")
    active.fault(fault="heal", **{"from": PRIMARY, "to": SECONDARY})
    # what was held back for long counts as latency, and ten times that is waited: more than a test has
    result = active.mraa("failover", "--yes", "--force", "--drain-timeout", "5")
    assert [step["name"] for step in result["steps"]] == ["drain", "switch", "verify"]
    assert active.post(SECONDARY)[0] == 200
