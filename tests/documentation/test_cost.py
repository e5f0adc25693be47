"""The page of costs says what its prices and the templates' resources come to."""

from decimal import Decimal

import pytest

from tests.documentation import cost
from tests.documentation.cost import Line
from tests.documentation.reference.templates import rendered


def test_the_page_has_the_tables_as_they_are_computed_now() -> None:
    text = cost.PAGE.read_text(encoding="utf-8")
    assert cost.prices_table() in text and cost.costs_table() in text, "run `make docs`"


def test_a_line_is_its_quantity_times_its_price_to_the_cent() -> None:
    assert Line("", "API Gateway REST request", Decimal("259.2")).usd == Decimal("907.20")
    assert Line("", "Lambda request", Decimal("0.123")).usd == Decimal("0.02")


def test_a_sum_is_what_a_reader_gets_who_adds_the_lines_up() -> None:
    for lines in (cost.idle(), cost.loaded()):
        shown = [Decimal(row[3].strip("*").replace(",", "")) for row in cost._rows(lines)]
        assert shown[-1] == sum(shown[:-1])


@pytest.mark.parametrize(
    ("what", "usd"),
    [
        ("requests", "907.20"),  # 259.2 million at 3.50
        ("records written to the replica", "162.00"),  # 259.2 million at 0.625
        ("records to the other Region", "5.18"),  # 259.2 GB at 0.02
        ("a month's records, kept for a month in both Regions", "129.60"),  # 2 x 259.2 GB at 0.25
    ],
)
def test_a_month_of_a_hundred_writes_a_second_by_hand(what: str, usd: str) -> None:
    assert {line.what: line.usd for line in cost.loaded()}[what] == Decimal(usd)


def test_every_resource_that_costs_while_idle_has_a_line() -> None:
    """A type of resource that is new in the templates is either here or in a line of its own."""
    known_free_or_by_use = {
        "AWS::ApiGateway::Account", "AWS::ApiGateway::Deployment", "AWS::ApiGateway::RestApi", "AWS::ApiGateway::Stage",
        "AWS::CloudFormation::StackSet", "AWS::DynamoDB::GlobalTable", "AWS::IAM::ManagedPolicy", "AWS::IAM::Policy",
        "AWS::IAM::Role", "AWS::Lambda::EventInvokeConfig", "AWS::Lambda::EventSourceMapping", "AWS::Lambda::Function",
        "AWS::Lambda::Permission", "AWS::Logs::LogGroup", "AWS::S3::Bucket", "AWS::S3::BucketPolicy", "AWS::SQS::Queue",
        "AWS::SQS::QueuePolicy", "AWS::SSM::Parameter",
    }  # fmt: skip
    counted = {"AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard"}
    backbone = [template for name, template in rendered().items() if "demo-ui" not in name]
    types = {of["Type"] for template in backbone for of in template["Resources"].values()}
    assert {name for name in types if not name.startswith("Custom::")} == known_free_or_by_use | counted


def test_every_price_has_a_page_of_aws_and_is_used() -> None:
    assert all(of.page.startswith("https://aws.amazon.com/") for of in cost.PRICES.values())
    used = {line.price for line in [*cost.idle(), *cost.loaded()]}
    assert set(cost.PRICES) - used == {"S3 PUT", "S3 storage", "S3 Replication Time Control"}
