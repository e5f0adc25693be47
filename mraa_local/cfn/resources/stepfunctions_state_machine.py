"""``AWS::StepFunctions::StateMachine``."""

import json
from collections.abc import Iterator
from typing import Any

from mraa_local.cfn.reasons import handler_message
from mraa_local.cfn.resources.calls import already_gone, call, changed_tags, exists, refuse_existing, tags
from mraa_local.cfn.resources.model import Permission, ResourceType, anything_in, arn, has_own_tags, pass_role
from mraa_local.engine import objects, resource_types
from mraa_local.engine.resource_types import Created
from mraa_local.engine.resources import Change

_NAME_MAX_LENGTH = 80
_SOURCES = ("Definition", "DefinitionString", "DefinitionS3Location")
_CREATE_ONLY = ("StateMachineName", "StateMachineType")


def permissions(change: Change) -> Iterator[Permission]:
    machine = change.physical_id or _arn(change.new.get("StateMachineName") or f"{change.stack_name}-*")
    if change.is_delete:
        yield Permission("states:DeleteStateMachine", machine)
        yield Permission("states:DescribeStateMachine", machine)
        return
    yield Permission(f"states:{'Create' if change.is_create else 'Update'}StateMachine", machine)
    if change.touches("RoleArn"):
        yield pass_role(str(change.new.get("RoleArn") or ""), "states.amazonaws.com")
    if change.touches("DefinitionS3Location") and (of := change.new.get("DefinitionS3Location")):
        yield Permission("s3:GetObject", f"arn:aws:s3:::{of['Bucket']}/{of['Key']}")
    if has_own_tags(change):
        yield Permission("states:TagResource", machine)


def create(logical_id: str, props: dict[str, Any], stack_name: str) -> Created:
    """Create the state machine; ``Ref`` is its ARN."""
    name = props.get("StateMachineName") or resource_types.generated_name(stack_name, logical_id, _NAME_MAX_LENGTH)
    if exists("states", "DescribeStateMachine", stateMachineArn=_arn(name)):
        refuse_existing("states", "AWS::StepFunctions::StateMachine", _arn(name))
    own_tags = [{"key": key, "value": value} for key, value in tags(props).items()]
    made = call(
        "states", "CreateStateMachine",
        name=name, definition=_definition(props), roleArn=props.get("RoleArn"), type=props.get("StateMachineType"),
        tags=own_tags,
    )  # fmt: skip
    return _created(made["stateMachineArn"])


def update(physical_id: str, old: dict[str, Any], new: dict[str, Any], stack_name: str) -> Created:
    """Change definition, role and tags in place; what runs goes on as it began."""
    call(
        "states", "UpdateStateMachine",
        stateMachineArn=physical_id, definition=_definition(new), roleArn=new.get("RoleArn"),
    )  # fmt: skip
    gone, added = changed_tags(old, new)
    if gone:
        call("states", "UntagResource", resourceArn=physical_id, tagKeys=gone)
    if added:
        own_tags = [{"key": key, "value": value} for key, value in added.items()]
        call("states", "TagResource", resourceArn=physical_id, tags=own_tags)
    return _created(physical_id)


def delete(physical_id: str, props: dict[str, Any]) -> None:
    """Delete the state machine; one that no longer exists is success."""
    with already_gone():
        call("states", "DeleteStateMachine", stateMachineArn=physical_id)


def _definition(props: dict[str, Any]) -> str:
    given = [name for name in _SOURCES if props.get(name) is not None]
    if len(given) != 1:
        raise ValueError(handler_message(f"One of {', '.join(_SOURCES)} must be specified"))
    source = props[given[0]]
    if given[0] == "DefinitionS3Location":
        content = objects.content(source["Bucket"], source["Key"], source.get("Version"))
        if content is None:
            raise ValueError(handler_message(f"The object {source['Key']} does not exist in {source['Bucket']}"))
        text = content.decode("utf-8", "replace")
    else:
        text = source if isinstance(source, str) else json.dumps(source)
    for name, value in (props.get("DefinitionSubstitutions") or {}).items():
        text = text.replace(f"${{{name}}}", str(value))
    return text


def _arn(name: str) -> str:
    return arn("states", f"stateMachine:{name}")


def _created(machine: str) -> Created:
    revision = call("states", "DescribeStateMachine", stateMachineArn=machine).get("revisionId", "")
    return machine, {"Arn": machine, "Name": machine.rpartition(":")[2], "StateMachineRevisionId": str(revision)}


RESOURCE = ResourceType(
    "AWS::StepFunctions::StateMachine",
    supported={
        **anything_in("StateMachineName StateMachineType RoleArn Definition DefinitionString DefinitionSubstitutions"),
        **anything_in("Tags"),
        "DefinitionS3Location": anything_in("Bucket Key Version"),
    },
    no_effect={
        "EncryptionConfiguration": "what is stored is not encrypted",
        "LoggingConfiguration": "no logs are delivered; the history of an execution shows the same",
        "TracingConfiguration": "there are no X-Ray traces",
    },
    permissions=permissions,
    create=create,
    update=update,
    delete=delete,
    replaces_engine=True,
    create_only=_CREATE_ONLY,
    has_several_steps=True,
)
