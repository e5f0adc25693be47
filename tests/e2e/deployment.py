"""The whole system on a local cloud of its own, web app included, as an administrator would bring it up."""

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
    """A running deployment and the ways to work on it."""

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

    def regain(self, region: str) -> None:
        """Bring a Region back."""
        self.fault(fault="region", region=region, state="up")

    @property
    def host_url(self) -> str:
        """The site at a host name of its own, where APIs and buckets are of another origin, as on AWS."""
        label = re.sub(r".*/([^/.]+)\.cloudfront\.net/$", r"\1", self.url)
        return f"http://{label}.cloudfront.localhost:{self.cloud.port}/"


@contextlib.contextmanager
def deployed() -> Iterator[System]:
    """Build this checkout, deploy it to both Regions, launch the web app; all gone at the end."""
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
        said = deployer.mraa("webapp", "deploy", "--admin-name", ADMIN, "--admin-email", "ada@example.com", "--yes")
        address = said.rstrip().rpartition("Open: ")[2]
        yield System(cloud, deployer, address, visitor.temporary_password(cloud, ADMIN))
    finally:
        process.stop(cloud.port)
        shutil.rmtree(folder, ignore_errors=True)
