"""Every client passes every scenario of fence/conformance."""

from pathlib import Path

import pytest

from tests.fence.application import Application
from tests.fence.client import Client
from tests.fence.network import Network
from tests.fence.scenario import FOLDER, Play, load

SCENARIOS = sorted(FOLDER.glob("*.json"))


@pytest.mark.parametrize("path", SCENARIOS, ids=[path.stem for path in SCENARIOS])
def test_a_client_passes(path: Path, application: Application, network: Network, clients: dict[str, Client]) -> None:
    try:
        Play(application, network, clients).all(load(path))
    finally:
        application.faults.set("transaction", ms=0)
