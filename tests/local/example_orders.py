"""The example's orders beside the photo sample, as their owner deploys them: from a folder with its files."""

import shutil
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from mraa.applications.api import OwnApi
from mraa.applications.described import read_apis
from mraa.recovery.models import RegionInfo
from mraa.recovery.regions.parameter import find_region_info
from tests.local.deploying import CHECKOUT
from tests.local.operating import SETTINGS, Deployment
from tests.regions import REGIONS

EXAMPLE = CHECKOUT / "examples" / "orders"
NAME = "orders"


@dataclass(frozen=True)
class Example:
    """The orders, or a copy of them by another name, on a deployment. ``infos`` are each Region's facts."""

    deployment: Deployment
    name: str
    infos: dict[str, RegionInfo]

    @property
    def folder(self) -> Path:
        return self.deployment.folder / self.name

    @cached_property
    def api(self) -> OwnApi:
        return read_apis(self.deployment.folder / "mraa.toml", {})[0][self.name]

    @property
    def table(self) -> str:
        return self.infos[REGIONS[0]].applications[self.name].tables[0]

    def output(self, region: str, name: str) -> str:
        return self.infos[region].applications[self.name].outputs[name]

    def client(self, service: str, region: str) -> Any:
        return self.deployment.aws.client(service, region)

    def items(self, region: str) -> dict[str, dict[str, str]]:
        """What its table holds there by order id, without a drain's canaries."""
        scanned = self.client("dynamodb", region).get_paginator("scan").paginate(TableName=self.table)
        found = [{key: value["S"] for key, value in item.items()} for page in scanned for item in page["Items"]]
        return {item["orderId"]: item for item in found if not item["orderId"].startswith("CANARY#")}

    def change(self, file: str, old: str, new: str, *, expect: int = 0) -> dict[str, Any]:
        """Edit a file as its owner would, and deploy; the result."""
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{file} has {text.count(old)} times {old!r}"
        path.write_text(text.replace(old, new), encoding="utf-8")
        _publish(self.deployment)
        return self.deployment.mraa("app", "deploy", self.name, "--yes", expect=expect)


def deploy_example(deployment: Deployment, name: str = NAME) -> Example:
    """Copy the example's files into a folder of that name, describe it in mraa.toml, and deploy it."""
    shutil.copytree(EXAMPLE, deployment.folder / name, ignore=shutil.ignore_patterns("__pycache__", "mraa.toml"))
    table = (EXAMPLE / "mraa.toml").read_text(encoding="utf-8").replace(f"application.{NAME}", f"application.{name}")
    for template in ("global", "regional"):
        table = table.replace(f'{template} = "', f'{template} = "{name}/')
    with (deployment.folder / "mraa.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n{table}")
    _publish(deployment)
    deployment.mraa("app", "deploy", name, "--yes")
    infos = {region: find_region_info(deployment.aws, region, SETTINGS) for region in REGIONS}
    return Example(deployment, name, {region: info for region, info in infos.items() if info})


def _publish(deployment: Deployment) -> None:
    deployment.mraa("build", "--output", "release")
    deployment.mraa("publish", "--from", "release", "--yes")
