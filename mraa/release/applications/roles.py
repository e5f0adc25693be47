"""The IAM roles of a template: what they may do, and which services they are for."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from mraa.release.applications.template_file import TemplateFile, properties_of

ROLE = "AWS::IAM::Role"
ROLE_TYPES = (ROLE, "AWS::IAM::Policy", "AWS::IAM::RolePolicy", "AWS::IAM::ManagedPolicy")

_LOGS = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")
# the end of the ARN of AWS's own policies for functions and APIs -> the actions in them:
# https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
_MANAGED: Mapping[str, tuple[str, ...]] = {
    "AWSLambdaBasicExecutionRole": _LOGS,
    "AWSLambdaDynamoDBExecutionRole": (
        *_LOGS, "dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams",
    ),
    "AWSLambdaKinesisExecutionRole": (
        *_LOGS, "kinesis:DescribeStream", "kinesis:DescribeStreamSummary", "kinesis:GetRecords",
        "kinesis:GetShardIterator", "kinesis:ListShards", "kinesis:ListStreams", "kinesis:SubscribeToShard",
    ),
    "AWSLambdaSQSQueueExecutionRole": (
        *_LOGS, "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage",
    ),
    "AWSXRayDaemonWriteAccess": (
        "xray:GetSamplingRules", "xray:GetSamplingStatisticSummaries", "xray:GetSamplingTargets",
        "xray:PutTelemetryRecords", "xray:PutTraceSegments",
    ),
    "AmazonAPIGatewayPushToCloudWatchLogs": (
        *_LOGS, "logs:DescribeLogGroups", "logs:DescribeLogStreams", "logs:FilterLogEvents", "logs:GetLogEvents",
    ),
}  # fmt: skip
# a role that may do these could give itself, or another one, everything
_ESCALATING = ("iam:", "organizations:", "account:", "sso:")
_HARMLESS = ("iam:PassRole", "iam:Get", "iam:List", "organizations:Describe", "organizations:List")


def roles(template: TemplateFile) -> Iterator[tuple[str, dict[str, Any]]]:
    """Logical id and properties of each role."""
    return template.of_type(ROLE)


def role_actions(template: TemplateFile) -> tuple[set[str], dict[str, str]]:
    """Every action that the template's roles may have at most, and what of them cannot be told, with the reason."""
    found: set[str] = set()
    unknown: dict[str, str] = {}
    for name, resource in template.resources.items():
        if resource["Type"] not in ROLE_TYPES:
            continue
        for statement in statements_of(properties_of(resource)):
            if statement.get("Effect") == "Deny":
                continue
            for action in as_list(statement.get("Action", [{}])):
                if not isinstance(action, str) or ":" not in action or (action.endswith(":*") and _escalates(action)):
                    unknown[f"the role policy {name}"] = f"{json.dumps(action)[:60]} names no actions of a service"
                elif _escalates(action):
                    unknown[f"the role policy {name}"] = f"with {action} it could give itself everything"
                else:
                    found.add(action)
        for arn in as_list(properties_of(resource).get("ManagedPolicyArns") or []):
            own = isinstance(arn, dict) and isinstance(arn.get("Ref"), str) and arn["Ref"] in template.resources
            known = _MANAGED.get(_text(arn).rpartition("/")[2])
            if known:
                found |= set(known)
            elif not own:
                unknown[f"the managed policy of {name}"] = f"what {_text(arn)[:80]} allows is not known here"
    return found, unknown


def statements_of(properties: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The statements of a role's or policy's own documents, as far as they are written out."""
    documents = [of.get("PolicyDocument") for of in as_list(properties.get("Policies") or []) if isinstance(of, dict)]
    for document in (*documents, properties.get("PolicyDocument")):
        if isinstance(document, dict):
            yield from (of for of in as_list(document.get("Statement") or []) if isinstance(of, dict))


def passed_to(template: TemplateFile) -> set[str]:
    """The services that the template's roles are for."""
    found: set[str] = set()
    for _, properties in roles(template):
        document = properties.get("AssumeRolePolicyDocument")
        for statement in as_list(document.get("Statement") or []) if isinstance(document, dict) else []:
            principal = statement.get("Principal") if isinstance(statement, dict) else None
            services = as_list(principal.get("Service") or []) if isinstance(principal, dict) else []
            found |= {service for service in services if isinstance(service, str)}
    return found


def as_list(value: Any) -> list[Any]:
    """What IAM takes one of or several."""
    return value if isinstance(value, list) else [value]


def _escalates(action: str) -> bool:
    return action.lower().startswith(_ESCALATING) and not action.startswith(_HARMLESS)


def _text(arn: Any) -> str:
    """An ARN as written, the text of an ``Fn::Sub`` included."""
    if isinstance(arn, dict) and len(arn) == 1:
        (value,) = arn.values()
        return _text(value[-1] if isinstance(value, list) and value else value)
    return arn if isinstance(arn, str) else json.dumps(arn)
