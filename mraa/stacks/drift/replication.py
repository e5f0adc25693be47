"""The replication rules of both object stores, compared with what the template and our custom resource put there.

The primary bucket's rule is in the template. CloudFormation does not know the one of the secondary bucket: a custom
resource puts it on a bucket that another stack created (``functions/replication_configurer``).
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from mraa import names
from mraa.aws import Aws
from mraa.errors import AwsError
from mraa.events import Event, OnEvent, Progress
from mraa.stacks import describe
from mraa.stacks.drift.deployed import PARTLY_DELETED, Comparison, DeployedStack, judged, read_or_none
from mraa.stacks.models import PropertyDifference, ResourceDrift, StackDescription
from mraa.stacks.plan.parameters import REPLICATION_TIME_CONTROL, SECONDARY_REGION
from mraa.stacks.plan.replication_rules import forward_configuration, reverse_rule, rule_differences

# the logical id of the custom resource that puts the reverse rule, and of the role that both rules use
REVERSE_REPLICATION = "ReverseReplication"
_ROLE = "ReplicationRole"

Configuration = Mapping[str, Any]  # as S3 returns it


def check_forward_rules(aws: Aws, deployed: DeployedStack) -> Iterator[ResourceDrift]:
    """The replication of every bucket of the stack whose template has some."""
    for subject, properties in deployed.of_type("AWS::S3::Bucket"):
        if "ReplicationConfiguration" in properties:
            yield judged(subject, partial(_compare_forward, aws, deployed, subject, properties))


def check_reverse_rule(aws: Aws, main: StackDescription, role: str) -> ResourceDrift:
    """Whether the rule exists and is as our function puts it; an empty ``role`` is not compared."""
    token, secondary = names.token(main.stack_id), main.parameters[SECONDARY_REGION]
    bucket = names.object_store(token, secondary)
    subject = ResourceDrift(
        secondary, names.stack_set(token), REVERSE_REPLICATION, "S3 replication rule", "IN_SYNC", bucket
    )
    return judged(subject, partial(_compare_reverse, aws, main, subject, role))


def restored_rule_lines(aws: Aws, on_event: OnEvent, main: StackDescription) -> list[str]:
    """For the plan, the rule that a deployment must restore; empty if it is in sync.

    The deployer does not require permission to read replication rules: without it, an event says so, and nothing is
    restored.
    """
    if not main.outputs.get(SECONDARY_REGION):
        return []  # no complete deployment yet: the update puts the rule anyway
    found = check_reverse_rule(aws, main, replication_role(aws, main))
    if found.status == "UNKNOWN":
        on_event(Event(Progress.NOTE, REVERSE_REPLICATION, "reverse rule cannot be read", reason=found.reason))
    if found.status in ("IN_SYNC", "UNKNOWN") or found.reason:
        return []
    was = "was deleted" if found.status == "DELETED" else f"differs in {', '.join(of.path for of in found.differences)}"
    return [f"~ replication rule {names.REVERSE_RULE} of {found.physical_id} in {found.region} {was}: will be restored"]


def _compare_forward(
    aws: Aws, deployed: DeployedStack, subject: ResourceDrift, properties: Mapping[str, Any]
) -> Comparison:
    expected = forward_configuration(deployed.values(properties["ReplicationConfiguration"]))
    bucket, region = subject.physical_id, deployed.region
    actual = _configuration(aws, region, bucket)
    if actual is None:
        return Comparison(None, PARTLY_DELETED)
    return Comparison(
        _configuration_differences(expected, actual),
        f"aws s3api put-bucket-replication --region {region} --bucket {bucket} "
        f"--replication-configuration '{json.dumps(expected)}'",
    )


def _configuration_differences(expected: Configuration, actual: Configuration) -> list[PropertyDifference]:
    """Role and rules; a rule that the template does not have differs too."""
    top = "/ReplicationConfiguration"
    found = {rule.get("ID", ""): rule for rule in actual.get("Rules", [])}
    differences = [PropertyDifference(f"{top}/Role", expected["Role"], actual.get("Role", ""))]
    for rule in expected["Rules"]:
        path, own = f"{top}/Rules/{rule['ID']}", found.pop(rule["ID"], None)
        if own is None:
            differences.append(PropertyDifference(path, json.dumps(rule, sort_keys=True), ""))
        else:
            differences += (replace(of, path=f"{path}{of.path}") for of in rule_differences(rule, own))
    differences += (PropertyDifference(f"{top}/Rules/{of}", "", json.dumps(found[of], sort_keys=True)) for of in found)
    return [of for of in differences if of.expected != of.actual]


def _compare_reverse(aws: Aws, main: StackDescription, subject: ResourceDrift, role: str) -> Comparison:
    fix = "`mraa deploy` restores the replication rule."
    actual = _configuration(aws, subject.region, subject.physical_id)
    if actual is None:
        return Comparison(None, PARTLY_DELETED, reason="the bucket does not exist")
    rules = actual.get("Rules", [])
    rule = next((of for of in rules if of.get("ID") == names.REVERSE_RULE), None)
    if rule is None:
        return Comparison(None, fix)
    partition = main.stack_id.split(":")[1]
    expected = reverse_rule(
        destination=f"arn:{partition}:s3:::{names.object_store(names.token(main.stack_id), main.region)}",
        has_time_control=main.parameters.get(REPLICATION_TIME_CONTROL) == "Enabled",
        others=[of for of in rules if of is not rule],
    )
    differences = rule_differences(expected, rule)
    actual_role = actual.get("Role", "")
    if role and actual_role.rpartition("/")[2] != role:
        differences.insert(0, PropertyDifference("/Role", role, actual_role))
    return Comparison(differences, fix)


def _configuration(aws: Aws, region: str, bucket: str) -> dict[str, Any] | None:
    """The bucket's replication; empty without any, None if the bucket does not exist."""
    operation, doing = aws.client("s3", region).get_bucket_replication, f"Reading the replication rules of {bucket}"
    try:
        answer = read_or_none(operation, doing, region, ("NoSuchBucket",), Bucket=bucket)
    except AwsError as error:
        if error.code == "ReplicationConfigurationNotFoundError":
            return {}
        raise
    return None if answer is None else dict(answer["ReplicationConfiguration"])


def replication_role(aws: Aws, main: StackDescription) -> str:
    """The name of the role of both rules, from the primary stack instance; empty if that may not be read."""
    token = names.token(main.stack_id)
    try:
        instance = describe.known_instances(aws, main.region, names.stack_set(token)).get(main.region, "")
        resources = describe.stack_resources(aws, main.region, instance) if instance else []
    except AwsError:
        return ""
    return next((of.physical_id for of in resources if of.logical_id == _ROLE), "")
