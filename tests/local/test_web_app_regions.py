"""The web app's site lies in both Regions: deployed, updated, checked and destroyed, also while one of them is lost."""

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mraa import names
from mraa.settings import Settings
from mraa.stacks.urls import template_url
from mraa_local.process import LocalCloud
from tests.local.deploying import Deployer, make_deployer, settled
from tests.local.replicating import Faults
from tests.regions import PRIMARY, REGIONS, SECONDARY

ADMIN = ("--admin-name", "ada", "--admin-email", "ada@example.com")
Client = Callable[..., Any]


@pytest.fixture(scope="module")
def deployer(cloud: LocalCloud, client: Client, tmp_path_factory: pytest.TempPathFactory) -> Deployer:
    made = make_deployer(cloud, client, tmp_path_factory.mktemp("deployer"))
    made.publish()
    made.mraa("deploy", "--yes")
    return made


@pytest.fixture(scope="module")
def url(deployer: Deployer) -> str:
    """The site's address."""
    return deployer.mraa("webapp", "deploy", *ADMIN, "--yes").rstrip().rpartition("Open: ")[2]


@pytest.fixture(autouse=True)
def regions(faults: Faults) -> Iterator[Faults]:
    """Both Regions are up after each test."""
    yield faults
    faults.connect()


def page(url: str) -> str:
    try:
        with urllib.request.urlopen(f"{url}index.html", timeout=30) as answer:
            return str(answer.read().decode())
    except urllib.error.HTTPError as error:
        return f"status {error.code}"


def buckets(deployer: Deployer) -> dict[str, str]:
    """The site's bucket in each Region."""
    found = [bucket["Name"] for bucket in deployer.client("s3", PRIMARY).list_buckets()["Buckets"]]
    return {region: name for region in REGIONS for name in found if name.endswith(f"-{region}-console")}


def files(deployer: Deployer, region: str) -> dict[str, bytes]:
    """The site's files in a Region, by key."""
    s3, bucket = deployer.client("s3", region), buckets(deployer)[region]
    keys = [found["Key"] for found in s3.list_objects_v2(Bucket=bucket, Prefix="console/")["Contents"]]
    return {key: s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}


def write_page(deployer: Deployer, text: str) -> None:
    """Publish a web app with this page."""
    (deployer.folder / "webapp" / "index.html").write_text(text)
    deployer.publish()


def test_both_regions_have_the_same_files_and_neither_bucket_is_public(deployer: Deployer, url: str) -> None:
    first, second = (files(deployer, region) for region in REGIONS)
    assert set(first) == {"console/index.html", "console/uiConfig.json"}
    assert first == second
    for region, bucket in buckets(deployer).items():
        s3 = deployer.client("s3", region)
        assert s3.head_bucket(Bucket=bucket)["BucketRegion"] == region
        assert all(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values())


@pytest.mark.parametrize("state", ["down", "hangs"])
def test_the_site_is_served_while_the_primary_region_is_lost(url: str, faults: Faults, state: str) -> None:
    faults.set("region", region=PRIMARY, state=state)
    assert page(url).startswith("<!doctype html>")
    with urllib.request.urlopen(f"{url}uiConfig.json", timeout=30) as answer:
        assert json.loads(answer.read())["secondary"]["region"] == SECONDARY


def test_an_update_reaches_both_regions_and_removes_stale_files_from_both(deployer: Deployer, url: str) -> None:
    note = deployer.folder / "webapp" / "note.txt"
    note.write_text("one")
    write_page(deployer, "<!doctype html>one")
    deployer.mraa("webapp", "deploy", "--yes")
    assert all("console/note.txt" in files(deployer, region) for region in REGIONS)
    note.unlink()
    write_page(deployer, "<!doctype html>two")
    deployer.mraa("webapp", "deploy", "--yes")
    assert page(url) == "<!doctype html>two"
    assert files(deployer, PRIMARY) == files(deployer, SECONDARY)
    assert "console/note.txt" not in files(deployer, SECONDARY)


def test_while_the_secondary_region_is_lost_an_update_is_refused_in_one_line_before_it_begins(
    deployer: Deployer, url: str, faults: Faults
) -> None:
    before = page(url)
    write_page(deployer, "<!doctype html>three")
    faults.set("region", region=SECONDARY, state="down")
    for verb in ("deploy", "destroy"):
        said = deployer.mraa("webapp", verb, "--yes", expect=1)
        assert f"{SECONDARY} does not answer" in said
    assert page(url) == before
    faults.set("region", region=SECONDARY, state="up")
    deployer.mraa("webapp", "deploy", "--yes")
    assert page(url) == "<!doctype html>three"


def test_an_update_from_the_console_meanwhile_names_the_cause_and_is_rolled_back(
    deployer: Deployer, url: str, faults: Faults
) -> None:
    write_page(deployer, "<!doctype html>four")
    cf = deployer.client("cloudformation", PRIMARY)
    template = template_url(Settings(bucket_prefix="code", secondary_region=SECONDARY), names.DEMO_UI_TEMPLATE)
    kept = [{"ParameterKey": key, "UsePreviousValue": True} for key in ("AdminName", "AdminEmail", "SolutionStackName")]
    faults.set("region", region=SECONDARY, state="down")
    cf.update_stack(StackName="mraa-web", TemplateURL=template, Parameters=kept, Capabilities=["CAPABILITY_IAM"])
    ended = deployer.ended("webapp", "deploy", "--yes")  # refused: the Region is away
    assert ended.exit_code == 1
    stack = settled(cf, "mraa-web")
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    reasons = [
        event["ResourceStatusReason"]
        for event in cf.describe_stack_events(StackName="mraa-web")["StackEvents"]
        if event["LogicalResourceId"] == "ConsoleFiles" and event["ResourceStatus"] == "UPDATE_FAILED"
    ]
    assert (
        f"S3 in {SECONDARY} does not answer, so the bucket {buckets(deployer)[SECONDARY]} cannot be used." in reasons[0]
    )
    assert page(url) == "<!doctype html>three"
    faults.set("region", region=SECONDARY, state="up")
    deployer.mraa("webapp", "deploy", "--yes")
    assert page(url) == "<!doctype html>four"
    assert files(deployer, PRIMARY) == files(deployer, SECONDARY)


def test_destroying_the_web_app_leaves_no_bucket_of_files_in_either_region(deployer: Deployer, url: str) -> None:
    deployer.mraa("webapp", "destroy", "--yes")
    assert buckets(deployer) == {}
    deployer.mraa("webapp", "deploy", *ADMIN, "--yes")
    assert set(buckets(deployer)) == set(REGIONS)
