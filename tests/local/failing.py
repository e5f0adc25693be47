"""Deployments that fail on command: in which Region, at which resource; and what the tool reports."""

import json
from pathlib import Path

from mraa_local import control
from mraa_local.process import LocalCloud
from tests.local.deploying import Deployer
from tests.regions import REGIONS

TEMPLATE = Path(__file__).parents[2] / "templates/multi-region-application-architecture-stackset-instance.template"


def regional_resources() -> list[tuple[str, str, str]]:
    """(Region's role, logical id, type) of every resource that a stack instance creates there."""
    resources = json.loads(TEMPLATE.read_text())["Resources"]
    return [
        (role, name, of["Type"])
        for name, of in resources.items()
        for role in ("primary", "secondary")
        if role == "primary" or of.get("Condition") != "IsPrimary"
    ]


def set_state(where: Deployer | LocalCloud, region: str, logical_id: str, state: str) -> None:
    """Let a resource fail, stick or work."""
    url = where.environment["MRAA_FAULT_URL"]
    control.set_fault(url, fault="resource", region=region, logicalId=logical_id, state=state)


def said_of_a_failure(deployer: Deployer, region: str, logical_id: str) -> str:
    """What `mraa deploy` reports when the resource fails there."""
    set_state(deployer, region, logical_id, "fails")
    try:
        return deployer.mraa("deploy", "--yes", expect=1)
    finally:
        set_state(deployer, region, logical_id, "works")


def current_instances(deployer: Deployer) -> bool:
    """Whether both Regions have a stack instance, and each is up to date."""
    return deployer.instances() == dict.fromkeys(REGIONS, "CURRENT")
