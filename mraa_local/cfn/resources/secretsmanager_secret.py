"""``AWS::SecretsManager::Secret``."""

import json
from collections.abc import Iterator
from typing import Any

from mraa_local.cfn.reasons import refuse
from mraa_local.cfn.resources.calls import already_gone, call, exists, tag_list, tags, update_tags
from mraa_local.cfn.resources.model import Permission, ResourceType, anything_in, arn, has_own_tags
from mraa_local.engine import resource_types
from mraa_local.engine.resource_types import Created
from mraa_local.engine.resources import Change

_NAME_MAX_LENGTH = 512
_SUFFIX = "-??????"  # Secrets Manager draws it
_DRAWN = ("ExcludeCharacters", "ExcludeLowercase", "ExcludeNumbers", "ExcludePunctuation", "ExcludeUppercase",
          "IncludeSpace", "PasswordLength", "RequireEachIncludedType")  # fmt: skip
_VALUE = ("SecretString", "GenerateSecretString")


def permissions(change: Change) -> Iterator[Permission]:
    name = change.new.get("Name") or f"{change.stack_name}-*"
    secret = change.physical_id or arn("secretsmanager", f"secret:{name}{_SUFFIX}")
    if change.is_delete:
        yield Permission("secretsmanager:DeleteSecret", secret)
        yield Permission("secretsmanager:DescribeSecret", secret)
        return
    if change.sets("GenerateSecretString"):
        yield Permission("secretsmanager:GetRandomPassword", "*")
    yield Permission(f"secretsmanager:{'Create' if change.is_create else 'Update'}Secret", secret)
    if has_own_tags(change):
        yield Permission("secretsmanager:TagResource", secret)


def create(logical_id: str, props: dict[str, Any], stack_name: str) -> Created:
    """Create the secret; ``Ref`` is its ARN."""
    name = props.get("Name") or resource_types.generated_name(stack_name, logical_id, _NAME_MAX_LENGTH)
    if exists("secretsmanager", "DescribeSecret", SecretId=name):
        message = f"The operation failed because the secret {name} already exists."
        refuse(message, "SecretsManager", 400, "AlreadyExists")
    described = {"Description": props.get("Description"), "KmsKeyId": props.get("KmsKeyId")}
    made = call(
        "secretsmanager", "CreateSecret", Name=name, SecretString=_value(props), Tags=tag_list(tags(props)), **described
    )
    return _created(made["ARN"])


def update(physical_id: str, old: dict[str, Any], new: dict[str, Any], stack_name: str) -> Created:
    """A new value is a new version, which is the current one from then on."""
    changes = {name: new.get(name, "") for name in ("Description", "KmsKeyId") if old.get(name) != new.get(name)}
    if any(old.get(name) != new.get(name) for name in _VALUE):
        changes["SecretString"] = _value(new)
    if changes:
        call("secretsmanager", "UpdateSecret", SecretId=physical_id, **changes)
    update_tags("secretsmanager", old, new, SecretId=physical_id)
    return _created(physical_id)


def delete(physical_id: str, props: dict[str, Any]) -> None:
    """At once, as CloudFormation does it: without the days in which a secret can be restored."""
    with already_gone():
        call("secretsmanager", "DeleteSecret", SecretId=physical_id, ForceDeleteWithoutRecovery=True)


def has_one_value(props: dict[str, Any]) -> None:
    """A secret's value is given or drawn, and what it is drawn into is a JSON object."""
    given = [name for name in _VALUE if name in props]
    if len(given) > 1:
        refuse("You can't specify both SecretString and GenerateSecretString.", "SecretsManager", 400, "InvalidRequest")
    template = (props.get("GenerateSecretString") or {}).get("SecretStringTemplate")
    key = (props.get("GenerateSecretString") or {}).get("GenerateStringKey")
    if (template is None) != (key is None):
        message = "SecretStringTemplate and GenerateStringKey must be specified together."
        refuse(message, "SecretsManager", 400, "InvalidRequest")
    if template is not None and not isinstance(_document(template), dict):
        refuse("SecretStringTemplate must be a JSON object.", "SecretsManager", 400, "InvalidRequest")


def _value(props: dict[str, Any]) -> str | None:
    drawn_by = props.get("GenerateSecretString")
    if drawn_by is None:
        return None if props.get("SecretString") is None else str(props["SecretString"])
    asked = {name: drawn_by.get(name) for name in _DRAWN}
    drawn = str(call("secretsmanager", "GetRandomPassword", **asked)["RandomPassword"])
    template = drawn_by.get("SecretStringTemplate")
    return drawn if template is None else json.dumps({**_document(template), drawn_by["GenerateStringKey"]: drawn})


def _document(text: Any) -> Any:
    try:
        return json.loads(text)
    except (TypeError, ValueError):
        return None


def _name(secret_arn: str) -> str:
    """The name in a secret's ARN, which ends in what Secrets Manager drew."""
    return secret_arn.partition(":secret:")[2].rpartition("-")[0]


def _created(secret_arn: str) -> Created:
    return secret_arn, {"Id": secret_arn}


RESOURCE = ResourceType(
    "AWS::SecretsManager::Secret",
    supported={
        **anything_in("Name Description SecretString Tags"),
        "GenerateSecretString": {**anything_in("SecretStringTemplate GenerateStringKey"), **dict.fromkeys(_DRAWN, ...)},
    },
    no_effect={"KmsKeyId": "shown; what is stored is not encrypted"},
    permissions=permissions,
    checks=(has_one_value,),
    create=create,
    update=update,
    delete=delete,
    replaces_engine=True,
    create_only=("Name",),
    has_several_steps=True,
    drift_key=_name,
)
