"""One deployment from its creation to its end, doing everything that its roles are for.

Whatever does not work fails at its step. So a permission that nothing here requires is one that nobody needs, or one
that the local cloud does not check.
"""

import os
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from mraa import names
from mraa.aws import Aws
from mraa.recovery.regions.ids import uuid7
from mraa.recovery.regions.parameter import find_region_info, token
from mraa.sample import photos
from mraa_local import process
from mraa_local.process import LocalCloud
from tests.audit.permissions.statements import Statement, take_away
from tests.local import people
from tests.local.conftest import make_client
from tests.local.deploying import DELETED, Deployer, eventually, make_deployer
from tests.local.operating import SETTINGS, Deployment
from tests.local.replicating import Faults
from tests.local.signing_in import outputs, sign_in
from tests.local.streaming import Queue, watch_states
from tests.regions import PRIMARY, REGIONS, SECONDARY

USER, EMAIL = "ada", "ada@example.com"
LIMIT_S = 40.0  # for what follows by itself within a second or two

# environment variable -> boto3's argument
_CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "aws_access_key_id",
    "AWS_SECRET_ACCESS_KEY": "aws_secret_access_key",
    "AWS_SESSION_TOKEN": "aws_session_token",
}

Alter = Callable[[Path], None]


def run(alter: Alter = lambda release: None) -> str:
    """Live through all of it with an altered release: the step that failed and why, or an empty text."""
    with tempfile.TemporaryDirectory() as home:
        _use_home(home)
        cloud = process.start()
        try:
            for name, step in _Lifecycle(cloud, Path(home, "operator"), alter).steps():
                try:
                    step()
                except AlterError:
                    raise  # nothing was taken away, so nothing can be noticed
                except Exception as error:  # noqa: BLE001 - whatever it is, it was noticed
                    return f"{name}: {_first_line(error)}"
            return ""
        finally:
            process.stop(cloud.port)


def run_without(statement: Statement) -> str:
    """The same with a release that lacks the statement."""
    return run(partial(take_away, statement=statement))


def _use_home(home: str) -> None:
    """This process runs one lifecycle after the other, each with a home of its own."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"):
        os.environ.pop(name, None)
    os.environ["MRAA_HOME"] = home
    os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = f"{home}/none"


def _first_line(error: Exception) -> str:
    lines = [line for line in str(error).splitlines() if line.strip()]
    told = next(
        (line for line in lines if "First cause" in line or line.startswith("Error")), lines[0] if lines else ""
    )
    return (told or type(error).__name__)[:300]


class AlterError(Exception):
    """A release could not be altered as it should have been."""


class _Lifecycle:
    def __init__(self, cloud: LocalCloud, folder: Path, alter: Alter) -> None:
        self._cloud, self._alter = cloud, alter
        self._deployer: Deployer = make_deployer(cloud, self._client, folder)
        os.environ.update(cloud.environment)
        self._deployment = Deployment(cloud, folder, self._deployer.environment, Aws())
        self._faults = Faults(cloud)
        self._queues: dict[str, Queue] = {}
        self._keys = {
            "deployer": people.make_user(self._client, "deployer", people.documents(people.DEPLOYER)),
            "operator": people.make_user(self._client, "operator", people.documents(people.OPERATOR)),
        }
        self._site = ""

    def steps(self) -> Iterator[tuple[str, Callable[[], object]]]:
        """Each with its name, in order."""
        yield "publish", self._publish
        yield "deploy", self._deploy
        yield "find the Regions", self._find_regions
        yield "write and read as an operator", self._write_and_read
        yield "deploy the web app", self._deploy_web_app
        yield "drift", partial(self._mraa, "drift")
        yield "sign in, write and read as a user", self._use_the_web_app
        yield "announce a new state", self._announce
        yield "fail over", partial(self._mraa, "failover", "--yes", "--force")
        yield "replicate back", self._replicate_back
        yield "fail back", partial(self._mraa, "failback", "--yes", "--force")
        yield "converge after a partition", self._converge
        yield "update", self._update
        yield "serve the updated site", self._serve_updated_site
        yield "serve it from the secondary Region", self._serve_from_the_secondary
        yield "log", self._logs
        yield "destroy", self._destroy

    def _client(self, service: str, region: str = PRIMARY, **credentials: str) -> Any:
        return make_client(self._cloud, service, region, **credentials)

    def _mraa(self, *words: str) -> str:
        """Run a verb as the person whose it is."""
        self._deployer.environment.update(self._keys["operator" if words[0] in people.OPERATORS_VERBS else "deployer"])
        return self._deployer.mraa(*words)

    def _publish(self) -> None:
        self._mraa("build", "--output", "release")
        try:
            self._alter(self._deployer.folder / "release")
        except Exception as error:
            raise AlterError(f"the release could not be altered: {error!r}") from error
        self._mraa("publish", "--from", "release", "--create-buckets", "--yes")

    def _deploy(self) -> None:
        self._mraa("doctor")
        self._mraa("deploy", "--yes")

    def _find_regions(self) -> None:
        settings = SETTINGS
        for region in REGIONS:
            info = find_region_info(self._deployment.aws, region, settings)
            assert info is not None, region
            self._deployment.regions[region] = info

    def _deploy_web_app(self) -> None:
        said = self._mraa("webapp", "deploy", "--admin-name", USER, "--admin-email", EMAIL, "--yes")
        self._site = said.rstrip().rpartition("Open: ")[2]

    def _write_and_read(self) -> None:
        assert self._deployment.post(PRIMARY)[0] == 200
        assert self._deployment.post(SECONDARY) == (409, "RegionFenced")
        self._deployment.add_photo(PRIMARY)
        for region in REGIONS:
            assert eventually(partial(self._deployment.photos, region), LIMIT_S)
            assert eventually(partial(self._deployment.objects, region), LIMIT_S)
        missing = uuid7(time.time())
        info = self._deployment.regions[PRIMARY]
        body = {"user": "a", "title": "b", "contentType": "image/png"}
        answer = self._deployment.aws.api_request("POST", PRIMARY, photos.api_id(info), f"photos/{missing}", body)
        assert (answer.status, answer.body["error"]["code"]) == (400, "ObjectMissing")
        state = self._deployment.aws.api_request("GET", PRIMARY, info.routing_layer_api_id, f"state/{info.app_id}")
        assert state.body["state"] == "active"

    def _use_the_web_app(self) -> None:
        keys = sign_in(self._client, outputs(self._client), USER)
        info, photo = self._deployment.regions[PRIMARY], uuid7(time.time())
        credentials = zip(_CREDENTIALS.values(), keys.get_frozen_credentials()[:3], strict=True)
        place: dict[str, Any] = {"Bucket": info.object_store_bucket, "Key": f"public/{photo}"}
        s3 = self._client("s3", PRIMARY, **dict(credentials))
        s3.put_object(**place, Body=b"png", ContentType="image/png", IfNoneMatch="*")
        assert s3.get_object(**place)["Body"].read() == b"png"
        with pytest.MonkeyPatch.context() as patch:
            for name, value in zip(_CREDENTIALS, keys.get_frozen_credentials()[:3], strict=True):
                patch.setenv(name, value or "")
            user, body = Aws(), {"user": USER, "title": "t", "contentType": "image/png"}
            api = photos.api_id(info)
            assert user.api_request("POST", PRIMARY, api, f"photos/{photo}", body).status == 200
            assert user.api_request("GET", PRIMARY, api, "photos").status == 200
            assert user.api_request("DELETE", PRIMARY, api, f"photos/{photo}").status == 200
        assert f"public/{photo}" not in self._deployment.objects(PRIMARY)
        assert b"<!doctype html>" in self._page()

    def _announce(self) -> None:
        for region in REGIONS:
            self._queues[region] = watch_states(self._client("sqs", region), self._client("events", region))
        self._mraa("fence", "--yes")
        for region in REGIONS:
            assert eventually(self._queues[region].take, LIMIT_S)
        self._mraa("unfence", "--yes")

    def _replicate_back(self) -> None:
        assert self._deployment.post(SECONDARY)[0] == 200
        photo = self._deployment.add_photo(SECONDARY)
        assert eventually(lambda: f"public/{photo}" in self._deployment.objects(PRIMARY), LIMIT_S)

    def _converge(self) -> None:
        """The guard of the Region that the lower epoch reaches puts the higher one back."""
        self._deployment.cut()
        for state in ("fenced", "active") * 3:
            self._deployment.set_state(PRIMARY, state)
        self._deployment.set_state(SECONDARY, "failover", Force=True)
        self._faults.connect()
        assert eventually(lambda: self._deployment.states() == [("active", PRIMARY, "agree")] * 2, LIMIT_S)

    def _update(self) -> None:
        """Every function, the regional template and a file of the site change, and a stale file goes."""
        site = self._deployer.folder / "webapp"
        (site / "index.html").write_text("<!doctype html><title>two</title>\n")
        for folder in sorted((self._deployer.folder / "functions").iterdir()):
            handler = folder / "handler.py"
            if handler.exists():
                handler.write_text(handler.read_text() + "\nMARK = 2\n")
        self._publish()
        self._mraa("deploy", "--yes")
        self._mraa("webapp", "deploy", "--yes")
        assert self._deployment.post(PRIMARY)[0] == 200
        assert set(self._deployer.instances().values()) == {"CURRENT"}
        self._mraa("drift")

    def _serve_updated_site(self) -> None:
        assert b"<title>two</title>" in self._page()

    def _serve_from_the_secondary(self) -> None:
        self._faults.set("region", region=PRIMARY, state="down")
        try:
            assert b"<title>two</title>" in self._page()
        finally:
            self._faults.connect()

    def _page(self) -> bytes:
        with urllib.request.urlopen(f"{self._site}index.html", timeout=10) as answer:
            return bytes(answer.read())

    def _logs(self) -> None:
        for region, info in self._deployment.regions.items():
            logs = self._client("logs", region)
            functions = [names.PHOTOS_API, names.APP_STATE_UPDATER, names.STATE_GUARD]
            if region == PRIMARY:
                functions += [names.REPLICATION_CONFIGURER, names.OUTPUT_CONSOLIDATOR]
            groups = [names.function_logs(token(info), folder) for folder in functions]
            groups += [names.api_logs(of(token(info))) for of in (names.photos, names.routing_layer)]
            for group in groups:
                assert logs.describe_log_streams(logGroupName=group)["logStreams"], f"{group} in {region} is empty"
        for folder in ("console-deployer", "secondary-bucket"):
            [web] = self._client("logs").describe_log_groups(logGroupNamePattern=folder)["logGroups"]
            assert self._client("logs").describe_log_streams(logGroupName=web["logGroupName"])["logStreams"]

    def _destroy(self) -> None:
        for region, queue in self._queues.items():
            self._client("sqs", region).delete_queue(QueueUrl=queue.url)
        self._mraa("destroy", *DELETED)
        assert self._deployer.remains() == {}


if __name__ == "__main__":
    sys.stdout.write(f"{run() or 'everything works'}\n")
