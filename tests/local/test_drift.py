"""`mraa drift` on a deployment that is changed manually, in each place where that is possible."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mraa_local.process import LocalCloud
from tests.local.deploying import Deployer, make_deployer
from tests.regions import PRIMARY, REGIONS, SECONDARY


@pytest.fixture(scope="module")
def deployer(cloud: LocalCloud, client: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Deployer:
    """The main stack and the web app, deployed."""
    made = make_deployer(cloud, client, tmp_path_factory.mktemp("deployer"))
    made.publish()
    made.mraa("deploy", "--yes")
    made.mraa("webapp", "deploy", "--admin-name", "ada", "--admin-email", "ada@example.com", "--yes")
    return made


@pytest.fixture(autouse=True)
def clean(deployer: Deployer) -> Iterator[None]:
    """Nothing has drifted before and after each test."""
    assert detect(deployer) == []
    yield
    assert detect(deployer) == []


def detect(deployer: Deployer) -> list[dict[str, Any]]:
    """What has drifted; the exit code says so too."""
    process = deployer.start("drift", "--json")
    out, err = process.communicate(timeout=120)
    result = json.loads(out.splitlines()[-1])
    assert result["type"] == "result", err
    assert result["checked"] > 20
    assert process.returncode == (3 if result["drifted"] else 0)
    drifted: list[dict[str, Any]] = result["drifted"]
    return drifted


@pytest.mark.parametrize("region", REGIONS)
def test_a_functions_timeout_changed_manually_is_named_with_both_values(deployer: Deployer, region: str) -> None:
    functions = deployer.client("lambda", region)
    name = next(f["FunctionName"] for f in functions.list_functions()["Functions"] if "photos-api" in f["FunctionName"])
    before = functions.get_function_configuration(FunctionName=name)["Timeout"]
    functions.update_function_configuration(FunctionName=name, Timeout=before + 1)
    (found,) = detect(deployer)
    said = deployer.mraa("drift", expect=3)
    functions.update_function_configuration(FunctionName=name, Timeout=before)
    assert (found["region"], found["logicalId"], found["status"]) == (region, "PhotosFunction", "MODIFIED")
    assert found["differences"] == [{"path": "/Timeout", "expected": str(before), "actual": str(before + 1)}]
    assert f"✗ {region}  stack instance: PhotosFunction (AWS::Lambda::Function)  MODIFIED" in said
    assert f"    /Timeout: {before} -> {before + 1}" in said


def test_deleted_log_groups_of_main_stack_and_web_app_are_found(deployer: Deployer) -> None:
    logs = deployer.client("logs", PRIMARY)
    groups = [group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]]
    lost = [name for name in groups if name.endswith(("-output-consolidator", "-console-deployer"))]
    assert len(lost) == 2
    kept = {name: logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"][0] for name in lost}
    for name in lost:
        logs.delete_log_group(logGroupName=name)
    found = detect(deployer)
    for name in lost:
        logs.create_log_group(logGroupName=name)
        logs.put_retention_policy(logGroupName=name, retentionInDays=kept[name]["retentionInDays"])
    assert {(of["stackName"], of["status"]) for of in found} == {("mraa", "DELETED"), ("mraa-web", "DELETED")}
    assert {of["resourceType"] for of in found} == {"AWS::Logs::LogGroup"}


@pytest.mark.parametrize("change", ["deleted", "disabled", "modified"])
def test_drift_of_the_reverse_rule_is_detected_and_restored_by_the_next_deploy(deployer: Deployer, change: str) -> None:
    s3 = deployer.client("s3", SECONDARY)
    bucket = next(b["Name"] for b in s3.list_buckets()["Buckets"] if b["Name"].endswith(f"{SECONDARY}-objects"))
    before = s3.get_bucket_replication(Bucket=bucket)["ReplicationConfiguration"]
    (rule,) = before["Rules"]
    if change == "deleted":
        s3.delete_bucket_replication(Bucket=bucket)
    else:
        other = {"Status": "Disabled"} if change == "disabled" else {"DeleteMarkerReplication": {"Status": "Disabled"}}
        s3.put_bucket_replication(Bucket=bucket, ReplicationConfiguration={**before, "Rules": [{**rule, **other}]})
    (found,) = detect(deployer)
    said = deployer.mraa("deploy", "--yes")
    assert f"~ replication rule mraa-reverse of {bucket} in {SECONDARY} " in said
    assert "will be restored" in said
    assert s3.get_bucket_replication(Bucket=bucket)["ReplicationConfiguration"] == before
    assert "No changes" in deployer.mraa("deploy", "--yes")
    assert (found["region"], found["logicalId"], found["physicalId"]) == (SECONDARY, "ReverseReplication", bucket)
    assert found["status"] == ("DELETED" if change == "deleted" else "MODIFIED")
    assert [of["path"] for of in found["differences"]] == {
        "deleted": [],
        "disabled": ["/Status"],
        "modified": ["/DeleteMarkerReplication/Status"],
    }[change]


def test_without_a_deployment_there_is_nothing_to_compare(deployer: Deployer) -> None:
    said = deployer.mraa("drift", "--stack-name", "another", expect=1)
    assert "Stack another does not exist in us-east-1." in said


def test_what_was_found_is_shown_although_the_other_region_is_down(deployer: Deployer) -> None:
    functions = deployer.client("lambda", PRIMARY)
    name = next(
        f["FunctionName"] for f in functions.list_functions()["Functions"] if "consolidator" in f["FunctionName"]
    )
    before = functions.get_function_configuration(FunctionName=name)["Timeout"]
    functions.update_function_configuration(FunctionName=name, Timeout=before + 1)
    deployer.mraa("local", "fault", "region", SECONDARY, "down")
    try:
        said = deployer.mraa("drift", expect=3)
    finally:
        deployer.mraa("local", "fault", "region", SECONDARY, "up")
        functions.update_function_configuration(FunctionName=name, Timeout=before)
    assert f"/Timeout: {before} -> {before + 1}" in said
    assert f"✗ {SECONDARY}  mraa: ReverseReplication (not checked)  UNKNOWN: " in said


@pytest.mark.parametrize("change", [{"Filter": {"Tag": {"Key": "a", "Value": "b"}}}, {"StorageClass": "GLACIER"}])
def test_a_rule_with_a_filter_or_another_storage_class_has_drifted(deployer: Deployer, change: dict[str, Any]) -> None:
    s3 = deployer.client("s3", SECONDARY)
    bucket = deployer.object_bucket(SECONDARY)
    before = s3.get_bucket_replication(Bucket=bucket)["ReplicationConfiguration"]
    (rule,) = before["Rules"]
    other = change if "Filter" in change else {"Destination": {**rule["Destination"], **change}}
    s3.put_bucket_replication(Bucket=bucket, ReplicationConfiguration={**before, "Rules": [{**rule, **other}]})
    (found,) = detect(deployer)
    s3.put_bucket_replication(Bucket=bucket, ReplicationConfiguration=before)
    assert found["status"] == "MODIFIED"
    assert [of["path"] for of in found["differences"]] in (["/Filter"], ["/Destination/StorageClass"])
