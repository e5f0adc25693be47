"""Why a permission is there whose absence the local cloud does not notice: AWS's own documents require it.

``make audit-permissions`` takes every statement away. It fails where nobody misses one without a reason here, and where
one is missed that has a reason here.
"""

from collections.abc import Mapping

from troposphere import Template

_TAGS = (
    "CloudFormation tags what it creates with the stack's name and removes tags again, as the registry schema's "
    "handlers list; the local cloud sets those tags without asking."
)
# beginning of a resource's logical id -> a statement, by its first action and the number of others -> why
MAIN: Mapping[str, Mapping[str, str]] = {
    "ExecutionApis": {"apigateway:DELETE and 3 more": _TAGS},
    "ExecutionFunctions": {"lambda:ListTags and 2 more": _TAGS},
    "ExecutionStacks": {
        "cloudformation:DescribeStackDriftDetectionStatus and 4 more": (
            "For drift detection and for what CloudFormation reads back after each change; the local cloud does not "
            "check reading against the execution role."
        ),
    },
}
REGIONAL: Mapping[str, Mapping[str, str]] = {
    "ObjectStoreLogsBucketPolicy": {
        "s3:PutObject": "S3 delivers server access logs as its logging service, hours later; the local cloud "
        "delivers none."
    },
}


def explain(template: Template, reasons: Mapping[str, Mapping[str, str]]) -> None:
    """Add the reasons to the metadata of their resources; KeyError for a resource that there is not."""
    for beginning, of in reasons.items():
        found = [resource for name, resource in template.resources.items() if name.startswith(beginning)]
        if not found:
            raise KeyError(beginning)
        for resource in found:
            resource.resource.setdefault("Metadata", {})["Unproved"] = dict(of)
