"""A change set in words: what changes, property by property; what is replaced; what of it holds data.

Everything here is decided from what was read, touching nothing.
"""

from collections.abc import Iterable, Mapping, Sequence

from mraa.stacks.models import ChangeSet, PropertyChange, ResourceChange, StackFacts, StackRequest

# type -> the properties whose change replaces it (its schema's createOnlyProperties, conditional ones too), for the
# types of the main and the regional template; a test holds them against the schemas
_REPLACING: dict[str, set[str]] = {
    "AWS::ApiGateway::Account": set(),
    "AWS::ApiGateway::Deployment": {"DeploymentCanarySettings", "RestApiId"},
    "AWS::ApiGateway::RestApi": set(),
    "AWS::ApiGateway::Stage": {"RestApiId", "StageName"},
    "AWS::CloudFormation::StackSet": {"PermissionModel", "StackSetName"},
    "AWS::CloudWatch::Dashboard": {"DashboardName"},
    "AWS::DynamoDB::GlobalTable": {"TableName", "KeySchema", "LocalSecondaryIndexes", "GlobalTableSourceArn"},
    "AWS::IAM::Policy": set(),
    "AWS::IAM::Role": {"Path", "RoleName"},
    "AWS::Lambda::EventInvokeConfig": {"FunctionName", "Qualifier"},
    "AWS::Lambda::Function": {"FunctionName", "PackageType", "TenancyConfig", "DurableConfig"},
    "AWS::Lambda::Permission": {
        "Action",
        "EventSourceToken",
        "FunctionName",
        "FunctionUrlAuthType",
        "InvokedViaFunctionUrl",
        "Principal",
        "PrincipalOrgID",
        "SourceAccount",
        "SourceArn",
    },
    "AWS::Logs::LogGroup": {"LogGroupName"},
    # ObjectLockEnabled by its reference page, not by the schema
    "AWS::S3::Bucket": {"BucketName", "BucketNamePrefix", "BucketNamespace", "ObjectLockEnabled"},
    "AWS::S3::BucketPolicy": {"Bucket"},
    "AWS::SSM::Parameter": {"Name", "Type", "DataType"},
}
# our functions keep a resource's id over every update
_REPLACING_CUSTOM = {"ServiceToken"}
_HOLDS_DATA = {"AWS::DynamoDB::GlobalTable", "AWS::S3::Bucket", "AWS::Cognito::UserPool"}
_VALUE_LIMIT = 100
_CONTEXT = 30

_SIGNS = {"Add": "+", "Remove": "-", "Modify": "~", "Import": "+"}


def change_lines(change_set: ChangeSet, request: StackRequest, stack: StackFacts | None) -> list[str]:
    """The change set for a person: resources, then parameters that get another value, then what deserves a look."""
    lines = resource_lines(change_set)
    before: Mapping[str, str] = stack.parameters if stack else {}
    for key, value in sorted(request.parameters.items()):
        if key not in before:
            lines.append(f"+ parameter {key}: {value}")
        elif before[key] not in (value, "****"):
            lines.append(f"~ parameter {key}: {before[key]} -> {value}")
    return lines


def resource_lines(change_set: ChangeSet) -> list[str]:
    """The resources of a change set, each with its properties; then the rights that change, called out by name."""
    lines: list[str] = []
    others = {change.logical_id: change for change in change_set.changes}
    for change in change_set.changes:
        lines.append(_change_line(change, others))
        lines += (f"    {_property_line(of)}" for of in change.properties)
    rights = [change.logical_id for change in change_set.changes if change.resource_type.startswith("AWS::IAM::")]
    if rights and not change_set.is_creation:
        lines.append(f"! rights change (IAM): {', '.join(rights)}")
    return lines


def regional_lines(by_region: Iterable[tuple[str, Sequence[str]]]) -> list[str]:
    """Each Region's lines below its name."""
    return [line for region, lines in by_region for line in (f"in {region}:", *(f"  {of}" for of in lines))]


def replacement(change: ResourceChange, others: Mapping[str, ResourceChange] | None = None) -> str:
    """AWS's word, but where it cannot tell (Conditional) and what is known says that nothing is replaced.

    That is known of a property that never replaces its type, and of one that only follows another resource of the
    change set (``others`` by logical id) which is not replaced itself.
    """
    if change.replacement != "Conditional" or not change.properties:
        return change.replacement
    replacing = _REPLACING.get(change.resource_type)
    if change.resource_type.startswith("Custom::"):
        replacing = _REPLACING_CUSTOM

    def is_harmless(of: PropertyChange) -> bool:
        if replacing is not None and of.path.partition("/")[0] not in replacing:
            return True
        cause = (others or {}).get(of.cause)
        # references go one way: following them ends
        return not (of.before or of.after) and cause is not None and replacement(cause, others) == "False"

    return "False" if all(map(is_harmless, change.properties)) else change.replacement


def _change_line(change: ResourceChange, others: Mapping[str, ResourceChange]) -> str:
    suffix = {"True": "  REPLACED", "Conditional": "  perhaps replaced"}.get(replacement(change, others), "")
    goes = bool(suffix) or change.action == "Remove"
    if goes and change.resource_type in _HOLDS_DATA:
        is_kept = "Retain" in change.policy_action
        suffix += "  IT HOLDS DATA" + (": the old one is kept, out of use" if is_kept else "")
    return f"{_SIGNS.get(change.action, '?')} {change.logical_id} ({change.resource_type}){suffix}"


def _property_line(of: PropertyChange) -> str:
    if not (of.before or of.after):
        return f"{of.path}: follows {of.cause or 'what else changes'}"
    before, after = (" ".join(value.split()) or "nothing" for value in (of.before, of.after))
    # of two long values that begin alike, what differs must be in sight
    same = next((n for n, (one, other) in enumerate(zip(before, after, strict=False)) if one != other), 0)
    start = max(0, same - _CONTEXT) if max(len(before), len(after)) > _VALUE_LIMIT else 0
    return f"{of.path}: {_brief(before, start)} -> {_brief(after, start)}"


def _brief(value: str, start: int) -> str:
    shown = value[start : start + _VALUE_LIMIT]
    return f"{'...' if start else ''}{shown}{'...' if start + len(shown) < len(value) else ''}"
