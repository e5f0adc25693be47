"""A local cloud with an application on it, and clients of the fence in both Regions."""

import os
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from mraa.release import npm
from mraa_local.process import LocalCloud
from tests.fence.application import APP_ID, CONFIG, NAMES, Application
from tests.fence.client import Client, started
from tests.fence.network import Network, between
from tests.local.conftest import client as client
from tests.local.conftest import cloud as cloud
from tests.local.conftest import local_home as local_home
from tests.local.replicating import Faults

FENCE = Path(__file__).parents[2] / "fence"
FENCES = 8
# of anybody's client in another language: FENCE_CLIENT="ruby client.rb"
VARIABLE = "FENCE_CLIENT"

PROGRAMS = {
    "python": [sys.executable, str(FENCE / "python/conformance/client.py")],
    "typescript": ["node", str(FENCE / "typescript/conformance/client.ts")],
}
if given := os.environ.get(VARIABLE):
    PROGRAMS["given"] = shlex.split(given)


def install_packages() -> None:
    """The TypeScript library's, unless they are installed already."""
    with npm.exclusive(FENCE / "typescript", lambda event: None) as program:
        program.install(lambda event: None)


@pytest.fixture(scope="module")
def application(cloud: LocalCloud, client: Callable[..., Any]) -> Application:
    """Deployed in both Regions."""
    made = Application(lambda region: client("dynamodb", region), Faults(cloud), FENCES)
    made.create()
    return made


@pytest.fixture(scope="module")
def network(cloud: LocalCloud) -> Iterator[Network]:
    """Between the clients and the cloud."""
    with between(cloud) as made:
        yield made


@pytest.fixture(scope="module", params=PROGRAMS)
def clients(
    request: pytest.FixtureRequest, network: Network, cloud: LocalCloud, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Client]]:
    """The program under test in each Region, by ``primary`` and ``secondary``."""
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "typescript":
        install_packages()
    keys = {name: cloud.environment[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
    with ExitStack() as stack:
        yield {
            role: stack.enter_context(
                started(
                    PROGRAMS[request.param],
                    folder / f"{role}.log",
                    **keys,
                    AWS_ENDPOINT_URL=network.url,
                    AWS_REGION=region,
                    AWS_DEFAULT_REGION=region,
                    # what the library retries is under test, not what the SDK does before
                    AWS_MAX_ATTEMPTS="1",
                    PATH=npm.environment(npm.find())["PATH"],
                    APP_ID=APP_ID,
                    APP_CONFIG_TABLE=CONFIG,
                    PYTHONPATH=str(FENCE / "python"),
                )
            )
            for role, region in NAMES.items()
        }
