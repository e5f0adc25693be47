"""CloudFormation's view of the stacks, best effort: recovery does not need it, and shows ``unknown`` without it."""

from mraa import names
from mraa.aws import Aws, call
from mraa.errors import AwsError, MraaError
from mraa.recovery.models import StackStatuses
from mraa.settings import Settings

UNKNOWN = "unknown"


def read_stack_statuses(aws: Aws, settings: Settings) -> StackStatuses:
    """Status of the main stack and of each stack instance, asked in the primary Region, which has both."""
    region = settings.primary_region
    try:
        client = aws.client("cloudformation", region, fast=True)
        doing = "Describing the main stack"
        stack = call(client.describe_stacks, doing, region, StackName=settings.stack_name).first("Stacks")
    except MraaError as error:
        is_gone = isinstance(error, AwsError) and error.code == "ValidationError"
        return StackStatuses("not found" if is_gone else UNKNOWN, {})
    try:
        name = names.stack_set(names.token(str(stack["StackId"])))
        answer = call(client.list_stack_instances, "Listing the stack instances", region, StackSetName=name)
    except (MraaError, ValueError):  # of an id that is no stack's
        return StackStatuses(str(stack["StackStatus"]), {})
    return StackStatuses(
        str(stack["StackStatus"]), {str(found["Region"]): str(found["Status"]) for found in answer["Summaries"]}
    )
