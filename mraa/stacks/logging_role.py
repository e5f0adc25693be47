"""API Gateway's logging role of an account and Region, and which other APIs there log by it."""

from mraa.aws import Aws, call, pages
from mraa.errors import AwsError


def read_setting(aws: Aws, region: str, doing: str) -> str:
    """The ARN that the Region's setting has, whether the role exists or not; empty where none is set."""
    return str(call(aws.client("apigateway", region).get_account, doing, region).get("cloudwatchRoleArn") or "")


def read_logging_role(aws: Aws, region: str) -> str:
    """The role's ARN; empty where none is set, or one that no longer exists."""
    role = read_setting(aws, region, "Reading API Gateway's logging role")
    if not role:
        return ""
    try:
        call(aws.client("iam", region).get_role, f"Reading role {role}", region, RoleName=role.rpartition("/")[2])
    except AwsError as error:
        if error.code == "NoSuchEntity":
            return ""
        # whoever may not read it does not know: it is kept
    return role


def logging_apis(aws: Aws, region: str) -> list[str]:
    """The names of the REST APIs with a stage that logs, by the Region's role."""
    client, found = aws.client("apigateway", region), []
    for page in pages(client, "get_rest_apis", "Listing the REST APIs", region):
        for api in page["items"]:
            stages = call(client.get_stages, f"Listing the stages of {api['name']}", region, restApiId=api["id"])
            if any(_logs(stage) for stage in stages["item"]):
                found.append(str(api["name"]))
    return sorted(found)


def _logs(stage: dict[str, object]) -> bool:
    settings = stage.get("methodSettings")
    levels = [of.get("loggingLevel", "OFF") for of in settings.values()] if isinstance(settings, dict) else []
    return bool(stage.get("accessLogSettings")) or any(level != "OFF" for level in levels)
