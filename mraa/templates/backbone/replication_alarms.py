"""Alarms of a Region on what it copies to the other Region, and on what it gets from there."""

from typing import Any

from troposphere import AWSHelperFn, If, Ref, Template

from mraa import names
from mraa.templates.alarms import Alarm, add_alarm
from mraa.templates.parts import IS_PRIMARY, Substitution

_PEER = If(IS_PRIMARY, Ref("SecondaryRegion"), Ref("PrimaryRegion"))
_LATENCY_MS = 30_000
_PENDING = 100


def add_replication_alarms(template: Template, sub: Substitution) -> None:
    """Add them: tables by this Region's writes, objects both ways, each where AWS publishes its metrics."""
    for alarm in (
        _table_latency("AppConfig", "app-config"),
        _table_latency("KeyValueStore", "key-value-store"),
        Alarm(
            "KeyValueStoreThrottles",
            "key-value-store-throttles",
            "Writes are throttled: more than a partition takes (docs/limits.md).",
            "AWS/DynamoDB",
            "WriteThrottleEvents",
            {"TableName": Ref("KeyValueStoreTableName")},
            "Sum",
            0,
            (3, 5),
        ),
        # pending is published in the destination's Region, failed in the source's
        Alarm(
            "ObjectsPending",
            "objects-pending",
            f"More than {_PENDING} objects have been waiting for a quarter of an hour to be copied here.",
            "AWS/S3",
            "OperationsPendingReplication",
            _rule(sub, _PEER, Ref("AWS::Region"), If(IS_PRIMARY, names.REVERSE_RULE, names.FORWARD_RULE)),
            "Maximum",
            _PENDING,
            (15, 15),
        ),
        Alarm(
            "ObjectsFailed",
            "objects-failed",
            "Objects could not be copied to the other Region: `mraa reconcile` lists and repairs them.",
            "AWS/S3",
            "OperationsFailedReplication",
            _rule(sub, Ref("AWS::Region"), _PEER, If(IS_PRIMARY, names.FORWARD_RULE, names.REVERSE_RULE)),
            "Sum",
            0,
        ),
    ):
        add_alarm(template, sub, alarm)


def _table_latency(title: str, kind: str) -> Alarm:
    return Alarm(
        f"{title}Replication",
        f"{kind}-replication",
        f"The table's items take longer than {_LATENCY_MS // 1000} s to the other Region.",
        "AWS/DynamoDB",
        "ReplicationLatency",
        {"TableName": Ref(f"{title}TableName"), "ReceivingRegion": _PEER},
        "Average",
        _LATENCY_MS,
        (3, 5),
    )


def _rule(sub: Substitution, source: AWSHelperFn, destination: AWSHelperFn, rule: AWSHelperFn) -> dict[str, Any]:
    """The dimensions of a replication rule's metrics, from Region to Region."""
    bucket = names.object_store(names.TOKEN, "${Place}")
    return {
        "SourceBucket": sub.also(Place=source)(bucket),
        "DestinationBucket": sub.also(Place=destination)(bucket),
        "RuleId": rule,
    }
