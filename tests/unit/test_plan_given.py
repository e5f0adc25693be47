"""Tags, service role and parameters file of a deployment: what is taken, and what is refused with which words."""

import json
from typing import Any

import pytest

from mraa.errors import UsageError
from mraa.stacks.plan.given import read_parameters, read_tags, require_role
from tests.regions import PRIMARY, REGIONS, SECONDARY

CHOICES = {"Fences": ["64", "128"], "ReplicationTimeControl": ["Enabled", "Disabled"]}
TOPIC = f"arn:aws:sns:{PRIMARY}:123456789012:ops"


def test_a_tag_is_cut_at_its_first_equals_sign() -> None:
    found = read_tags(["team=photos", "url=https://x/a=b", "größe=1"])
    assert found == {"team": "photos", "url": "https://x/a=b", "größe": "1"}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["team"], "'team' is no tag"),
        (["=photos"], "a key has 1 to 128"),
        (["team="], "a value 1 to 256"),
        ([f"{'k' * 129}=x"], "a key has 1 to 128"),
        ([f"k={'x' * 257}"], "a value 1 to 256"),
        (["a\nb=c"], "letters, digits, spaces"),
        (["a=b*"], "letters, digits, spaces"),
        (["aws:team=x"], "are AWS's"),
        (["AWS:team=x"], "are AWS's"),
        (["a=b", "a=c"], "gives 'a' twice"),
        ([f"k{number}=x" for number in range(51)], "51 tags; a stack has 50"),
    ],
)
def test_a_tag_that_aws_would_refuse_is_refused_in_one_line(given: list[str], words: str) -> None:
    with pytest.raises(UsageError, match=words) as refused:
        read_tags(given)
    assert refused.value.hint
    assert "\n" not in refused.value.message
    assert len(refused.value.message) < 250


@pytest.mark.parametrize(
    "arn", ["arn:aws:iam::123456789012:role/a", "arn:aws-us-gov:iam::123456789012:role/path/b+c@d"]
)
def test_a_role_is_taken(arn: str) -> None:
    require_role(arn)


@pytest.mark.parametrize(
    "arn",
    ["", "deployer", "arn:aws:iam::1:role/a", "arn:aws:iam::123456789012:user/a", "arn:aws:iam::123456789012:role/"],
)
def test_anything_but_a_roles_arn_is_refused(arn: str) -> None:
    with pytest.raises(UsageError, match="is not the ARN of an IAM role"):
        require_role(arn)


def read(document: Any) -> dict[str, str]:
    return read_parameters(document if isinstance(document, str) else json.dumps(document), "p.json", REGIONS, CHOICES)


def test_both_formats_give_the_same() -> None:
    wanted = {"Fences": "128", "ReplicationTimeControl": "Enabled", "PrimaryAlarmTopicArn": TOPIC}
    assert read(wanted) == wanted
    assert read([{"ParameterKey": key, "ParameterValue": value} for key, value in wanted.items()]) == wanted
    assert read({**wanted, "Fences": 128}) == wanted
    assert read("{}") == read("[]") == {}


def test_a_previous_value_and_the_secondary_region_change_nothing() -> None:
    assert read([{"ParameterKey": "Fences", "UsePreviousValue": True}]) == {}
    assert read({"SecondaryRegion": SECONDARY}) == {}


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("", "not valid JSON"),
        ("[" * 100_000, "not valid JSON"),
        ('{"Fences": "1", "Fences": "2"}', "'Fences' is given twice"),
        ('"Fences"', "neither a list nor an object"),
        ([{"ParameterKey": "Fences"}], "is no parameter"),
        (["Fences=128"], "is no parameter"),
        ([{"ParameterKey": "Fences", "UsePreviousValue": False}], "is no parameter"),
        ([{"ParameterKey": "Fences", "ParameterValue": "128", "UsePreviousValue": True}], "is no parameter"),
        ([{"ParameterKey": "Fences", "ParameterValue": "64"}] * 2, "gives 'Fences' twice"),
        ({"Fenses": "128"}, "'Fenses' is no parameter that can be given"),
        ({"DeletionProtection": "Enabled"}, "is no parameter that can be given"),
        ({"Fences": True}, "must be a text"),
        ({"Fences": None}, "must be a text"),
        ({"Fences": "3"}, "Fences cannot be '3'"),
        ({"ReplicationTimeControl": "enabled"}, "ReplicationTimeControl cannot be 'enabled'"),
        ({"PrimaryAlarmTopicArn": TOPIC.replace(PRIMARY, SECONDARY)}, f"not the ARN of an SNS topic in {PRIMARY}"),
        ({"SecondaryRegion": "eu-west-3"}, f"but the secondary Region is {SECONDARY}"),
    ],
)
def test_a_file_that_the_stack_would_not_take_is_refused_in_one_line(document: Any, words: str) -> None:
    with pytest.raises(UsageError, match=words) as refused:
        read(document)
    assert refused.value.message.startswith("p.json")
    assert refused.value.hint
    assert "\n" not in refused.value.message
