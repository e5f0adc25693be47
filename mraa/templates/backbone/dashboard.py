"""The CloudWatch dashboard over both Regions: API errors and latency, replication lag and failures."""

import json
from typing import Any

from mraa import names

_PRIMARY = names.REGION
_SECONDARY = "${SecondaryRegion}"
_WIDTH, _HEIGHT = 12, 6

Metric = list[Any]


def dashboard_body() -> str:
    """The dashboard as JSON text for ``Fn::Sub``."""
    rows = [
        [_api_errors(_PRIMARY), _api_errors(_SECONDARY)],
        [_api_latency(_PRIMARY), _api_latency(_SECONDARY)],
        [_table_latency(_PRIMARY, _SECONDARY), _table_latency(_SECONDARY, _PRIMARY)],
        [
            _objects(_PRIMARY, _SECONDARY, names.FORWARD_RULE),
            _objects(_SECONDARY, _PRIMARY, names.REVERSE_RULE),
        ],
    ]
    widgets = [
        {"type": "metric", "x": x * _WIDTH, "y": y * _HEIGHT, "width": _WIDTH, "height": _HEIGHT, "properties": widget}
        for y, row in enumerate(rows)
        for x, widget in enumerate(row)
    ]
    return json.dumps({"widgets": widgets})


def _widget(title: str, region: str, statistic: str, metrics: list[Metric]) -> dict[str, Any]:
    return {
        "title": title,
        "region": region,
        "view": "timeSeries",
        "stat": statistic,
        "period": 60,
        "metrics": metrics,
    }


def _apis() -> dict[str, str]:
    return {"Routing": names.routing_layer(names.TOKEN), "Photos": names.photos(names.TOKEN)}


def _api_errors(region: str) -> dict[str, Any]:
    metrics = [
        ["AWS/ApiGateway", metric, "ApiName", api, "Stage", names.STAGE, {"label": f"{label} {metric}"}]
        for label, api in _apis().items()
        for metric in ("4XXError", "5XXError")
    ]
    return _widget(f"API errors, {region}", region, "Sum", metrics)


def _api_latency(region: str) -> dict[str, Any]:
    metrics = [
        [
            "AWS/ApiGateway",
            "Latency",
            "ApiName",
            api,
            "Stage",
            names.STAGE,
            {"stat": statistic, "label": f"{label} {statistic}"},
        ]
        for label, api in _apis().items()
        for statistic in ("p50", "p99")
    ]
    return _widget(f"API latency (ms), {region}", region, "p99", metrics)


def _table_latency(source: str, destination: str) -> dict[str, Any]:
    metrics = [
        ["AWS/DynamoDB", "ReplicationLatency", "TableName", table, "ReceivingRegion", destination, {"label": label}]
        for label, table in (
            ("app-config", names.app_config(names.TOKEN)),
            ("key-value-store", names.key_value_store(names.TOKEN)),
        )
    ]
    return _widget(f"Table replication (ms), {source} to {destination}", source, "Maximum", metrics)


def _objects(source: str, destination: str, rule: str) -> dict[str, Any]:
    """S3 publishes pending operations in the destination's Region, failed ones in the source's."""
    dimensions = [
        "SourceBucket",
        names.object_store(names.TOKEN, source),
        "DestinationBucket",
        names.object_store(names.TOKEN, destination),
        "RuleId",
        rule,
    ]
    metrics = [
        ["AWS/S3", "OperationsPendingReplication", *dimensions, {"label": "pending", "region": destination}],
        ["AWS/S3", "OperationsFailedReplication", *dimensions, {"label": "failed", "region": source, "stat": "Sum"}],
    ]
    return _widget(f"Object replication (operations), {source} to {destination}", source, "Maximum", metrics)
