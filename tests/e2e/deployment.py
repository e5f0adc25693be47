"""The complete system with the web app on its own local cloud, deployed as an administrator would."""

import contextlib
import re
import shutil
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mraa_local import control, process, visitor
from mraa_local.process import LocalCloud
from tests.local.conftest import make_client
from tests.local.deploying import CHECKOUT, Deployer, operator_environment
from tests.regions import PRIMARY

ADMIN = "ada"
PASSWORD = "Better-Passw0rd!"


@dataclass(frozen=True)
class System:
    """A running deployment and its operations."""

    cloud: LocalCloud
    deployer: Deployer
    url: str
    invitation: str  # the temporary password

    def mraa(self, *words: str) -> str:
        """Run a verb of the tool; fails on an exit code other than 0."""
        return self.deployer.mraa(*words)

    def client(self, service: str, region: str = PRIMARY) -> Any:
        """A boto3 client with the operator's keys."""
        return make_client(self.cloud, service, region)

    def fault(self, **values: object) -> None:
        """Set or end a fault, for example ``fault="region", region=..., state="down"``."""
        control.set_fault(self.cloud.environment["MRAA_FAULT_URL"], **values)

    def lose(self, region: str) -> None:
        """Take a Region down."""
        self.fault(fault="region", region=region, state="down")

    def restore(self, region: str) -> None:
        """Restore a Region."""
        self.fault(fault="region", region=region, state="up")

    @property
    def host_url(self) -> str:
        """The site under its own host name, so that APIs and buckets have another origin, as on AWS."""
        label = re.sub(r".*/([^/.]+)\.cloudfront\.net/$", r"\1", self.url)
        return f"http://{label}.cloudfront.localhost:{self.cloud.port}/"


@contextlib.contextmanager
def deployed() -> Iterator[System]:
    """Build this checkout, deploy it to both Regions, launch the web app; removes everything at the end."""
    cloud = process.start()
    # in the checkout, or `build` would not find its sources
    folder = CHECKOUT / ".mraa" / f"e2e-{cloud.port}-{uuid.uuid4().hex[:8]}"
    folder.mkdir(parents=True)
    (folder / "mraa.toml").write_text("")
    deployer = Deployer(
        folder, operator_environment(cloud), lambda service, region: make_client(cloud, service, region)
    )
    try:
        deployer.publish()
        deployer.mraa("deploy", "--yes")
        output = deployer.mraa("webapp", "deploy", "--admin-name", ADMIN, "--admin-email", "ada@example.com", "--yes")
        url = output.rstrip().rpartition("Open: ")[2]
        yield System(cloud, deployer, url, visitor.temporary_password(cloud, ADMIN))
    finally:
        process.stop(cloud.port)
        shutil.rmtree(folder, ignore_errors=True)
