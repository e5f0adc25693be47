"""The tables of docs/cost.md: prices with their sources, and what a deployment costs by them; `make docs` writes them.

How many there are of a resource is counted in the rendered templates.
"""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from mraa import names
from tests.documentation.reference.markdown import table
from tests.documentation.reference.templates import rendered
from tests.generated import write_part
from tests.local.deploying import CHECKOUT

PAGE = CHECKOUT / "docs" / "cost.md"
COMMAND = "make docs"
PRICES_PART, COSTS_PART = "prices", "costs"

WRITES_PER_S = 100
SECONDS_PER_MONTH = 30 * 24 * 3600
MILLION = Decimal(1_000_000)
GB = Decimal(1_000_000_000)  # as AWS's examples count; a GiB would be 7 % less
REGIONS = 2
# what is assumed of one write: a comment whose record has 1 kB
LAMBDA_S = Decimal("0.03")
LOG_BYTES = 900  # the access log's line, and Lambda's three
RECORD_BYTES = 1000
FREE_ALARMS, FREE_DASHBOARDS = 10, 3
REPLICATION_METRICS_PER_RULE = 4  # bytes, operations pending, operations failed, latency
API_METRICS_PER_METHOD = 5  # count, latency, integration latency, 4xx, 5xx
_AWS = "https://aws.amazon.com"


@dataclass(frozen=True)
class Price:
    """In US dollars in us-east-1. ``page`` is AWS's own."""

    usd: Decimal
    per: str
    page: str


PRICES: Mapping[str, Price] = {
    "DynamoDB write request unit": Price(Decimal("0.625"), "million", f"{_AWS}/dynamodb/pricing/on-demand/"),
    "DynamoDB read request unit": Price(Decimal("0.125"), "million", f"{_AWS}/dynamodb/pricing/on-demand/"),
    "DynamoDB storage": Price(Decimal("0.25"), "GB and month", f"{_AWS}/dynamodb/pricing/on-demand/"),
    "DynamoDB point-in-time recovery": Price(Decimal("0.20"), "GB and month", f"{_AWS}/dynamodb/pricing/on-demand/"),
    "API Gateway REST request": Price(
        Decimal("3.50"), "million, the first 333 million", f"{_AWS}/api-gateway/pricing/"
    ),
    "Lambda request": Price(Decimal("0.20"), "million", f"{_AWS}/lambda/pricing/"),
    "Lambda duration on arm64": Price(Decimal("0.0000133334"), "GB-second", f"{_AWS}/lambda/pricing/"),
    "CloudWatch alarm": Price(Decimal("0.10"), "month, after ten", f"{_AWS}/cloudwatch/pricing/"),
    "CloudWatch dashboard": Price(Decimal("3"), "month, after three", f"{_AWS}/cloudwatch/pricing/"),
    "CloudWatch custom metric": Price(Decimal("0.30"), "month", f"{_AWS}/cloudwatch/pricing/"),
    "CloudWatch Logs": Price(Decimal("0.50"), "GB taken in", f"{_AWS}/cloudwatch/pricing/"),
    "Data transfer to another Region": Price(Decimal("0.02"), "GB", f"{_AWS}/ec2/pricing/on-demand/#Data_Transfer"),
    "S3 PUT": Price(Decimal("0.005"), "thousand", f"{_AWS}/s3/pricing/"),
    "S3 storage": Price(Decimal("0.023"), "GB and month", f"{_AWS}/s3/pricing/"),
    "S3 Replication Time Control": Price(Decimal("0.015"), "GB", f"{_AWS}/s3/pricing/"),
}


@dataclass(frozen=True)
class Line:
    """One line of a bill: how many of what, and what that costs in a month."""

    what: str
    price: str
    quantity: Decimal

    @property
    def usd(self) -> Decimal:
        return (self.quantity * PRICES[self.price].usd).quantize(Decimal("0.01"))


def idle() -> list[Line]:
    """A month without a request."""
    regional, main = rendered()[names.REGIONAL_TEMPLATE], rendered()[names.MAIN_TEMPLATE]
    alarms = REGIONS * _count(regional, "AWS::CloudWatch::Alarm") + _count(main, "AWS::CloudWatch::Alarm")
    rules = REGIONS * _count(regional, "Custom::ReverseReplication")
    return [
        Line("alarms of both Regions", "CloudWatch alarm", Decimal(alarms)),
        Line("dashboard", "CloudWatch dashboard", Decimal(_count(main, "AWS::CloudWatch::Dashboard"))),
        Line("S3's replication metrics, both ways", "CloudWatch custom metric",
            Decimal(rules * REPLICATION_METRICS_PER_RULE)),
    ]  # fmt: skip


def loaded() -> list[Line]:
    """What a month of writes adds: each a comment, one request of the API of the Region that writes."""
    writes = Decimal(WRITES_PER_S * SECONDS_PER_MONTH)
    function = rendered()[names.REGIONAL_TEMPLATE]["Resources"]["PhotosFunction"]["Properties"]
    gb_seconds = writes * LAMBDA_S * function["MemorySize"] / 1024
    written_gb = writes * RECORD_BYTES / GB
    return [
        Line("requests", "API Gateway REST request", writes / MILLION),
        Line("invocations", "Lambda request", writes / MILLION),
        Line(f"{LAMBDA_S * 1000:.0f} ms of {function['MemorySize']} MB each", "Lambda duration on arm64", gb_seconds),
        Line("transactions: 2 units each for the fence's check, the name's check and the record",
            "DynamoDB write request unit", writes * 6 / MILLION),
        Line("records written to the replica", "DynamoDB write request unit", writes / MILLION),
        Line("reads of the photo's record", "DynamoDB read request unit", writes / MILLION),
        Line("records to the other Region", "Data transfer to another Region", written_gb),
        Line("access log and the function's log", "CloudWatch Logs", writes * LOG_BYTES / GB),
        Line("API Gateway's metrics of the method", "CloudWatch custom metric", Decimal(API_METRICS_PER_METHOD)),
        Line("a month's records, kept for a month in both Regions", "DynamoDB storage", written_gb * REGIONS),
        Line("the same in backups", "DynamoDB point-in-time recovery", written_gb * REGIONS),
    ]  # fmt: skip


def total(lines: list[Line]) -> Decimal:
    """The sum of what is shown, so that a reader can add it up."""
    return sum((line.usd for line in lines), Decimal(0))


def photos(mb: Decimal = Decimal(2)) -> Decimal:
    """What 1,000 photos add in their first month: picture, two smaller ones of a tenth in all, in both Regions."""
    stored_gb = mb * Decimal("1.1")  # 1,000 of them
    puts = Decimal(3 * REGIONS)  # thousands
    return (
        puts * PRICES["S3 PUT"].usd
        + stored_gb * PRICES["Data transfer to another Region"].usd
        + stored_gb * REGIONS * PRICES["S3 storage"].usd
    ).quantize(Decimal("0.01"))


def page_hour() -> Decimal:
    """What 1,000 hours of an open page add: it asks both Regions for the state every 2.5 s."""
    asked = Decimal(1000 * 3600 * REGIONS) / Decimal("2.5")
    return (
        asked / MILLION * (PRICES["API Gateway REST request"].usd + PRICES["DynamoDB read request unit"].usd)
    ).quantize(Decimal("0.01"))


def prices_table() -> str:
    """Every price with AWS's page."""
    return table(
        ["what", "US dollars", "per"], ([f"[{what}]({of.page})", str(of.usd), of.per] for what, of in PRICES.items())
    )


def costs_table() -> str:
    """Both sizes, line by line, with their sums."""
    rest, load = idle(), loaded()
    return "\n\n".join(
        [
            "### Idle",
            table(["for", "quantity", "price", "dollars a month"], _rows(rest)),
            f"Of these, an account that has no other alarms and dashboards pays {_after_free(rest)}: "
            f"{FREE_ALARMS} alarms and {FREE_DASHBOARDS} dashboards are free in each account.",
            f"### {WRITES_PER_S} writes a second, all month",
            table(["for", "quantity", "price", "dollars a month"], _rows([*load])),
            f"With what is there when idle: **{total(load) + total(rest):,.0f} dollars a month**, "
            f"or {(total(load) / (WRITES_PER_S * SECONDS_PER_MONTH / MILLION)):.2f} a million writes.",
            "### Beside that",
            table(
                ["what", "dollars"],
                [
                    ["1,000 photos of 2 MB with their smaller copies, for a month", str(photos())],
                    ["1,000 hours of an open page that asks both Regions for the state", str(page_hour())],
                ],
            ),
        ]
    )


def _rows(lines: list[Line]) -> Iterator[list[str]]:
    for line in lines:
        yield [line.what, f"{line.quantity:,.1f}", line.price, f"{line.usd:,.2f}"]
    yield ["**sum**", "", "", f"**{total(lines):,.2f}**"]


def _after_free(lines: list[Line]) -> Decimal:
    free = {"CloudWatch alarm": FREE_ALARMS, "CloudWatch dashboard": FREE_DASHBOARDS}
    left = [Line(of.what, of.price, max(Decimal(0), of.quantity - free.get(of.price, 0))) for of in lines]
    return total(left)


def _count(template: Mapping[str, Any], kind: str) -> int:
    return sum(of["Type"] == kind for of in template["Resources"].values())


def main() -> int:
    """Write the page's tables."""
    write_part(PAGE, PRICES_PART, COMMAND, prices_table())
    write_part(PAGE, COSTS_PART, COMMAND, costs_table())
    return 0


if __name__ == "__main__":
    sys.exit(main())
