"""CloudFormation's view of the stacks, best effort: recovery does not need it, and says ``unknown`` without it."""

from mraa import names
from mraa.aws import Aws, translated
from mraa.errors import AwsError, MraaError
from mraa.recovery.models import StackStatuses
from mraa.settings import Settings

UNKNOWN = "unknown"


def read_stack_statuses(aws: Aws, settings: Settings) -> StackStatuses:
    """Status of the main stack and of each stack instance, asked in the primary Region, where both are kept."""
    region = settings.primary_region
    try:
        with translated("Describing the main stack", region):
            client = aws.client("cloudformation", region, fast=True)
            stack = client.describe_stacks(StackName=settings.stack_name)["Stacks"][0]
    except MraaError as error:
        is_gone = isinstance(error, AwsError) and error.code == "ValidationError"
        return StackStatuses("not there" if is_gone else UNKNOWN, {})
    name = names.stack_set(names.token(str(stack["StackId"])))
    try:
        with translated("Listing the stack instances", region):
            answer = client.list_stack_instances(StackSetName=name)
    except MraaError:
        return StackStatuses(str(stack["StackStatus"]), {})
    return StackStatuses(
        str(stack["StackStatus"]), {str(found["Region"]): str(found["Status"]) for found in answer["Summaries"]}
    )
