"""Quick-create links, parsed as the console parses them."""

import urllib.parse

import pytest

from mraa.stacks.urls import launch_url


def test_the_link_opens_the_region_with_template_name_and_parameters() -> None:
    template = "https://code-us-east-1.s3.us-east-1.amazonaws.com/a/v1/x.template"
    url = launch_url("us-east-1", "amazonaws.com", template, "mraa", {"SecondaryRegion": "eu-west-1", "Note": "a b&c"})
    parts = urllib.parse.urlsplit(url)
    assert (parts.scheme, parts.netloc) == ("https", "us-east-1.console.aws.amazon.com")
    assert (parts.path, parts.query) == ("/cloudformation/home", "region=us-east-1")
    page, _, query = parts.fragment.partition("?")
    assert page == "/stacks/create/review"
    assert dict(urllib.parse.parse_qsl(query, strict_parsing=True)) == {
        "templateURL": template,
        "stackName": "mraa",
        "param_SecondaryRegion": "eu-west-1",
        "param_Note": "a b&c",
    }
    assert "+" not in query


@pytest.mark.parametrize(
    ("region", "suffix", "host"),
    [
        ("cn-north-1", "amazonaws.com.cn", "cn-north-1.console.amazonaws.cn"),
        ("us-gov-west-1", "amazonaws.com", "us-gov-west-1.console.amazonaws-us-gov.com"),
        ("eusc-de-east-1", "amazonaws.eu", "eusc-de-east-1.console.amazonaws-eusc.eu"),
    ],
)
def test_other_partitions_have_consoles_of_their_own(region: str, suffix: str, host: str) -> None:
    assert urllib.parse.urlsplit(launch_url(region, suffix, "https://t", "mraa", {})).netloc == host
