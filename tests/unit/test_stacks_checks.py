"""What is rejected before anything is changed, each with one line that names the command to run."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import cast

import boto3
import pytest

from mraa import names
from mraa.aws import Aws
from mraa.errors import CredentialsError, UsageError
from mraa.settings import Settings
from mraa.stacks.preflight import checks
from mraa.stacks.urls import template_url
from tests.errors import client_error
from tests.regions import PRIMARY, SECONDARY
from tests.unit.fake_cloud import FakeCloud
from tests.unit.stacks_moto import ACCOUNT, PREFIX, SETTINGS, make_bucket, moto_aws, publish


@pytest.fixture(autouse=True)
def moto(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with moto_aws(monkeypatch):
        yield


def check_code() -> None:
    checks.check_code(Aws(), SETTINGS, SETTINGS.regions, ACCOUNT, names.MAIN_TEMPLATE)


def test_both_regions_and_a_published_release_pass() -> None:
    publish()
    assert checks.check_regions(Aws(), SETTINGS.regions) == ACCOUNT
    check_code()


def test_a_region_that_aws_does_not_have_is_refused() -> None:
    with pytest.raises(UsageError, match="no Region 'us-east-9'"):
        checks.check_regions(Aws(), ("us-east-9", SECONDARY))


def test_regions_of_different_partitions_are_refused() -> None:
    with pytest.raises(UsageError, match="different AWS partitions"):
        checks.check_regions(Aws(), (PRIMARY, "cn-north-1"))


def test_no_credentials_are_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    with pytest.raises(CredentialsError, match="no usable AWS credentials"):
        checks.check_regions(Aws(), SETTINGS.regions)


def test_a_missing_bucket_names_the_command_that_creates_it() -> None:
    with pytest.raises(UsageError, match=f"Bucket code-{PRIMARY} does not exist") as missing:
        check_code()
    assert "mraa publish --create-buckets" in missing.value.hint


class Forbidding:
    """What S3 answers for another account's bucket; moto does not check the expected owner."""

    def __init__(self) -> None:
        self.expected: set[str] = set()

    def head_bucket(self, Bucket: str, ExpectedBucketOwner: str) -> None:
        self.expected.add(ExpectedBucketOwner)
        raise client_error("403", status=403)


def test_a_bucket_of_another_account_is_refused() -> None:
    s3 = Forbidding()
    with pytest.raises(UsageError, match="belongs to another account"):
        checks.check_code(
            cast(Aws, SimpleNamespace(client=lambda service, region: s3)),
            SETTINGS,
            SETTINGS.regions,
            ACCOUNT,
            names.MAIN_TEMPLATE,
        )
    assert s3.expected == {ACCOUNT}


def test_a_bucket_in_the_wrong_region_is_refused() -> None:
    publish()
    make_bucket("elsewhere-us-east-1", "eu-west-1")
    settings = Settings(secondary_region=SECONDARY, bucket_prefix="elsewhere")
    with pytest.raises(UsageError, match="is in eu-west-1, not in us-east-1"):
        checks.check_code(Aws(), settings, settings.regions, ACCOUNT, names.MAIN_TEMPLATE)


@pytest.mark.parametrize("region", [PRIMARY, SECONDARY])
def test_a_release_missing_in_either_region_names_the_command_that_publishes_it(region: str) -> None:
    publish()
    boto3.client("s3", region).delete_object(Bucket=f"code-{region}", Key=f"{PREFIX}/{names.MAIN_TEMPLATE}")
    with pytest.raises(UsageError, match=f"s3://code-{region}/{PREFIX}/") as missing:
        check_code()
    assert "mraa publish" in missing.value.hint


def test_no_bucket_prefix_is_a_usage_error() -> None:
    settings = Settings(secondary_region=SECONDARY)
    with pytest.raises(UsageError, match="--bucket-prefix is not set"):
        checks.check_code(Aws(), settings, settings.regions, ACCOUNT, names.MAIN_TEMPLATE)


def test_the_templates_address_is_virtual_hosted_in_every_partition() -> None:
    assert template_url(SETTINGS, "t") == f"https://code-us-east-1.s3.us-east-1.amazonaws.com/{PREFIX}/t"
    china = Settings(primary_region="cn-north-1", bucket_prefix="code")
    assert template_url(china, "t").startswith("https://code-cn-north-1.s3.cn-north-1.amazonaws.com.cn/")


def test_a_region_that_answers_again_within_a_second_is_not_lost() -> None:
    cloud = FakeCloud()
    cloud.down = {SECONDARY}
    cloud.then(lambda: None, cloud.down.clear)
    assert checks.find_outage(cloud.aws, SECONDARY, cloud.clock) is None
    assert checks.find_outage(cloud.aws, PRIMARY, cloud.clock) is None


def test_a_region_that_does_not_answer_is_named_after_a_second() -> None:
    cloud = FakeCloud()
    cloud.down = {SECONDARY}
    begun = cloud.now
    lost = checks.find_outage(cloud.aws, SECONDARY, cloud.clock)
    assert lost is not None
    assert lost.message.startswith(f"{SECONDARY} does not answer: Listing stacks in {SECONDARY} failed: no answer (")
    assert "mraa status" in lost.hint
    assert cloud.now - begun < 2
    assert {call for call in cloud.calls if call[1] == SECONDARY} == {("cloudformation", SECONDARY, "list_stacks")}


def test_a_region_that_refuses_answers() -> None:
    cloud = FakeCloud()

    def refuse(service: str, region: str, operation: str) -> None:
        raise client_error("InvalidClientTokenId", "The security token included in the request is invalid", status=403)

    cloud.before = refuse
    assert checks.find_outage(cloud.aws, SECONDARY, cloud.clock) is None
