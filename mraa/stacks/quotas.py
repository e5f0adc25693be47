"""Whether the account's quotas leave room for a deployment, as far as AWS tells.

The codes are Service Quotas' own: https://docs.aws.amazon.com/general/latest/gr/aws-service-information.html
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from mraa.aws import Aws, translated
from mraa.errors import MraaError
from mraa.stacks.models import Finding, Grade

SUBJECT = "quotas"

# functions of one Region run side by side under load; AWS gives new accounts as few as 10
LAMBDA_CONCURRENCY_WANTED = 100


@dataclass(frozen=True)
class Quota:
    """A count that AWS limits in a Region (or, for S3, in an account), and what a deployment adds to it."""

    service: str
    code: str
    what: str
    needed: int
    count: Callable[[Aws, str], int]
    is_global: bool = False


def _pages(service: str, operation: str, key: str, **arguments: object) -> Callable[[Aws, str], int]:
    def count(aws: Aws, region: str) -> int:
        pages = aws.client(service, region).get_paginator(operation).paginate(**arguments)
        return sum(len(page.get(key, ())) for page in pages)

    return count


def _living_stacks(aws: Aws, region: str) -> int:
    pages = aws.client("cloudformation", region).get_paginator("list_stacks").paginate()
    return sum(stack["StackStatus"] != "DELETE_COMPLETE" for page in pages for stack in page["StackSummaries"])


# the main stack, the web app's and one stack instance; two tables; two APIs; two regional buckets each and two more
QUOTAS = (
    Quota("cloudformation", "L-0485CB21", "stacks", 3, _living_stacks),
    Quota("dynamodb", "L-F98FE922", "tables", 2, _pages("dynamodb", "list_tables", "TableNames")),
    Quota("apigateway", "L-AA0FF27B", "regional APIs", 2, _pages("apigateway", "get_rest_apis", "items")),
    Quota("s3", "L-DC2B2D3D", "buckets", 6, _pages("s3", "list_buckets", "Buckets"), is_global=True),
)


def room(quota: Quota, region: str, limit: int, used: int) -> Finding:
    """The finding about one quota with that many used."""
    text = f"{used} of {limit} {quota.what} used; a deployment adds {quota.needed}"
    if used + quota.needed <= limit:
        return Finding(Grade.GOOD, SUBJECT, text, region=region)
    return Finding(
        Grade.WRONG,
        SUBJECT,
        text,
        f"Ask for more: aws service-quotas request-service-quota-increase --service-code {quota.service} "
        f"--quota-code {quota.code} --desired-value {used + quota.needed} --region {region}",
        region,
    )


def concurrency(region: str, unreserved: int) -> Finding:
    """The finding about the function invocations that can run side by side."""
    text = f"{unreserved} function invocations at a time"
    if unreserved >= LAMBDA_CONCURRENCY_WANTED:
        return Finding(Grade.GOOD, SUBJECT, text, region=region)
    return Finding(
        Grade.NOTE,
        SUBJECT,
        f"{text}: enough to try it, too few for load",
        "Ask for more: aws service-quotas request-service-quota-increase --service-code lambda "
        f"--quota-code L-B99A9384 --desired-value 1000 --region {region}",
        region,
    )


def look(aws: Aws, regions: tuple[str, str], *, is_update: bool) -> Iterator[Finding]:
    """Every quota that matters, in both Regions. Nothing is added by an update, so only concurrency counts then."""
    for region in regions:
        for quota in () if is_update else QUOTAS:
            if quota.is_global and region != regions[0]:
                continue
            yield _told(quota.what, region, partial(_room, aws, quota, region))
        yield _told("functions", region, partial(_concurrency, aws, region))


def _room(aws: Aws, quota: Quota, region: str) -> Finding:
    with translated(f"Reading the quota of {quota.what}", region):
        answer = aws.client("service-quotas", region, fast=True).get_service_quota(
            ServiceCode=quota.service, QuotaCode=quota.code
        )
        return room(quota, region, int(answer["Quota"]["Value"]), quota.count(aws, region))


def _concurrency(aws: Aws, region: str) -> Finding:
    with translated("Reading the quota of functions", region):
        limits = aws.client("lambda", region).get_account_settings()["AccountLimit"]
    return concurrency(region, int(limits["UnreservedConcurrentExecutions"]))


def _told(what: str, region: str, look: Callable[[], Finding]) -> Finding:
    """A quota that cannot be read stops nobody: it is said, and AWS will say the rest."""
    try:
        return look()
    except MraaError as error:
        return Finding(
            Grade.NOTE,
            SUBJECT,
            f"{what} could not be checked: {error.message}",
            f"Look in the Service Quotas console of {region}, or allow servicequotas:GetServiceQuota.",
            region,
        )
