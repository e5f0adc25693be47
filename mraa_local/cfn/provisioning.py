"""What AWS refuses when a resource is made or deleted, and the engine lets pass.

Each is a mistake that a template or a release can really have, and that would otherwise show only on AWS.
"""

import json
from collections.abc import Callable
from typing import Any

from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id, get_region
from ministack.services import cloudfront, cloudwatch_logs, iam, lambda_svc, s3
from ministack.services.cloudformation import helpers, provisioners

from mraa_local.cfn.reasons import handler_message
from mraa_local.service_roles import ServiceRole

HOOKED = (
    "ministack.core.iam_evaluator.validate_policy_document",
    "ministack.services.cloudformation.provisioners._RESOURCE_HANDLERS",
    "ministack.services.cloudformation.provisioners._lambda_function_for_cfn_ref",
    "ministack.services.cloudfront._MANAGED_RESPONSE_HEADERS_POLICIES",
    "ministack.services.cloudfront._oacs",
    "ministack.services.cloudfront._response_headers_policies",
    "ministack.services.cloudwatch_logs._log_groups",
    "ministack.services.iam._roles",
    "ministack.services.lambda_svc._functions",
    "ministack.services.lambda_svc.invalidate_worker",
    "ministack.services.s3._buckets",
    "ministack.services.s3._get_object_data",
)

Props = dict[str, Any]
Check = Callable[[Props], None]


def refuse(message: str, service: str, status: int, code: str) -> None:
    """Raise ValueError, the resource's status reason, in the words of AWS's resource handlers."""
    raise ValueError(handler_message(helpers._sdk_error(message, service, status), code))


def function_is_new(props: Props) -> None:
    """The engine would take over a function of that name."""
    name = props.get("FunctionName")
    if name in lambda_svc._functions:
        refuse(f"Function already exist: {name}", "Lambda", 409, "AlreadyExists")


def code_is_there(props: Props) -> None:
    """The engine would make a function without code."""
    code = props.get("Code") or {}
    if "S3Bucket" not in code:
        return
    bucket = s3._buckets.get(code["S3Bucket"])
    missing = ""
    if bucket is None:
        missing = "S3 Error Code: NoSuchBucket. S3 Error Message: The specified bucket does not exist"
    elif s3._get_object_data(code["S3Bucket"], code["S3Key"], version_id=code.get("S3ObjectVersion")) is None:
        missing = "S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist."
    if missing:
        refuse(f"Error occurred while GetObject. {missing}", "Lambda", 400, "GeneralServiceException")


def function_role_is_assumable(props: Props) -> None:
    """Whether the role exists and trusts Lambda."""
    function_arn = f"arn:aws:lambda:{get_region()}:{get_account_id()}:function:{props.get('FunctionName', '')}"
    if not ServiceRole(props["Role"], "lambda.amazonaws.com", source_arn=function_arn).can_be_assumed():
        refuse("The role defined for the function cannot be assumed by Lambda.", "Lambda", 400, "InvalidRequest")


def log_group_is_new(props: Props) -> None:
    """The engine would empty a group of that name, and take it over."""
    name = props.get("LogGroupName")
    if name in cloudwatch_logs._log_groups:
        message = (
            f"Resource of type 'AWS::Logs::LogGroup' with identifier '{{\"/properties/LogGroupName\":\"{name}\"}}'"
        )
        raise ValueError(handler_message(f"{message} already exists.", "AlreadyExists"))


def function_of_permission_exists(props: Props) -> None:
    """The engine would say nothing."""
    name = props["FunctionName"]
    if provisioners._lambda_function_for_cfn_ref(name)[0] is None:
        refuse(f"Function not found: {name}", "Lambda", 404, "NotFound")


def role_policies_are_valid(props: Props) -> None:
    """The engine would keep a document that IAM does not understand."""
    for policy in props.get("Policies") or []:
        invalid = iam_evaluator.validate_policy_document(policy["PolicyDocument"])
        if invalid:
            refuse(invalid, "Iam", 400, "InvalidRequest")


def logging_role_is_assumable(props: Props) -> None:
    """API Gateway tries the account's logging role when it is set."""
    role = props.get("CloudWatchRoleArn")
    account_arn = f"arn:aws:apigateway:{get_region()}::/account"
    if role and not ServiceRole(role, "apigateway.amazonaws.com", source_arn=account_arn).can_be_assumed():
        message = "The role ARN does not have required permissions configured. "
        message += "Please grant trust permission for API Gateway and add the required role policy."
        refuse(message, "ApiGateway", 400, "InvalidRequest")


def dashboard_body_is_json(props: Props) -> None:
    """CloudWatch reads the body; the engine keeps any text."""
    try:
        body = json.loads(props["DashboardBody"])
    except ValueError:
        body = None
    if not isinstance(body, dict):
        refuse("The field DashboardBody must be a valid JSON object", "CloudWatch", 400, "InvalidRequest")


def distribution_refers_to_what_is_there(props: Props) -> None:
    """Origin access controls and headers policies exist, and the log bucket takes ACLs, which CloudFront logs need."""
    config = props["DistributionConfig"]
    for origin in config.get("Origins") or []:
        control = origin.get("OriginAccessControlId")
        if control and control not in cloudfront._oacs:
            refuse("The specified origin access control does not exist.", "CloudFront", 404, "InvalidRequest")
    policy = (config.get("DefaultCacheBehavior") or {}).get("ResponseHeadersPolicyId")
    known = {**cloudfront._MANAGED_RESPONSE_HEADERS_POLICIES, **dict(cloudfront._response_headers_policies.items())}
    if policy and policy not in known:
        refuse("The specified response headers policy does not exist.", "CloudFront", 404, "InvalidRequest")
    logs = (config.get("Logging") or {}).get("Bucket")
    if logs:
        record = s3._buckets.get(logs.partition(".s3")[0])
        ownership = (record or {}).get("_ownership_controls") or "BucketOwnerEnforced"
        if "BucketOwnerEnforced" in ownership:
            message = f"The S3 bucket that you specified for CloudFront logs does not enable ACL access: {logs}"
            refuse(message, "CloudFront", 400, "InvalidRequest")


# type -> (checks at creation, checks at creation and update)
_CHECKS: dict[str, tuple[tuple[Check, ...], tuple[Check, ...]]] = {
    "AWS::ApiGateway::Account": ((), (logging_role_is_assumable,)),
    "AWS::CloudFront::Distribution": ((), (distribution_refers_to_what_is_there,)),
    "AWS::CloudWatch::Dashboard": ((), (dashboard_body_is_json,)),
    "AWS::IAM::Role": ((), (role_policies_are_valid,)),
    "AWS::Lambda::Function": ((function_is_new,), (code_is_there, function_role_is_assumable)),
    "AWS::Lambda::Permission": ((), (function_of_permission_exists,)),
    "AWS::Logs::LogGroup": ((log_group_is_new,), ()),
}


def _check_first(resource_type: str, at_create: tuple[Check, ...], always: tuple[Check, ...]) -> None:
    handlers = provisioners._RESOURCE_HANDLERS[resource_type]
    create, update = handlers["create"], handlers["update"]

    def checked_create(logical_id: str, props: Props, stack_name: str) -> Any:
        for check in (*at_create, *always):
            check(props)
        return create(logical_id, props, stack_name)

    def checked_update(physical_id: str, old_props: Props, new_props: Props, *more: Any) -> Any:
        for check in always:
            check(new_props)
        return update(physical_id, old_props, new_props, *more)

    handlers.update(create=checked_create, update=checked_update)


def _delete_functions_with_their_workers() -> None:
    handlers = provisioners._RESOURCE_HANDLERS["AWS::Lambda::Function"]
    original = handlers["delete"]

    def delete(physical_id: str, props: Props) -> None:
        lambda_svc.invalidate_worker(physical_id, account=get_account_id(), region=get_region())
        original(physical_id, props)

    handlers["delete"] = delete


def _delete_roles_like_iam() -> None:
    """A role with policies that are not the template's is not deleted; nor does IAM take them off by itself."""
    handlers = provisioners._RESOURCE_HANDLERS["AWS::IAM::Role"]
    original = handlers["delete"]

    def delete(physical_id: str, props: Props) -> None:
        role = iam._roles.get(physical_id)
        own = {policy["PolicyName"] for policy in props.get("Policies") or []}
        attached = set(props.get("ManagedPolicyArns") or [])
        if role is not None:
            if set(role["InlinePolicies"]) - own:
                refuse("Cannot delete entity, must delete policies first.", "Iam", 409, "GeneralServiceException")
            if set(role["AttachedPolicies"]) - attached:
                refuse("Cannot delete entity, must detach all policies first.", "Iam", 409, "GeneralServiceException")
        original(physical_id, props)

    handlers["delete"] = delete


def _keep_the_account_settings() -> None:
    """Deleting ``AWS::ApiGateway::Account`` leaves the account as it is: there is nothing to delete."""
    provisioners._RESOURCE_HANDLERS["AWS::ApiGateway::Account"]["delete"] = lambda physical_id, props: None


def install() -> None:
    """Put the checks before the engine's handlers."""
    for resource_type, (at_create, always) in _CHECKS.items():
        _check_first(resource_type, at_create, always)
    _delete_functions_with_their_workers()
    _delete_roles_like_iam()
    _keep_the_account_settings()
