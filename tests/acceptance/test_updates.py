"""Updates that take something away, and updates that fail in one Region."""

from typing import Any

from mraa import names
from tests.acceptance.conftest import SOLUTION, VERSION, change_function, publish
from tests.acceptance.releases import drop_type
from tests.acceptance.shell import Shell

_ALARM = "AWS::CloudWatch::Alarm"


def test_an_update_that_drops_a_resource_type_deletes_it_in_both_regions(active: Shell) -> None:
    """An update that drops a resource type, and with it the right to manage it, deletes what is there and completes.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-monitor-stack.html
    """
    release = active.target.path / "release"
    before = {region: alarms(active, region) for region in active.target.regions}
    assert all(before.values())
    active.mraa("build", "--output", "release")
    assert drop_type(release, _ALARM, "cloudwatch")
    active.mraa("publish", "--from", "release", "--yes")
    assert active.result("deploy", "--yes")["action"] == "updated"
    assert {region: alarms(active, region) for region in active.target.regions} == {
        region: [] for region in active.target.regions
    }
    assert active.instances() == dict.fromkeys(active.target.regions, "CURRENT")

    publish(active)  # the next release has them again
    assert active.result("deploy", "--yes")["action"] == "updated"
    assert {region: alarms(active, region) for region in active.target.regions} == before


def test_a_stack_instance_that_fails_is_named_and_the_same_command_finishes(active: Shell) -> None:
    """A stack instance that fails is named with its first cause and rolled back; the same command then completes.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-concepts.html
    """
    secondary = active.target.secondary
    change_function(active, "photos_api", "fails in one Region")
    publish(active)
    lost, content = lose_zip(active, secondary, "photos-api")
    said = active.mraa("deploy", "--yes", expect=1)
    assert f"First cause: {secondary}: PhotosFunction (AWS::Lambda::Function): " in said
    assert active.stack()["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    active.client("s3", secondary).put_object(**lost, Body=content, ContentType="application/zip")
    assert active.result("deploy", "--yes")["action"] == "updated"
    assert active.instances() == dict.fromkeys(active.target.regions, "CURRENT")


def alarms(shell: Shell, region: str) -> list[str]:
    """The deployment's alarms in a Region."""
    token = shell.api_ids[region]["appId"].replace("-", "")
    found: list[Any] = []
    for page in (
        shell.client("cloudwatch", region)
        .get_paginator("describe_alarms")
        .paginate(AlarmNamePrefix=names.prefix(token))
    ):
        found += page["MetricAlarms"]
    return sorted(of["AlarmName"] for of in found)


def lose_zip(shell: Shell, region: str, function: str) -> tuple[dict[str, str], bytes]:
    """Delete the newest zip of a function from a Region's bucket: where it was, and its content."""
    (zip_file,) = (shell.target.path / "release" / "regional-s3-assets").glob(f"{function}-*.zip")
    bucket = names.code_bucket(shell.target.bucket_prefix, region)
    of = {"Bucket": bucket, "Key": f"{SOLUTION}/{VERSION}/{zip_file.name}"}
    s3 = shell.client("s3", region)
    s3.head_object(**of)
    s3.delete_object(**of)
    return of, zip_file.read_bytes()
