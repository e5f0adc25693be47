"""Whether the account's quotas allow a deployment, as far as AWS reports them.

The codes are Service Quotas' own: https://docs.aws.amazon.com/general/latest/gr/aws-service-information.html
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from mraa.aws import Aws, call, pages
from mraa.errors import MraaError
from mraa.stacks.models import Grade, PreflightFinding

SUBJECT = "quotas"

# functions of one Region that run concurrently under load; AWS gives new accounts as few as 10
LAMBDA_CONCURRENCY_MIN = 100


@dataclass(frozen=True)
class Quota:
    """A number that AWS limits in a Region (or, for S3, in an account), and what a deployment adds to it."""

    service: str
    code: str
    what: str
    needed: int
    count: Callable[[Aws, str], int]
    is_global: bool = False


def _counted(service: str, operation: str, key: str) -> Callable[[Aws, str], int]:
    def count(aws: Aws, region: str) -> int:
        listed = pages(aws.client(service, region), operation, f"Counting the {key} of {service}", region)
        return sum(len(page.get(key, ())) for page in listed)

    return count


def _existing_stacks(aws: Aws, region: str) -> int:
    listed = pages(aws.client("cloudformation", region), "list_stacks", "Counting the stacks", region)
    return sum(stack["StackStatus"] != "DELETE_COMPLETE" for page in listed for stack in page["StackSummaries"])


# the main stack, the web app's and one stack instance; two tables; two APIs; two regional buckets each and two more
QUOTAS = (
    Quota("cloudformation", "L-0485CB21", "stacks", 3, _existing_stacks),
    Quota("dynamodb", "L-F98FE922", "tables", 2, _counted("dynamodb", "list_tables", "TableNames")),
    Quota("apigateway", "L-AA0FF27B", "regional APIs", 2, _counted("apigateway", "get_rest_apis", "items")),
    Quota("s3", "L-DC2B2D3D", "buckets", 6, _counted("s3", "list_buckets", "Buckets"), is_global=True),
)


def room(quota: Quota, region: str, limit: int, used: int) -> PreflightFinding:
    """The finding about one quota with that many used."""
    text = f"{used} of {limit} {quota.what} used; a deployment adds {quota.needed}"
    if used + quota.needed <= limit:
        return PreflightFinding(Grade.PASSED, SUBJECT, text, region=region)
    return PreflightFinding(
        Grade.FAILED,
        SUBJECT,
        text,
        f"Request an increase: aws service-quotas request-service-quota-increase --service-code {quota.service} "
        f"--quota-code {quota.code} --desired-value {used + quota.needed} --region {region}",
        region,
    )


def concurrency(region: str, unreserved: int) -> PreflightFinding:
    """The finding about the number of concurrent function invocations."""
    text = f"{unreserved} concurrent function invocations"
    if unreserved >= LAMBDA_CONCURRENCY_MIN:
        return PreflightFinding(Grade.PASSED, SUBJECT, text, region=region)
    return PreflightFinding(
        Grade.NOTE,
        SUBJECT,
        f"{text}: enough to try it, too few for load",
        "Request an increase: aws service-quotas request-service-quota-increase --service-code lambda "
        f"--quota-code L-B99A9384 --desired-value 1000 --region {region}",
        region,
    )


def check_quotas(aws: Aws, regions: tuple[str, str], *, is_update: bool) -> Iterator[PreflightFinding]:
    """Every quota that matters, in both Regions. An update adds nothing, so it requires only concurrency."""
    for region in regions:
        for quota in () if is_update else QUOTAS:
            if quota.is_global and region != regions[0]:
                continue
            yield _noted_if_unknown(quota.what, region, partial(_room, aws, quota, region))
        yield _noted_if_unknown("functions", region, partial(_concurrency, aws, region))


def _room(aws: Aws, quota: Quota, region: str) -> PreflightFinding:
    operation = aws.client("service-quotas", region, fast=True).get_service_quota
    doing = f"Reading the quota of {quota.what}"
    answer = call(operation, doing, region, ServiceCode=quota.service, QuotaCode=quota.code)
    return room(quota, region, int(answer["Quota"]["Value"]), quota.count(aws, region))


def _concurrency(aws: Aws, region: str) -> PreflightFinding:
    operation = aws.client("lambda", region).get_account_settings
    limits = call(operation, "Reading the quota of functions", region)["AccountLimit"]
    return concurrency(region, int(limits["UnreservedConcurrentExecutions"]))


def _noted_if_unknown(what: str, region: str, check: Callable[[], PreflightFinding]) -> PreflightFinding:
    """A quota that cannot be read blocks nothing: it is noted, and AWS will report the rest."""
    try:
        return check()
    except MraaError as error:
        return PreflightFinding(
            Grade.NOTE,
            SUBJECT,
            f"{what} could not be checked: {error.message}",
            f"See the Service Quotas console of {region}, or allow servicequotas:GetServiceQuota.",
            region,
        )
