"""A local cloud for each module of drills, and a deployer on it with a release in both Regions."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mraa_local.process import LocalCloud
from tests.local.conftest import active, client, cloud, connected, deployed, local_home
from tests.local.deploying import Deployer, make_deployer

__all__ = ["active", "client", "cloud", "connected", "deployed", "local_home"]


@pytest.fixture(scope="module")
def deployer(
    cloud: LocalCloud,
    client: Callable[..., Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Deployer]:
    """Nothing deployed, a release published; nothing may be left at the end."""
    folder: Path = tmp_path_factory.mktemp("deployer")
    made = make_deployer(cloud, client, folder)
    made.publish()
    yield made
    made.mraa("destroy", "--delete-data", "--confirm", "mraa", "--yes")
    assert made.remains() == {}
