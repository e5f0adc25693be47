"""What the tests of replication share: faults between the two Regions, CloudWatch."""

import time
from collections.abc import Callable
from typing import Any

from mraa_local import control
from mraa_local.process import LocalCloud
from tests.regions import REGIONS

Client = Callable[..., Any]


class Faults:
    """The faults of a cloud, and what is not yet replicated."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._url = cloud.environment["MRAA_FAULT_URL"]

    def set(self, fault: str, **values: Any) -> None:
        control.set_fault(self._url, fault=fault, **values)

    def between(self, fault: str, source: str, destination: str, **values: Any) -> None:
        self.set(fault, **{"from": source, "to": destination, **values})

    def pending(self, source: str, destination: str) -> dict[str, int]:
        for direction in control.faults(self._url)["replication"]["directions"]:
            if (direction["from"], direction["to"]) == (source, destination):
                found: dict[str, int] = direction["pending"]
                return found
        return {"items": 0, "objects": 0}

    def connect(self) -> None:
        """Both Regions up and connected without a lag, their clocks right."""
        for region in REGIONS:
            self.set("region", region=region, state="up")
            self.set("clock-skew", region=region, seconds=0)
        for source, destination in (REGIONS, REGIONS[::-1]):
            self.between("heal", source, destination)
            self.between("lag", source, destination, ms=0)


def metric(client: Client, region: str, namespace: str, name: str, dimensions: dict[str, str]) -> list[float]:
    """The metric's values of the last minutes, second by second."""
    now = time.time()
    query = {
        "Id": "m",
        "MetricStat": {
            "Metric": {
                "Namespace": namespace,
                "MetricName": name,
                "Dimensions": [{"Name": key, "Value": text} for key, text in dimensions.items()],
            },
            "Period": 1,
            "Stat": "Maximum",
        },
    }
    answer = client("cloudwatch", region).get_metric_data(
        MetricDataQueries=[query], StartTime=now - 300, EndTime=now + 60, ScanBy="TimestampAscending"
    )
    values: list[float] = answer["MetricDataResults"][0]["Values"]
    return values
