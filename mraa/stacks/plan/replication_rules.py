"""S3 replication rules as they should be, and how one differs from that. S3 leaves out what a rule does not set."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from mraa import names
from mraa.stacks.models import PropertyDifference

Rule = Mapping[str, Any]  # as S3 returns it

# what is compared, and what S3 does if a rule does not say
_COMPARED: dict[str, Any] = {
    "Status": "",
    "Priority": 0,
    "Prefix": "",
    "Destination/Bucket": "",
    "Destination/Account": "",
    "Destination/StorageClass": "",
    "Destination/AccessControlTranslation/Owner": "",
    "Destination/EncryptionConfiguration/ReplicaKmsKeyID": "",
    "Destination/Metrics/Status": "Disabled",
    "Destination/Metrics/EventThreshold/Minutes": "",
    "Destination/ReplicationTime/Status": "Disabled",
    "Destination/ReplicationTime/Time/Minutes": "",
    "DeleteMarkerReplication/Status": "Disabled",
    "SourceSelectionCriteria/ReplicaModifications/Status": "Disabled",
    "SourceSelectionCriteria/SseKmsEncryptedObjects/Status": "Disabled",
}


def forward_configuration(written: Mapping[str, Any]) -> dict[str, Any]:
    """A template's ``ReplicationConfiguration``, filled in, as S3 takes it: a rule's ``Id`` is its ``ID``."""
    rules = [{"ID" if key == "Id" else key: value for key, value in rule.items()} for rule in written["Rules"]]
    return {**written, "Rules": rules}


def reverse_rule(*, destination: str, has_time_control: bool, others: Sequence[Rule]) -> dict[str, Any]:
    """The rule that ``functions/replication_configurer`` puts beside the bucket's other rules."""
    minutes = {"Minutes": 15}
    to: dict[str, Any] = {"Bucket": destination, "Metrics": {"Status": "Enabled"}}
    if has_time_control:
        to["Metrics"]["EventThreshold"] = minutes
        to["ReplicationTime"] = {"Status": "Enabled", "Time": minutes}
    return {
        "ID": names.REVERSE_RULE,
        "Status": "Enabled",
        "Priority": 1 + max((int(of.get("Priority", 0)) for of in others), default=0),
        "Filter": {"Prefix": ""},
        "DeleteMarkerReplication": {"Status": "Enabled"},
        "SourceSelectionCriteria": {"ReplicaModifications": {"Status": "Enabled"}},
        "Destination": to,
    }


def rule_differences(expected: Rule, actual: Rule) -> list[PropertyDifference]:
    """Every property that decides what is replicated, where, and how soon."""
    sides = {path: (_text(expected, path), _text(actual, path)) for path in _COMPARED}
    sides["Filter"] = (_filter(expected), _filter(actual))
    return [PropertyDifference(f"/{path}", one, other) for path, (one, other) in sides.items() if one != other]


def _text(rule: Any, path: str) -> str:
    for name in path.split("/"):
        rule = rule.get(name) if isinstance(rule, Mapping) else None
    return str(_COMPARED[path] if rule is None else rule)


def _filter(rule: Rule) -> str:
    """S3 knows three forms of a filter for everything."""
    return json.dumps({of: value for of, value in rule.get("Filter", {}).items() if value}, sort_keys=True)
