"""The topics that alarms notify."""

import pytest

from mraa.errors import UsageError
from mraa.stacks.plan.parameters import topic_parameters
from tests.regions import PRIMARY, REGIONS, SECONDARY


def test_each_region_may_have_a_topic_of_its_own() -> None:
    topics = tuple(f"arn:aws:sns:{region}:123456789012:ops.fifo" for region in REGIONS)
    assert list(topic_parameters(REGIONS, (topics[0], topics[1])).values()) == list(topics)
    assert set(topic_parameters(REGIONS, ("", "")).values()) == {""}


@pytest.mark.parametrize(
    "arn",
    [
        f"arn:aws:sns:{SECONDARY}:123456789012:ops",
        "ops",
        f"arn:aws:sns:{PRIMARY}:1:ops",
        f"arn:aws:sqs:{PRIMARY}:123456789012:q",
    ],
)
def test_anything_but_a_topic_of_the_region_is_refused_before_aws_would_ignore_it(arn: str) -> None:
    with pytest.raises(UsageError, match=f"not the ARN of an SNS topic in {PRIMARY}") as refused:
        topic_parameters(REGIONS, (arn, ""))
    assert "the primary Region's comes first" in refused.value.hint
