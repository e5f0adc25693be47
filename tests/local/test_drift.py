"""`mraa drift` on a deployment that is changed manually, in each place where that is possible."""

import json
import re
import shlex
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mraa_local.process import LocalCloud
from tests.local.deploying import CHECKOUT, Deployer, make_deployer
from tests.local.sabotage import Plan
from tests.regions import PRIMARY, REGIONS, SECONDARY

DOCUMENT = CHECKOUT / "docs" / "deploying.md"


@pytest.fixture(scope="module")
def deployer(cloud: LocalCloud, client: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Deployer:
    """The main stack and the web app, deployed."""
    made = make_deployer(cloud, client, tmp_path_factory.mktemp("deployer"))
    made.publish()
    made.mraa("deploy", "--yes")
    made.mraa("webapp", "deploy", "--admin-name", "ada", "--admin-email", "ada@example.com", "--yes")
    assert detect(made) == []
    return made


@pytest.fixture(autouse=True)
def clean(deployer: Deployer) -> Iterator[None]:
    """Nothing has drifted after each test."""
    yield
    assert detect(deployer) == []


def detect(deployer: Deployer) -> list[dict[str, Any]]:
    """What has drifted; the exit code says so too."""
    ended = deployer.ended("drift", "--json")
    result = json.loads(ended.out.splitlines()[-1])
    assert result["type"] == "result", ended.err
    assert result["checked"] > 20
    assert ended.exit_code == (3 if result["drifted"] else 0)
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
    assert f"    What to do: Revert {name} manually, or change the template" in said


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


def test_what_nobody_checks_is_counted_by_its_type(deployer: Deployer) -> None:
    result = deployer.result("drift")
    counts = Counter(of["resourceType"] for of in result["notChecked"])
    # checked here, although the local cloud's drift detection does not support them either
    assert not {"AWS::S3::BucketPolicy", "AWS::DynamoDB::GlobalTable", "AWS::Lambda::EventSourceMapping"} & set(counts)
    assert counts["AWS::ApiGateway::Stage"] == 4
    assert counts["Custom::TableStream"] == 2
    assert not {"Custom::ReverseReplication", "Custom::SecondaryBucketPolicy"} & set(counts)
    said = deployer.mraa("drift")
    assert f"No drift in {result['checked']} resources; {counts.total()} not checked by CloudFormation." in said
    assert "AWS::ApiGateway::Stage " in said


def aws(deployer: Deployer, command: str) -> None:
    """Do what an `aws` command, somewhere in the text, does."""
    service, operation, *options = shlex.split(command[command.index("aws ") + len("aws ") :])
    arguments: dict[str, Any] = {}
    while options:
        name = options.pop(0).removeprefix("--")
        if name.endswith("deletion-protection-enabled"):
            arguments["DeletionProtectionEnabled"] = not name.startswith("no-")
        elif name == "cli-input-json":
            arguments |= json.loads(options.pop(0))
        elif name == "patch-operations":
            arguments["patchOperations"] = [dict(pair.split("=", 1) for pair in options.pop(0).split(","))]
        else:
            value = options.pop(0)
            key = "".join(word.capitalize() for word in name.split("-"))
            arguments[key] = json.loads(value) if key == "ReplicationConfiguration" else value
    client = deployer.client(service.replace("s3api", "s3"), arguments.pop("Region"))
    getattr(client, operation.replace("-", "_"))(**arguments)


def change_rule(deployer: Deployer, region: str, **change: Any) -> None:
    """Change the first replication rule of a Region's bucket, or with ``Role`` its role."""
    s3, bucket = deployer.client("s3", region), deployer.object_bucket(region)
    found = s3.get_bucket_replication(Bucket=bucket)["ReplicationConfiguration"]
    role = {"Role": change.pop("Role", found["Role"])}
    changed = {**found, **role, "Rules": [{**found["Rules"][0], **change}]}
    s3.put_bucket_replication(Bucket=bucket, ReplicationConfiguration=changed)


def buckets(deployer: Deployer, end: str) -> str:
    (found,) = [b["Name"] for b in deployer.client("s3", PRIMARY).list_buckets()["Buckets"] if b["Name"].endswith(end)]
    return str(found)


def mapping_id(deployer: Deployer, region: str) -> str:
    (found,) = deployer.client("lambda", region).list_event_source_mappings()["EventSourceMappings"]
    return str(found["UUID"])


def places(found: list[dict[str, Any]]) -> dict[tuple[str, str], tuple[str, list[str]]]:
    return {(of["region"], of["logicalId"]): (of["status"], [one["path"] for one in of["differences"]]) for of in found}


def test_what_was_deleted_is_found_in_both_regions_and_doing_what_is_said_restores_it(deployer: Deployer) -> None:
    for bucket in (f"{PRIMARY}-objects", f"{SECONDARY}-logs", *(f"{region}-console" for region in REGIONS)):
        name = buckets(deployer, bucket)
        deployer.client("s3", SECONDARY if SECONDARY in name else PRIMARY).delete_bucket_policy(Bucket=name)
    deployer.client("s3", PRIMARY).delete_bucket_replication(Bucket=deployer.object_bucket(PRIMARY))
    deployer.client("lambda", SECONDARY).delete_event_source_mapping(UUID=mapping_id(deployer, SECONDARY))
    found = detect(deployer)
    for item in found:
        aws(deployer, item["fix"])
    assert places(found) == {
        (PRIMARY, "ObjectStoreBucketPolicy"): ("DELETED", []),
        (SECONDARY, "ObjectStoreLogsBucketPolicy"): ("DELETED", []),
        (PRIMARY, "ConsoleBucketPolicy"): ("DELETED", []),
        (SECONDARY, "SecondaryConsoleBucketPolicy"): ("DELETED", []),
        (PRIMARY, "ObjectStoreBucket"): (
            "MODIFIED",
            ["/ReplicationConfiguration/Role", "/ReplicationConfiguration/Rules/mraa-forward"],
        ),
        (SECONDARY, "StateGuardSource"): ("DELETED", []),
    }


def test_what_was_changed_is_found_in_both_regions_and_doing_what_is_said_restores_it(deployer: Deployer) -> None:
    s3, logs = deployer.client("s3", PRIMARY), buckets(deployer, f"{PRIMARY}-logs")
    policy = json.loads(s3.get_bucket_policy(Bucket=logs)["Policy"])
    policy["Statement"] = [of for of in policy["Statement"] if of.get("Sid") != "TlsOnly"]
    s3.put_bucket_policy(Bucket=logs, Policy=json.dumps(policy))
    change_rule(deployer, PRIMARY, Priority=9, Status="Disabled")
    for region in REGIONS:
        deployer.client("dynamodb", region).update_table(
            TableName=deployer.key_value_table(), DeletionProtectionEnabled=False
        )
    deployer.client("lambda", PRIMARY).update_event_source_mapping(
        UUID=mapping_id(deployer, PRIMARY), Enabled=False, BatchSize=7
    )
    found = detect(deployer)
    said = deployer.mraa("drift", expect=3)
    for item in found:
        assert f"    What to do: {item['fix']}\n" in said
        aws(deployer, item["fix"])
    rule = "/ReplicationConfiguration/Rules/mraa-forward"
    assert places(found) == {
        (PRIMARY, "ObjectStoreLogsBucketPolicy"): ("MODIFIED", ["/PolicyDocument/Statement/TlsOnly"]),
        (PRIMARY, "ObjectStoreBucket"): ("MODIFIED", [f"{rule}/Status", f"{rule}/Priority"]),
        (PRIMARY, "StateGuardSource"): ("MODIFIED", ["/Enabled", "/BatchSize"]),
        **{
            (region, "KeyValueStoreTable"): ("MODIFIED", [f"/Replicas/{region}/DeletionProtectionEnabled"])
            for region in REGIONS
        },
    }
    assert "    /Enabled: true -> false\n" in said
    assert f"    {rule}/Priority: 1 -> 9\n" in said


@pytest.mark.parametrize("region", REGIONS)
def test_the_accounts_missing_logging_role_is_a_note_that_says_how_to_set_it(deployer: Deployer, region: str) -> None:
    gateway = deployer.client("apigateway", region)
    gateway.update_account(patchOperations=[{"op": "replace", "path": "/cloudwatchRoleArn", "value": ""}])
    (note,) = deployer.result("drift")["notes"]
    said = deployer.mraa("drift")
    aws(deployer, note["fix"])
    assert (note["region"], note["logicalId"]) == (region, "ApiGatewayAccount")
    assert f"- {region}  ApiGatewayAccount  API Gateway has no logging role: the APIs write no access logs\n" in said
    assert deployer.result("drift")["notes"] == []


def documented_permissions() -> list[str]:
    """The actions that docs/deploying.md says it requires."""
    (section,) = re.findall(
        r"It requires these permissions, in both Regions:\n(.*?)\n- on AWS", DOCUMENT.read_text(), re.DOTALL
    )
    return re.findall(r"`([a-z0-9]+:[A-Za-z]+)`", section)


def as_reader(deployer: Deployer, name: str, *denied: dict[str, Any]) -> Deployer:
    """The shell of a user who has the documented permissions only, less those denied."""
    iam = deployer.client("iam", PRIMARY)
    iam.create_user(UserName=name)
    statements = [{"Effect": "Allow", "Action": documented_permissions(), "Resource": "*"}, *denied]
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=document)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    keys = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
    return Deployer(deployer.folder, {**deployer.environment, **keys}, deployer.client)


def test_the_documented_permissions_are_enough(deployer: Deployer) -> None:
    result = as_reader(deployer, "allowed").result("drift")
    assert (result["isDrifted"], result["notes"]) == (False, [])
    assert result["checked"] == deployer.result("drift")["checked"]


def test_what_may_not_be_read_is_unknown_and_names_the_permission(deployer: Deployer) -> None:
    denied = {"Effect": "Deny", "Action": "s3:GetBucketPolicy", "Resource": "arn:aws:s3:::*-objects"}
    reader = as_reader(deployer, "limited", denied)
    found = detect(reader)
    said = reader.mraa("drift", expect=3)
    assert places(found) == {(region, "ObjectStoreBucketPolicy"): ("UNKNOWN", []) for region in REGIONS}
    assert all("s3:GetBucketPolicy" in of["reason"] for of in found)
    assert "Error: No drift in " in said
    assert "; 2 could not be checked; " in said


@pytest.mark.parametrize("change", ["deleted", "disabled", "modified"])
def test_drift_of_the_reverse_rule_is_detected_and_restored_by_the_next_deploy(deployer: Deployer, change: str) -> None:
    s3 = deployer.client("s3", SECONDARY)
    bucket = next(b["Name"] for b in s3.list_buckets()["Buckets"] if b["Name"].endswith(f"{SECONDARY}-objects"))
    before = s3.get_bucket_replication(Bucket=bucket)["ReplicationConfiguration"]
    if change == "deleted":
        s3.delete_bucket_replication(Bucket=bucket)
    else:
        others: dict[str, dict[str, Any]] = {
            "disabled": {"Status": "Disabled"},
            "modified": {
                "DeleteMarkerReplication": {"Status": "Disabled"},
                "Priority": 5,
                "Role": deployer.client("iam", PRIMARY).list_roles()["Roles"][0]["Arn"],
            },
        }
        change_rule(deployer, SECONDARY, **others[change])
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
        "modified": ["/Role", "/Priority", "/DeleteMarkerReplication/Status"],
    }[change]


def test_without_a_deployment_there_is_nothing_to_compare(deployer: Deployer) -> None:
    said = deployer.mraa("drift", "--stack-name", "another", expect=1)
    assert "Stack another does not exist in us-east-1." in said


def test_what_was_found_is_shown_although_the_other_region_is_down(deployer: Deployer) -> None:
    functions = deployer.client("lambda", PRIMARY)
    photos = next(f for f in functions.list_functions()["Functions"] if "photos-api" in f["FunctionName"])
    name, before = photos["FunctionName"], photos["Timeout"]
    functions.update_function_configuration(FunctionName=name, Timeout=before + 1)
    deployer.mraa("local", "fault", "region", SECONDARY, "down")
    try:
        said = deployer.mraa("drift", expect=3)
    finally:
        deployer.mraa("local", "fault", "region", SECONDARY, "up")
        functions.update_function_configuration(FunctionName=name, Timeout=before)
    assert f"- {SECONDARY}  Region  does not answer: only {PRIMARY} will be checked\n" in said
    # in the primary Region's stack instance, too
    assert f"/Timeout: {before} -> {before + 1}" in said
    assert f"UNKNOWN: nothing was checked: {SECONDARY} does not answer: " in said
    assert "Error: 1 of " in said
    assert "; 1 could not be checked; " in said


@pytest.mark.parametrize("verb", ["drift", "deploy"])
def test_a_lost_region_is_asked_only_whether_it_answers(deployer: Deployer, verb: str) -> None:
    log = deployer.folder / f"{verb}.log"
    ended = deployer.ended(verb, "--json", plan=Plan(regions=[SECONDARY], log=str(log)))
    assert ended.exit_code == (3 if verb == "drift" else 1), ended.out + ended.err
    assert f"{SECONDARY} does not answer: Listing stacks in {SECONDARY} failed: no answer" in ended.out
    asked = [line.split()[1] for line in log.read_text().splitlines() if line.split()[2] == SECONDARY]
    assert set(asked) == {"cloudformation"}
    assert len(asked) <= 6


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
