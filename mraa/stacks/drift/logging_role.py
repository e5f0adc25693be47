"""API Gateway's logging role, a setting of the whole account and Region: other stacks may change it with good reason.

So what differs is worth knowing and is not drift: without the role the APIs work, and write no access logs.
"""

from mraa import names
from mraa.aws import Aws
from mraa.errors import AwsError
from mraa.stacks.drift.deployed import DeployedStack
from mraa.stacks.logging_role import read_setting
from mraa.stacks.models import DriftNote, ResourceDrift
from mraa.stacks.plan.evaluate import UnknownValueError

_ACCOUNT = "AWS::ApiGateway::Account"


def check_logging_role(aws: Aws, deployed: DeployedStack) -> ResourceDrift | DriftNote | None:
    """The setting of a stack instance's Region: in sync, or what to know about it; None if nothing is to be said."""
    region = deployed.region
    subject, expected = next(
        ((of, properties["CloudWatchRoleArn"]) for of, properties in deployed.of_type(_ACCOUNT)), (None, "")
    )
    name = subject.logical_id if subject else f"{names.LOGGING_ROLE}=Existing"
    try:
        role = deployed.values(expected)
        actual = read_setting(aws, region, "Reading API Gateway's account")
    except (AwsError, UnknownValueError) as error:
        return DriftNote(region, name, f"API Gateway's logging role is not known: {error}", "Allow apigateway:GET.")
    if actual == role:
        return subject
    fix = (
        f"aws apigateway update-account --region {region} "
        f"--patch-operations op=replace,path=/cloudwatchRoleArn,value={role or 'ROLE_ARN'}"
    )
    if not actual:
        return DriftNote(region, name, "API Gateway has no logging role: the APIs write no access logs", fix)
    if subject:
        return DriftNote(region, name, f"API Gateway logs under {actual}, not under the stack's role {role}", fix)
    return None
