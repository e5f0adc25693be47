"""`mraa doctor` on two running Regions: what it finds before a deployment, beside one, and after it."""

import json
from collections.abc import Callable

import pytest

from mraa_local.process import LocalCloud
from tests.local.deploying import Deployer, make_deployer
from tests.regions import NOT_ENABLED, PRIMARY, SECONDARY


@pytest.fixture(scope="module")
def deployer(cloud: LocalCloud, client: Callable[..., object], tmp_path_factory: pytest.TempPathFactory) -> Deployer:
    """Nothing published, nothing deployed."""
    return make_deployer(cloud, client, tmp_path_factory.mktemp("deployer"))


def examined(deployer: Deployer, *words: str, expect: int = 0) -> dict[str, list[str]]:
    """The texts of all findings, by grade; each that did not pass says how to fix it."""
    ended = deployer.ended("doctor", "--json", *words)
    assert ended.exit_code == expect
    result = json.loads(ended.out.splitlines()[-1])
    assert result["isReady"] is (expect == 0)
    found: dict[str, list[str]] = {"passed": [], "note": [], "failed": []}
    for finding in result["findings"]:
        assert finding["fix"] or finding["grade"] == "passed"
        found[finding["grade"]].append(f"{finding['region']} {finding['subject']}: {finding['text']}")
    return found


def test_a_region_that_is_not_enabled_is_named_with_the_command_that_enables_it(deployer: Deployer) -> None:
    found = examined(deployer, "--secondary-region", NOT_ENABLED, expect=3)
    assert f"{NOT_ENABLED} does not accept this account" in "".join(found["failed"])
    ended = deployer.ended("deploy", "--secondary-region", NOT_ENABLED, "--yes")
    assert ended.exit_code == 2
    assert f"aws account enable-region --region-name {NOT_ENABLED}" in ended.err


def test_each_step_towards_a_deployment_is_reported_until_it_is_done(deployer: Deployer) -> None:
    before = examined(deployer, expect=3)
    assert before["failed"] == [
        f"{PRIMARY} bucket: Bucket code-{PRIMARY} does not exist.",
        f"{SECONDARY} bucket: Bucket code-{SECONDARY} does not exist.",
    ]
    deployer.publish()
    published = examined(deployer)
    assert published["failed"] == []
    assert f"{PRIMARY} stack: the name mraa is available" in published["passed"]
    # the local cloud has no Service Quotas: that is reported, and blocks nothing
    assert all("quotas: " in text and "could not be checked" in text for text in published["note"])
    s3 = deployer.client("s3", PRIMARY)
    key = "multi-region-application-architecture/v1.0.0/multi-region-application-architecture.template"
    whole = s3.get_object(Bucket=f"code-{PRIMARY}", Key=key)["Body"].read()
    s3.put_object(Bucket=f"code-{PRIMARY}", Key=key, Body=b'{"Resources": {"A": {"Type": "AWS::No::Such"}}}')
    (broken,) = examined(deployer, expect=3)["failed"]
    assert broken.startswith(f"{PRIMARY} template: Validating multi-region-application-architecture.template in ")
    s3.put_object(Bucket=f"code-{PRIMARY}", Key=key, Body=whole)
    deployer.mraa("deploy", "--yes")
    assert f"{PRIMARY} stack: Stack mraa exists (UPDATE_COMPLETE)." in examined(deployer)["passed"]
    turned = examined(deployer, "--primary-region", SECONDARY, "--secondary-region", PRIMARY, expect=3)
    assert any("a failover does not change that" in text for text in turned["failed"])
    elsewhere = examined(deployer, "--secondary-region", "eu-west-1", expect=3)
    assert any("fixed for the life of a stack" in text for text in elsewhere["failed"])
    assert not any("orphaned" in text for text in elsewhere["failed"]), "it is no instance that was lost"
    deployer.mraa("destroy", "--yes")
    left = [text for text in examined(deployer)["note"] if "left over" in text]
    assert {text.split()[0] for text in left} == {PRIMARY, SECONDARY}
    assert any("table" in text for text in left)
    assert any("-objects" in text for text in left)
    deployer.mraa("destroy", "--delete-data", "--confirm", "mraa", "--yes")
    assert not [text for text in examined(deployer)["note"] if "left over" in text]


def test_a_person_reads_what_blocks_a_deployment_and_how_to_fix_it(deployer: Deployer) -> None:
    said = deployer.mraa("doctor", "--bucket-prefix", "nowhere", expect=3)
    assert f"✗ {PRIMARY}  bucket  Bucket nowhere-{PRIMARY} does not exist." in said
    assert said.count("-> Run `mraa build` and `mraa publish --create-buckets`.") == 1, "once for both buckets"
    assert "2 preflight checks failed." in said


def test_without_valid_credentials_nothing_else_is_checked(deployer: Deployer) -> None:
    deployer.environment["AWS_SECRET_ACCESS_KEY"], kept = "wrong", deployer.environment["AWS_SECRET_ACCESS_KEY"]
    try:
        ended = deployer.ended("doctor", "--json")
    finally:
        deployer.environment["AWS_SECRET_ACCESS_KEY"] = kept
    assert ended.exit_code == 3
    (finding,) = json.loads(ended.out.splitlines()[-1])["findings"]
    assert finding["subject"] == "credentials"
    assert "Sign in again" in finding["fix"]
