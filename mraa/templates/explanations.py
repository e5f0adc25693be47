"""Why the templates leave as it is what a scanner of templates finds: each reason once, in the resource's metadata.

checkov and cdk-nag each have a place in the metadata for it; parliament has none, so it gets one of the same kind.
`make audit-templates` fails on a finding without a reason here, and on a reason that no scanner requires.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from awacs.aws import Statement
from troposphere import BaseAWSObject, Template, encode_to_dict, iam

from mraa.templates.policies import OF_OWN_FUNCTIONS, reason_of

_NAG = "AwsSolutions-"


@dataclass(frozen=True)
class Explanation:
    """Why a resource stays as it is, and the scanners' rules, separated by blanks, that ask for something else."""

    reason: str
    rules: str
    findings: tuple[str, ...] = ()
    """Of rules that find several things in a resource: which ones."""


# Functions
NO_RESERVED_CONCURRENCY = Explanation(
    "Reserved concurrency is taken from the account's quota, of which Lambda keeps 100 unreserved: where the quota is "
    "lower, as in new accounts, the stack would fail. Elsewhere it would cap a Region that takes over.",
    "CKV_AWS_115",
)
NO_DEAD_LETTERS = Explanation(
    "A dead-letter queue is for asynchronous invocations. CloudFormation alone makes such, for custom resources, and "
    "the stack reports their failures.",
    "CKV_AWS_116",
)
NO_VPC = Explanation(
    "It calls AWS's public endpoints only. In a VPC it would need an endpoint for each service in both Regions, which "
    "cost by the hour and are one more thing that recovery depends on.",
    "CKV_AWS_117",
)
NO_SECRETS = Explanation(
    "The variables are names and ids, no secrets; Lambda encrypts them at rest with a key that it manages.",
    "CKV_AWS_173",
)
SUPPORTED_RUNTIME = Explanation(
    "Lambda supports this runtime until June 2029, and the functions need nothing of a newer one.",
    f"{_NAG}L1",
)
FUNCTION = (NO_RESERVED_CONCURRENCY, NO_DEAD_LETTERS, NO_VPC, SUPPORTED_RUNTIME)

# Logs
LOGS_KEY = Explanation(
    "CloudWatch Logs encrypts it at rest with a key that it manages. A key of one's own in each Region costs by the "
    "month and is one more thing that recovery depends on.",
    "CKV_AWS_158",
)
HOLDS_LOGS = Explanation("It holds access logs: logging access to it would add to itself.", f"CKV_AWS_18 {_NAG}S1")
HOLDS_DELIVERED_LOGS = Explanation(HOLDS_LOGS.reason, "CKV_AWS_18")

# REST APIs
VALIDATION_IN_BODY = Explanation(
    "The rule looks for a RequestValidator resource. The OpenAPI body has one for the routing layer's parameters; the "
    "photos function validates every request itself.",
    f"{_NAG}APIG2",
)
STAGE = (
    Explanation("Clients must see the present state and their own writes: a cached answer is stale.", "CKV_AWS_120"),
    Explanation(
        "X-Ray bills by the trace. The access log has the latency of each request and of its integration, and an "
        "alarm watches the 99th percentile.",
        "CKV_AWS_73",
    ),
    Explanation(
        "A web ACL costs by the month. Requests without a valid IAM signature are refused and the stage throttles the "
        "others; a web ACL of one's own can be associated with the stage.",
        f"{_NAG}APIG3",
    ),
    Explanation(
        "The access log has status, error and latencies of every request. Execution logs go to a log group that API "
        "Gateway creates outside the stack, without retention, and that deleting the stack leaves behind.",
        f"{_NAG}APIG6",
    ),
)

# The state guard's queue
QUEUE = (
    Explanation(
        "SqsManagedSseEnabled encrypts it with a key that SQS manages; the check accepts KMS keys only.", "CKV_AWS_27"
    ),
    Explanation("It is where failed records end: the on-failure destination of the event source.", f"{_NAG}SQS3"),
)

# The sample web app
SITE_BUCKET = (
    Explanation(
        "CloudFront and the console deployer alone use it, and requests of viewers are in the distribution's log.",
        f"CKV_AWS_18 {_NAG}S1",
    ),
    Explanation("It holds a release's files, which a deployment restores; old versions would pile up.", "CKV_AWS_21"),
)
DISTRIBUTION = (
    Explanation(
        "CloudFront's own domain and certificate, whose minimum version of TLS cannot be set: a later one requires a "
        "domain and a certificate of one's own.",
        f"CKV_AWS_174 {_NAG}CFR4",
    ),
    Explanation(
        "It serves static files, which are public. A web ACL costs by the month and must be in US East (N. Virginia), "
        "where this stack need not be.",
        f"CKV_AWS_68 {_NAG}CFR2",
    ),
    Explanation("The site is for users in any country.", f"{_NAG}CFR1"),
    Explanation(
        "Access is logged wherever CloudFront delivers such logs, which it does not to Regions that accounts must "
        "enable first; the check does not evaluate that condition.",
        "CKV_AWS_86",
    ),
)
USER_POOL = (
    Explanation(
        "The sample's sign-in has no second factor; users of the sample are made by administrators only.",
        f"{_NAG}COG2",
    ),
    Explanation("The Plus plan costs by the user: a choice for one's own application.", f"{_NAG}COG8"),
)

# Roles and policies
AWS_LOGGING_POLICY = Explanation(
    "The policy that AWS maintains for this role, which serves all APIs of the account and Region.",
    f"{_NAG}IAM4",
    ("Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs",),
)
# parliament's rules
_NEWER = "parliament 1.6.4 is of April 2025, and the action newer."
NEWER_ACTIONS = {
    action: Explanation(_NEWER, "UNKNOWN_ACTION", (f"Unknown action {action}",))
    for action in ("cloudformation:DescribeEvents", "lambda:GetFunctionScalingConfig", "s3:GetBucketAbac")
}
EXACT_ARN = Explanation(
    "One ARN, compared as a whole: a string operator suffices.",
    "MISMATCHED_TYPE_BUT_USABLE",
    ("Type mismatch: StringEquals requires a value of type String but given Arn",),
)
PASSES_REPLICATION_ROLE = Explanation(
    "Whoever puts a replication rule must pass the rule's role to S3.",
    "PERMISSIONS_MANAGEMENT_ACTIONS",
    ("iam:passrole",),
)
ASSUMES_EXECUTION_ROLE = Explanation(
    "The administration role of a stack set must assume the execution role; this one may do nothing else.",
    "CREDENTIALS_EXPOSURE",
    ("sts:assumerole",),
)
_MAKES_SITE_BUCKET = "It makes one bucket of public files, and puts the policy that lets CloudFront alone read it."
MAKES_SITE_BUCKET = (
    Explanation(
        _MAKES_SITE_BUCKET, "PERMISSIONS_MANAGEMENT_ACTIONS", ("s3:putbucketpolicy s3:putbucketpublicaccessblock",)
    ),
    Explanation(
        _MAKES_SITE_BUCKET,
        "RESOURCE_POLICY_PRIVILEGE_ESCALATION",
        tuple(
            f"Possible resource policy privilege escalation on <ARN> due to {action} not being allowed, but does allow "
            "s3:PutBucketPolicy"
            for action in ("s3:GetObject", "s3:PutObject")
        ),
    ),
)
EVENT_SOURCES = Explanation(
    OF_OWN_FUNCTIONS,
    "RESOURCE_STAR",
    ("lambda:DeleteEventSourceMapping lambda:GetEventSourceMapping lambda:UpdateEventSourceMapping",),
)


def explain(resource: BaseAWSObject, *explanations: Explanation) -> None:
    """Add the explanations to the resource's metadata, where the scanners look for them."""
    metadata = resource.resource.setdefault("Metadata", {})
    for explanation in explanations:
        for rule in explanation.rules.split():
            findings = {"findings": list(explanation.findings)} if explanation.findings else {}
            if rule.startswith("CKV_"):
                skipped = metadata.setdefault("checkov", {}).setdefault("skip", [])
                skipped.append({"id": rule, "comment": explanation.reason})
            elif rule.startswith(_NAG):
                suppressed = metadata.setdefault("cdk_nag", {}).setdefault("rules_to_suppress", [])
                suppressed.append({"id": rule, "reason": explanation.reason, **findings})
            else:
                ignored = metadata.setdefault("parliament", {}).setdefault("ignore", [])
                ignored.append({"id": rule, "reason": explanation.reason, **findings})


def explain_wildcards(template: Template) -> None:
    """Explain every resource with a wildcard in a policy by the reason of its statement (``allow(..., why=...)``)."""
    for resource in template.resources.values():
        found: dict[str, set[str]] = defaultdict(set)
        for statement in _statements(resource):
            if why := reason_of(statement):
                found[why] |= {f"Resource::{arn}" for arn in map(_arn, statement.Resource) if "*" in arn}
        for why, arns in sorted(found.items()):
            explain(resource, Explanation(why, f"{_NAG}IAM5", tuple(sorted(arns))))


def _statements(resource: BaseAWSObject) -> Iterator[Statement]:
    """The statements of a role's inline policies, or of a policy."""
    properties = resource.properties
    documents = (
        [policy.PolicyDocument for policy in properties.get("Policies", ())] if isinstance(resource, iam.Role) else []
    )
    if isinstance(resource, iam.ManagedPolicy | iam.PolicyType):
        documents.append(properties["PolicyDocument"])
    for document in documents:
        yield from document.Statement


def _arn(value: Any) -> str:
    """An ARN as the reasons name it: its text, with ``<Name>`` where CloudFormation fills in a value."""
    content = encode_to_dict(value)
    if isinstance(content, dict):
        [(function, argument)] = content.items()
        content = "" if function != "Fn::Sub" else argument if isinstance(argument, str) else argument[0]
    return str(content).replace("${", "<").replace("}", ">")
