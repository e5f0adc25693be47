"""``AWS::Lambda::Function``: refused where AWS refuses it, deleted with its workers."""

from collections.abc import Callable, Iterator
from typing import Any

from mraa_local.access.service_roles import ServiceRole
from mraa_local.cfn.reasons import refuse
from mraa_local.cfn.resources.model import Permission, ResourceType, anything_in, function_arn, pass_role
from mraa_local.engine import buckets, functions, objects
from mraa_local.engine.resources import Change

SERVICE = "lambda.amazonaws.com"


def permissions(change: Change) -> Iterator[Permission]:
    arn = function_arn(change.physical_id or change.new.get("FunctionName", change.logical_id))
    if change.is_delete:
        yield Permission("lambda:DeleteFunction", arn)
        return
    if change.is_create:
        yield Permission("lambda:CreateFunction", arn)
    elif change.touches("Code"):
        yield Permission("lambda:UpdateFunctionCode", arn)
    code = change.new.get("Code") or {}
    if change.touches("Code") and "S3Bucket" in code:
        yield Permission("s3:GetObject", f"arn:aws:s3:::{code['S3Bucket']}/{code['S3Key']}")
    if change.touches("Role"):
        yield pass_role(change.new["Role"], SERVICE)
    names = change.new.keys() | change.old.keys()
    if not change.is_create and any(change.touches(name) for name in names - {"Code", "Tags"}):
        yield Permission("lambda:UpdateFunctionConfiguration", arn)


def is_new(props: dict[str, Any]) -> None:
    """The engine would take over a function of that name."""
    name = props.get("FunctionName")
    if functions.exists(name):
        refuse(f"Function already exist: {name}", "Lambda", 409, "AlreadyExists")


def code_exists(props: dict[str, Any]) -> None:
    """The engine would create a function without code."""
    code = props.get("Code") or {}
    if "S3Bucket" not in code:
        return
    missing = ""
    if buckets.find(code["S3Bucket"]) is None:
        missing = "S3 Error Code: NoSuchBucket. S3 Error Message: The specified bucket does not exist"
    elif objects.content(code["S3Bucket"], code["S3Key"], code.get("S3ObjectVersion")) is None:
        missing = "S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist."
    if missing:
        refuse(f"Error occurred while GetObject. {missing}", "Lambda", 400, "GeneralServiceException")


def role_is_assumable(props: dict[str, Any]) -> None:
    """Whether the role exists and trusts Lambda."""
    arn = function_arn(props.get("FunctionName", ""))
    if not ServiceRole(props["Role"], SERVICE, source_arn=arn).can_be_assumed():
        refuse("The role defined for the function cannot be assumed by Lambda.", "Lambda", 400, "InvalidRequest")


def delete(engine_delete: Callable[..., None], physical_id: str, props: dict[str, Any]) -> None:
    """End the function's processes first."""
    functions.stop_workers(physical_id)
    engine_delete(physical_id, props)


RESOURCE = ResourceType(
    "AWS::Lambda::Function",
    supported={
        **anything_in("FunctionName Description Handler Role Timeout Tags"),
        "Code": anything_in("S3Bucket S3Key S3ObjectVersion ZipFile"),
        "Environment": anything_in("Variables"),
        "LoggingConfig": anything_in("LogGroup"),
    },
    no_effect={
        "Architectures": "functions run on this machine's processor",
        "MemorySize": "a function's memory is not limited",
        "Runtime": "Python functions run on the Python that runs the tool",
    },
    permissions=permissions,
    create_checks=(is_new,),
    checks=(code_exists, role_is_assumable),
    delete=delete,
)
