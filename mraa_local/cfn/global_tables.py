"""``AWS::DynamoDB::GlobalTable`` with real replicas; the engine makes one table and ignores the rest.

The table of the stack's own Region is made with CreateTable, each other replica with one ``ReplicaUpdates`` action;
settings of a replica are put in its Region. Deleted in the reverse order, replicas first.
"""

from typing import Any

from ministack.core.responses import get_account_id, get_region, request_scope
from ministack.services import dynamodb
from ministack.services.cloudformation import provisioners

from mraa_local.cfn.lifecycle import HalfCreated
from mraa_local.cfn.reasons import Answer, checked, handler_message
from mraa_local.cfn.regions import regions

HOOKED = (
    "ministack.core.responses.request_scope",
    "ministack.services.cloudformation.provisioners._REPLACING_PROPERTIES",
    "ministack.services.cloudformation.provisioners._RESOURCE_HANDLERS",
    "ministack.services.cloudformation.provisioners._physical_name",
    "ministack.services.dynamodb._create_table",
    "ministack.services.dynamodb._delete_table",
    "ministack.services.dynamodb._tables",
    "ministack.services.dynamodb._tags",
    "ministack.services.dynamodb._update_continuous_backups",
    "ministack.services.dynamodb._update_table",
    "ministack.services.dynamodb._update_ttl",
)

TYPE = "AWS::DynamoDB::GlobalTable"
_CREATE_ONLY = ("TableName", "KeySchema", "LocalSecondaryIndexes")
_COPIED = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "LocalSecondaryIndexes")


def create(logical_id: str, props: dict[str, Any], stack_name: str) -> tuple[str, dict[str, str]]:
    """Create the table here, then its replicas, then the settings of each."""
    replicas = _replicas(props)
    name = props.get("TableName") or provisioners._physical_name(stack_name, logical_id, max_len=255)
    request = {"TableName": name, "BillingMode": props.get("BillingMode", "PROVISIONED"), **_shared(props)}
    request.update({key: props[key] for key in _COPIED if key in props})
    _checked(dynamodb._create_table(request))
    try:
        for region in replicas.keys() - {get_region()}:
            _update({"TableName": name, "ReplicaUpdates": [{"Create": {"RegionName": region}}]})
        _put_ttl(name, props, {})
        for region, settings in replicas.items():
            _put_settings(name, region, settings, {})
    except ValueError as error:
        raise HalfCreated(name, str(error)) from error
    return name, _attributes(name)


def update(
    physical_id: str, old_props: dict[str, Any], new_props: dict[str, Any], stack_name: str
) -> tuple[str, dict[str, str]]:
    """Change what can be changed in place; anything else would replace a table that has a name of its own."""
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
        for region in old:
            with request_scope(get_account_id(), region):
                _update({"TableName": physical_id, **request})
    for region in old.keys() - new.keys():
        _refuse_protected(physical_id, region)
        _update({"TableName": physical_id, "ReplicaUpdates": [{"Delete": {"RegionName": region}}]})
    for region in new.keys() - old.keys():
        _update({"TableName": physical_id, "ReplicaUpdates": [{"Create": {"RegionName": region}}]})
    _put_ttl(physical_id, new_props, old_props)
    for region, settings in new.items():
        _put_settings(physical_id, region, settings, old.get(region, {}))
    return physical_id, _attributes(physical_id)


def delete(physical_id: str, props: dict[str, Any]) -> None:
    """Delete the replicas, then the table; refused as a whole while any of them is protected."""
    table = dynamodb._tables.get(physical_id)
    if table is None:
        return
    places = sorted({*(table.get("_global_regions") or ()), get_region()})
    for region in places:
        _refuse_protected(physical_id, region)
    for region in places:
        if region != get_region():
            _update({"TableName": physical_id, "ReplicaUpdates": [{"Delete": {"RegionName": region}}]})
    _checked(dynamodb._delete_table({"TableName": physical_id}))


def _replicas(props: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Settings by Region; raises ValueError unless the stack's own Region is among them, once each."""
    replicas = {replica["Region"]: replica for replica in props.get("Replicas") or []}
    if get_region() not in replicas or len(replicas) != len(props["Replicas"]):
        message = "Replicas must name each Region once, and the Region of the stack among them"
        raise ValueError(handler_message(message))
    unknown = sorted(replicas.keys() - regions())
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
        _checked(dynamodb._update_ttl({"TableName": name, "TimeToLiveSpecification": wanted}))
    elif old and not wanted:
        _checked(dynamodb._update_ttl({"TableName": name, "TimeToLiveSpecification": {**old, "Enabled": False}}))


def _put_settings(name: str, region: str, settings: dict[str, Any], old: dict[str, Any]) -> None:
    """Deletion protection, point-in-time recovery and tags are a replica's own."""
    with request_scope(get_account_id(), region):
        protected = _is_true(settings.get("DeletionProtectionEnabled"))
        if protected != _is_true(old.get("DeletionProtectionEnabled")):
            _update({"TableName": name, "DeletionProtectionEnabled": protected})
        recovery = settings.get("PointInTimeRecoverySpecification") or {}
        if recovery != (old.get("PointInTimeRecoverySpecification") or {}):
            enabled = _is_true(recovery.get("PointInTimeRecoveryEnabled"))
            specification = {"PointInTimeRecoveryEnabled": enabled}
            _checked(
                dynamodb._update_continuous_backups(
                    {"TableName": name, "PointInTimeRecoverySpecification": specification}
                )
            )
        if settings.get("Tags") != old.get("Tags"):
            dynamodb._tags[dynamodb._tables[name]["TableArn"]] = list(settings.get("Tags") or [])


def _refuse_protected(name: str, region: str) -> None:
    table = dynamodb._tables.get_scoped(get_account_id(), region, name)
    if table is not None and table.get("DeletionProtectionEnabled"):
        message = f"Resource cannot be deleted as it is currently protected against deletion in {region}. "
        raise ValueError(handler_message(message + "Disable deletion protection first."))


def _attributes(name: str) -> dict[str, str]:
    table = dynamodb._tables[name]
    return {
        "Arn": table["TableArn"],
        "TableId": table["TableId"],
        "StreamArn": table.get("LatestStreamArn") or "",
    }


def _update(request: dict[str, Any]) -> None:
    _checked(dynamodb._update_table(request))


def _checked(answer: Answer) -> None:
    checked(answer, "DynamoDb")


def _is_true(value: Any) -> bool:
    return str(value).lower() == "true"


def install() -> None:
    """Take the resource type over."""
    provisioners._RESOURCE_HANDLERS[TYPE] = {"create": create, "update": update, "delete": delete}
    provisioners._REPLACING_PROPERTIES[TYPE] = _CREATE_ONLY
