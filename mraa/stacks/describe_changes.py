"""Change sets and templates as CloudFormation describes them: read calls only."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mraa.aws import Aws, call
from mraa.errors import AwsError
from mraa.stacks.models import TOO_LONG, ChangeSet, PropertyChange, ResourceChange

# of a value that depends on a resource which does not exist yet, and of one that is too long for the answer, of which
# CloudFormation gives a hash
_UNKNOWN, KNOWN_LATER = "{{changeSet:KNOWN_AFTER_APPLY}}", "(known after the deployment)"
_TRUNCATED = "(Truncated-Signature)"
_BELOW_PROPERTIES = "/Properties/"


def declared_parameters(aws: Aws, region: str, template_url: str) -> frozenset[str]:
    """The names of the parameters that a published template declares."""
    operation = aws.client("cloudformation", region).get_template_summary
    answer = call(operation, f"Reading the template {template_url}", region, TemplateURL=template_url)
    return frozenset(p["ParameterKey"] for p in answer.get("Parameters", []))


def template(aws: Aws, region: str, stack_id: str, change_set_id: str = "") -> dict[str, Any]:
    """A stack's template, or that of a change set on it; empty if it is not one in JSON: then it is not ours."""
    operation = aws.client("cloudformation", region).get_template
    of_change_set: dict[str, Any] = {"ChangeSetName": change_set_id} if change_set_id else {}
    body = call(operation, "Reading a template", region, StackName=stack_id, **of_change_set)["TemplateBody"]
    return body if isinstance(body, dict) and _is_template(body) else {}


def template_resources(aws: Aws, region: str, stack_id: str) -> dict[str, Any]:
    """The resources of a stack's template; empty if it may not be read."""
    try:
        return dict(template(aws, region, stack_id).get("Resources", {}))
    except AwsError:
        return {}


def change_set_templates(aws: Aws, change_set: ChangeSet) -> tuple[dict[str, Any], dict[str, Any]]:
    """The templates before and after a change set; both are empty if they may not be read."""
    region, stack_id = change_set.region, change_set.stack_id
    try:
        after = template(aws, region, stack_id, change_set.change_set_id)
        return {} if change_set.is_creation else template(aws, region, stack_id), after
    except AwsError:
        return {}, {}


def resource_change(resource: Mapping[str, Any]) -> ResourceChange:
    """One ``ResourceChange`` of DescribeChangeSet as ours."""
    found: dict[str, PropertyChange] = {}
    for detail in resource.get("Details", []):
        change = _property_change(detail)
        known = found.get(change.path, change)
        # a property may be listed for its own change and again for each parameter or resource that causes it
        has_values = bool(known.before or known.after)
        found[change.path] = replace(known if has_values else change, cause=known.cause or change.cause)
    action = resource.get("Action", "")
    return ResourceChange(
        action,
        resource.get("LogicalResourceId", ""),
        resource.get("ResourceType", ""),
        # of an addition it says that a property would replace the resource if it were changed later
        resource.get("Replacement", "") if action == "Modify" else "",
        tuple(found.values()),
        resource.get("PolicyAction", ""),
    )


def _property_change(detail: Mapping[str, Any]) -> PropertyChange:
    target = detail.get("Target", {})
    return PropertyChange(
        _property_path(target),
        _shown(target.get("BeforeValue", "")),
        _shown(target.get("AfterValue", "")),
        target.get("RequiresRecreation", ""),
        detail.get("CausingEntity", ""),
    )


def _shown(value: str) -> str:
    """A value as a person reads it, without CloudFormation's own marks."""
    return TOO_LONG if value.startswith(_TRUNCATED) else value.replace(_UNKNOWN, KNOWN_LATER)


def validation_errors(aws: Aws, region: str, **of: Any) -> list[str]:
    """What pre-deployment validation found wrong; empty if the endpoint does not support it.

    ``of`` is DescribeEvents' own filter: ChangeSetName or StackName, by id.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/validate-stack-deployments.html
    """
    operation = aws.client("cloudformation", region).describe_events
    try:
        answer = call(operation, "Reading the validation errors", region, **of)
    except AwsError:
        return []  # it only adds details to a failure that is reported anyway
    return [
        f"{event.get('LogicalResourceId', '')} ({event.get('ResourceType', '')}): "
        f"{event.get('ValidationStatusReason', '')} {event.get('ValidationPath', '')}".rstrip()
        for event in answer.get("OperationEvents", [])
        if event.get("EventType") == "VALIDATION_ERROR"
    ]


def _is_template(body: Mapping[str, Any]) -> bool:
    """Whether its sections are objects, and its resources and parameters too."""
    sections = [body.get(name, {}) for name in ("Resources", "Parameters", "Conditions", "Mappings", "Outputs")]
    return all(isinstance(of, dict) for of in sections) and all(
        isinstance(of, dict) for section in sections[:2] for of in section.values()
    )


def _property_path(target: Mapping[str, Any]) -> str:
    """``Code/S3Key`` of a property (AWS returns ``/Properties/Code/S3Key``), the attribute's name of anything else."""
    path = str(target.get("Path", ""))
    if path.startswith(_BELOW_PROPERTIES):
        return path.removeprefix(_BELOW_PROPERTIES)
    attribute = str(target.get("Attribute", ""))
    return str(target.get("Name", "")) if attribute == "Properties" else attribute
