"""``AWS::DynamoDB::GlobalTable`` with real replicas; the engine creates one table and ignores the rest.

The table of the stack's own Region is created with CreateTable, each other replica with one ``ReplicaUpdates`` action;
settings of a replica are put in its Region. Deleted in the reverse order, replicas first.
"""

from collections.abc import Iterator
from typing import Any

from mraa_local import regions
from mraa_local.cfn.lifecycle import HalfCreated
from mraa_local.cfn.reasons import checked, handler_message
from mraa_local.cfn.resources.model import Permission, ResourceType, anything_in, arn
from mraa_local.engine import resource_types, tables
from mraa_local.engine.resource_types import Created
from mraa_local.engine.resources import Change
from mraa_local.engine.scope import Answer, account_id, region, scope

_CREATE_ONLY = ("TableName", "KeySchema", "LocalSecondaryIndexes")
_NAME_MAX_LENGTH = 255
_COPIED = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "LocalSecondaryIndexes")


def permissions(change: Change) -> Iterator[Permission]:
    """In the stack's own Region; DynamoDB makes the replicas from there.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/globaltables-security.html
    """
    # CloudFormation generates a name that begins with those of stack and resource
    name = change.physical_id or change.new.get("TableName", f"{change.stack_name}-{change.logical_id}-*")
    table = arn("dynamodb", f"table/{name}")
    before, after = (
        {of["Region"] for of in props.get("Replicas") or []} - {region()} for props in (change.old, change.new)
    )
    if change.is_create:
        yield Permission("dynamodb:CreateTable", table)
    elif change.is_delete:
        yield Permission("dynamodb:DeleteTable", table)
    else:
        yield Permission("dynamodb:UpdateTable", table)
    if after - before:
        yield Permission("dynamodb:CreateTableReplica", table)
    if before - after:
        yield Permission("dynamodb:DeleteTableReplica", table)
    if any(of.get("PointInTimeRecoverySpecification") for of in change.new.get("Replicas") or []) and change.is_create:
        yield Permission("dynamodb:UpdateContinuousBackups", table)


def create(logical_id: str, props: dict[str, Any], stack_name: str) -> Created:
    """Create the table here, then its replicas, then the settings of each."""
    replicas = _replicas(props)
    name = props.get("TableName") or resource_types.generated_name(stack_name, logical_id, _NAME_MAX_LENGTH)
    request = {"TableName": name, "BillingMode": props.get("BillingMode", "PROVISIONED"), **_shared(props)}
    request.update({key: props[key] for key in _COPIED if key in props})
    _checked(tables.create(request))
    try:
        for place in replicas.keys() - {region()}:
            _update_replica(name, "Create", place)
        _put_ttl(name, props, {})
        for place, settings in replicas.items():
            _put_settings(name, place, settings, {})
    except ValueError as error:
        raise HalfCreated(name, str(error)) from error
    return name, _attributes(name)


def update(physical_id: str, old_props: dict[str, Any], new_props: dict[str, Any], stack_name: str) -> Created:
    """Change what can be changed in place; anything else would replace a table that has a custom name."""
    if any(old_props.get(key) != new_props.get(key) for key in _CREATE_ONLY):
        raise ValueError(
            "CloudFormation cannot update a stack when a custom-named resource requires replacing. "
            f"Rename {physical_id} and update the stack again."
        )
    old, new = _replicas(old_props), _replicas(new_props)
    request: dict[str, Any] = {}
    if old_props.get("BillingMode") != new_props.get("BillingMode"):
        request["BillingMode"] = new_props.get("BillingMode", "PROVISIONED")
    before, after = _shared(old_props), _shared(new_props)
    request |= {key: value for key, value in after.items() if before.get(key) != value}
    if request:
        for place in old:
            with scope(account_id(), place):
                _update({"TableName": physical_id, **request})
    for place in old.keys() - new.keys():
        _refuse_protected(physical_id, place)
        _update_replica(physical_id, "Delete", place)
    for place in new.keys() - old.keys():
        _update_replica(physical_id, "Create", place)
    _put_ttl(physical_id, new_props, old_props)
    for place, settings in new.items():
        _put_settings(physical_id, place, settings, old.get(place, {}))
    return physical_id, _attributes(physical_id)


def delete(physical_id: str, props: dict[str, Any]) -> None:
    """Delete the replicas, then the table; refused if any of them is protected against deletion."""
    table = tables.find(physical_id)
    if table is None:
        return
    places = sorted({*tables.replica_regions(table), region()})
    for place in places:
        _refuse_protected(physical_id, place)
    for place in places:
        if place != region():
            _update_replica(physical_id, "Delete", place)
    _checked(tables.delete(physical_id))


def _replicas(props: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Settings by Region; raises ValueError unless the stack's own Region is among them, once each."""
    replicas = {replica["Region"]: replica for replica in props.get("Replicas") or []}
    if region() not in replicas or len(replicas) != len(props["Replicas"]):
        message = "Replicas must name each Region once, and the Region of the stack among them"
        raise ValueError(handler_message(message))
    unknown = sorted(replicas.keys() - regions.known())
    if unknown:
        raise ValueError(handler_message(f"Region {unknown[0]} is not supported"))
    return replicas


def _shared(props: dict[str, Any]) -> dict[str, Any]:
    """The settings that are the same in every Region, in the words of CreateTable and UpdateTable."""
    shared: dict[str, Any] = {}
    stream = props.get("StreamSpecification")
    if stream:
        shared["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": stream["StreamViewType"]}
    encryption = props.get("SSESpecification")
    if encryption:
        shared["SSESpecification"] = {
            "Enabled": str(encryption["SSEEnabled"]).lower() == "true",
            "SSEType": encryption.get("SSEType", "KMS"),
        }
    return shared


def _put_ttl(name: str, props: dict[str, Any], old_props: dict[str, Any]) -> None:
    wanted, old = props.get("TimeToLiveSpecification"), old_props.get("TimeToLiveSpecification")
    if wanted and wanted != old:
        _checked(tables.set_time_to_live(name, wanted))
    elif old and not wanted:
        _checked(tables.set_time_to_live(name, {**old, "Enabled": False}))


def _put_settings(name: str, place: str, settings: dict[str, Any], old: dict[str, Any]) -> None:
    """Deletion protection, point-in-time recovery and tags are set for each replica."""
    with scope(account_id(), place):
        protected = _is_true(settings.get("DeletionProtectionEnabled"))
        if protected != _is_true(old.get("DeletionProtectionEnabled")):
            _update({"TableName": name, "DeletionProtectionEnabled": protected})
        recovery = settings.get("PointInTimeRecoverySpecification") or {}
        if recovery != (old.get("PointInTimeRecoverySpecification") or {}):
            enabled = _is_true(recovery.get("PointInTimeRecoveryEnabled"))
            _checked(tables.set_point_in_time_recovery(name, is_enabled=enabled))
        if settings.get("Tags") != old.get("Tags"):
            tables.set_tags(name, list(settings.get("Tags") or []))


def _refuse_protected(name: str, place: str) -> None:
    table = tables.find_in(account_id(), place, name)
    if table is not None and table.get("DeletionProtectionEnabled"):
        message = f"Resource cannot be deleted as it is currently protected against deletion in {place}. "
        raise ValueError(handler_message(message + "Disable deletion protection first."))


def _attributes(name: str) -> dict[str, str]:
    table = tables.find(name)
    assert table is not None
    return {
        "Arn": table["TableArn"],
        "TableId": table["TableId"],
        "StreamArn": table.get("LatestStreamArn") or "",
    }


def _update(request: dict[str, Any]) -> None:
    _checked(tables.update(request))


def _update_replica(name: str, action: str, place: str) -> None:
    _update({"TableName": name, "ReplicaUpdates": [{action: {"RegionName": place}}]})


def _checked(answer: Answer) -> None:
    checked(answer, "DynamoDb")


def _is_true(value: Any) -> bool:
    return str(value).lower() == "true"


RESOURCE = ResourceType(
    "AWS::DynamoDB::GlobalTable",
    supported={
        **anything_in("TableName AttributeDefinitions KeySchema TimeToLiveSpecification"),
        "StreamSpecification": anything_in("StreamViewType"),
        "Replicas": {
            **anything_in("Region DeletionProtectionEnabled Tags"),
            "PointInTimeRecoverySpecification": anything_in("PointInTimeRecoveryEnabled"),
        },
    },
    no_effect={
        "BillingMode": "capacity is not limited; throttling is a fault that is set on request",
        "SSESpecification": "shown; what is stored is not encrypted",
    },
    permissions=permissions,
    create=create,
    update=update,
    delete=delete,
    replaces_engine=True,
    create_only=_CREATE_ONLY,
    has_several_steps=True,
)
