"""A deployment for the tests of recovery: both Regions, and an operator's shell to type ``mraa`` into."""

import json
import os
import subprocess
import time
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from mraa.aws import CLOCK, Aws
from mraa.recovery.models import RegionInfo
from mraa.recovery.regions.ids import uuid7
from mraa.recovery.regions.parameter import find_region_info
from mraa.recovery.regions.system import read_system
from mraa.sample import photos
from mraa.sample.photos import PhotoSample
from mraa.settings import Settings
from mraa_local import control
from mraa_local.process import LocalCloud
from tests.local import sabotage, verbs
from tests.local.deploying import CHECKOUT, copy_sources, eventually
from tests.local.sabotage import Plan
from tests.regions import REGIONS, SECONDARY

SETTINGS = Settings(secondary_region=SECONDARY, bucket_prefix="recovery-tests")


@dataclass
class Deployment:
    """The stacks on the running cloud, and a shell to type ``mraa`` into."""

    cloud: LocalCloud
    folder: Path
    environment: dict[str, str]
    aws: Aws
    regions: dict[str, RegionInfo] = field(default_factory=dict)

    def start(self, *words: str, plan: Plan | None = None) -> "subprocess.Popen[str]":
        """Begin a verb, with failures injected if there is a plan for them."""
        return sabotage.start(words, self.folder, self.environment, plan)

    def mraa(self, *words: str, expect: int = 0, plan: Plan | None = None) -> dict[str, Any]:
        """Run the verb with ``--json`` and return its result; fails the test on another exit code.

        ``error`` is what a person gets of it.
        """
        ended = verbs.run((*words, "--json"), self.folder, self.environment, plan)
        assert ended.exit_code == expect, f"mraa {' '.join(words)}: exit {ended.exit_code}\n{ended.out}\n{ended.err}"
        assert "Traceback" not in ended.err and "bug in mraa" not in ended.err, ended.err
        results = [document for document in map(json.loads, ended.out.splitlines()) if document["type"] == "result"]
        result: dict[str, Any] = results[-1]
        return result | ({"error": ended.err} if expect else {})

    def set_state(self, region: str, state: str, **more: Any) -> str:
        """Invoke the state function as a runbook by hand does: empty, or the type of its error."""
        info = self.regions[region]
        payload = {"AppId": info.app_id, "TableName": info.app_config_table, "NewState": state, **more}
        answer = self.aws.client("lambda", region).invoke(
            FunctionName=info.app_state_updater_function, Payload=json.dumps(payload).encode()
        )
        content = json.loads(answer["Payload"].read())
        return str(content["errorType"]) if answer.get("FunctionError") else ""

    def fault(self, **request: str | int) -> None:
        control.set_fault(self.environment["MRAA_FAULT_URL"], **request)

    def post(self, region: str) -> tuple[int, str]:
        """Post one comment to the Region's API: status, and the comment's id or the error's code."""
        info, comment_id = self.regions[region], uuid7(time.time())
        answer = photos.post_comment(self.aws, info, PHOTO_ID, comment_id, "tester", "hello")
        return answer.status, comment_id if answer.status == 200 else answer.body["error"]["code"]

    def comments(self, region: str) -> set[str]:
        """Every comment that this Region lists, page by page."""
        info, found, more = self.regions[region], set[str](), ""
        while True:
            path = f"comments/{PHOTO_ID}{more}"
            answer = self.aws.api_request("GET", region, photos.api_id(info), path)
            found |= {comment["commentId"] for comment in answer.body["comments"]}
            if not answer.body["nextToken"]:
                return found
            more = f"?nextToken={urllib.parse.quote(answer.body['nextToken'])}"

    def add_photo(self, region: str) -> str:
        """Object and record of a photo, as the web app creates them; its id."""
        info, photo_id = self.regions[region], uuid7(time.time())
        self.aws.client("s3", region).put_object(
            Bucket=info.object_store_bucket, Key=f"public/{photo_id}", Body=photo_id.encode(), ContentType="image/png"
        )
        answer = self.aws.api_request(
            "POST",
            region,
            photos.api_id(info),
            f"photos/{photo_id}",
            {"user": "tester", "title": "a photo", "contentType": "image/png"},
        )
        assert answer.status == 200, answer
        return photo_id

    def photos(self, region: str) -> set[str]:
        answer = self.aws.api_request("GET", region, photos.api_id(self.regions[region]), "photos")
        return {photo["photoId"] for photo in answer.body["photos"]}

    def objects(self, region: str) -> dict[str, bytes]:
        """Every object of the Region's bucket."""
        s3, bucket = self.aws.client("s3", region), self.regions[region].object_store_bucket
        keys = [found["Key"] for found in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]
        return {key: s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}

    def cut(self) -> None:
        """Nothing is replicated any more, either way."""
        for source, target in (REGIONS, REGIONS[::-1]):
            self.fault(fault="cut", **{"from": source, "to": target})

    def states(self) -> list[tuple[str, str, str]]:
        """State, writable Region and fences as each Region sees them; empty and the reason where it does not answer."""
        # in this process: a verb takes a second of CPU, and this is asked most
        views = read_system(self.aws, SETTINGS, CLOCK, PhotoSample()).views
        return [
            (view.state.state, view.state.writable_region, view.fence_problem or "agree")
            if view.state
            else ("", "", view.problem)
            for view in views
        ]

    def mraa_status(self) -> dict[str, Any]:
        ended = verbs.run(("status", "--json"), self.folder, self.environment)
        assert ended.exit_code in (0, 3), ended.err
        document: dict[str, Any] = json.loads(ended.out)
        return document

    def shown(self, name: str) -> list[Any]:
        """A value of each Region, the primary first, once `status` found it out in time: it waits three seconds."""

        def ask() -> Any:
            values = [region.get(name) for region in self.mraa_status()["regions"]]
            return None if None in values else values

        found: list[Any] = eventually(ask)
        return found

    def canaries(self) -> list[str]:
        found = []
        for info in self.regions.values():
            s3 = self.aws.client("s3", info.region)
            listed = s3.list_object_versions(Bucket=info.object_store_bucket, Prefix="canary/")
            found += [version["Key"] for version in listed.get("Versions", [])]
            items = self.aws.client("dynamodb", info.region).scan(TableName=info.key_value_store_table)["Items"]
            found += [item["sk"]["S"] for item in items if item["pk"]["S"].startswith("CANARY")]
        return found


PHOTO_ID = uuid7(time.time())


@contextmanager
def deploy(
    cloud: LocalCloud,
    folder: Path,
    *,
    fences: int | None = None,
    alter: Callable[[Path], None] = lambda checkout: None,
) -> Iterator[Deployment]:
    """Build, publish and deploy by the tool itself; the settings are in the environment as long as it lasts.

    ``fences``: another number than by default. ``alter`` may change the sources of the functions before they are built.
    """
    values = {
        **cloud.environment,
        "MRAA_SECONDARY_REGION": SETTINGS.secondary_region,
        "MRAA_BUCKET_PREFIX": SETTINGS.bucket_prefix,
        "PYTHONPATH": str(CHECKOUT),
    }
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
            patch.delenv(name, raising=False)
        for name, value in values.items():
            patch.setenv(name, value)
        deployment = Deployment(cloud, folder, dict(os.environ), Aws())
        copy_sources(folder)
        alter(folder)
        deployment.mraa("build", "--output", "release")
        deployment.mraa("publish", "--from", "release", "--create-buckets", "--yes")
        deployment.mraa("deploy", "--yes", *(["--fences", str(fences)] if fences else []))
        for region in REGIONS:
            info = find_region_info(deployment.aws, region, SETTINGS)
            assert info is not None
            deployment.regions[region] = info
        yield deployment


def connect(deployment: Deployment) -> None:
    """Both Regions up, connected and answering, whatever state the previous test left."""
    for region in REGIONS:
        deployment.fault(fault="region", region=region, state="up")
        deployment.fault(fault="clock-skew", region=region, seconds=0)
    for source, target in (REGIONS, REGIONS[::-1]):
        deployment.fault(fault="heal", **{"from": source, "to": target})
        deployment.fault(fault="lag", ms=100, **{"from": source, "to": target})


def bring(deployment: Deployment, state: str) -> None:
    """To active or failover in both Regions, by the tool's own verbs unless it is in that state already.

    With force: what a test delayed for long counts as latency, and ten times that is more than a test has.
    """
    if deployment.states()[0][0] == "fenced":
        deployment.mraa("unfence", "--yes")
    if deployment.states()[0][0] != state:
        deployment.mraa("failback" if state == "active" else "failover", "--yes", "--force")
    writable = REGIONS[state == "failover"]
    eventually(lambda: deployment.states() == [(state, writable, "agree")] * 2)
