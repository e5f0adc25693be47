"""CloudWatch by the protocol of newer SDKs (Smithy RPC v2 with CBOR), which the engine reads with a library."""

from typing import Any

import cbor2

from mraa_local.process import LocalCloud
from tests.local.requests import signed

HEADERS = {"content-type": "application/cbor", "accept": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}


def call(cloud: LocalCloud, operation: str, **request: Any) -> Any:
    path = f"/service/GraniteServiceVersion20100801/operation/{operation}"
    reply = signed(cloud, "monitoring", "POST", path, headers=HEADERS, body=cbor2.dumps(request))
    assert reply.status == 200, reply.body
    return cbor2.loads(reply.body) if reply.body else {}


def test_metrics_are_put_and_listed_by_it(cloud: LocalCloud) -> None:
    call(cloud, "PutMetricData", Namespace="Own", MetricData=[{"MetricName": "Size", "Value": 1.0}])
    assert [of["MetricName"] for of in call(cloud, "ListMetrics", Namespace="Own")["Metrics"]] == ["Size"]
    assert call(cloud, "ListMetrics", Namespace="Other")["Metrics"] == []
