"""Bucket policies: each exists and says what the template says, however S3 writes it down.

S3 returns a policy in other words than those it was put with: a list of one as its item, actions sorted, an empty Sid.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from mraa.aws import Aws
from mraa.stacks.drift.deployed import Comparison, DeployedStack, judged, read_or_none
from mraa.stacks.models import PropertyDifference, ResourceDrift

# the custom resource of the web app's second bucket (functions/secondary_bucket), and its logical id
_SECONDARY = "Custom::SecondaryBucketPolicy"
SECONDARY_BUCKET_POLICY = "SecondaryConsoleBucketPolicy"


def check_bucket_policies(aws: Aws, deployed: DeployedStack) -> Iterator[ResourceDrift]:
    """Every bucket policy of the stack."""
    for subject, properties in deployed.of_type("AWS::S3::BucketPolicy"):
        yield judged(subject, partial(_compare, aws, deployed, properties))


def check_secondary_bucket_policies(aws: Aws, deployed: DeployedStack) -> Iterator[ResourceDrift]:
    """Those that a custom resource puts in the other Region: CloudFormation knows neither bucket nor policy."""
    for subject, properties in deployed.of_type(_SECONDARY):
        yield judged(
            replace(subject, region=deployed.values(properties["Region"])),
            partial(_compare, aws, deployed, properties),
        )


def policy_differences(expected: Mapping[str, Any], actual: Mapping[str, Any]) -> list[PropertyDifference]:
    """Statements that are missing, changed or too many; a changed one is recognized by its Sid."""
    wanted, found = _statements(expected), _statements(actual)
    added = [of for of in found if of not in wanted]
    differences = []
    for statement in (of for of in wanted if of not in found):
        changed = next((of for of in added if "Sid" in of and of["Sid"] == statement.get("Sid")), None)
        if changed:
            added.remove(changed)
        differences.append(_difference(statement, changed))
    return differences + [_difference(None, statement) for statement in added]


def _compare(aws: Aws, deployed: DeployedStack, properties: Mapping[str, Any]) -> Comparison:
    bucket, expected = deployed.values(properties["Bucket"]), deployed.values(properties["PolicyDocument"])
    region = deployed.values(properties.get("Region", deployed.region))
    actual = _policy(aws, region, bucket)
    return Comparison(
        None if actual is None else policy_differences(expected, actual),
        f"Put the template's policy back: aws s3api put-bucket-policy --region {region} --bucket {bucket} "
        f"--policy '{json.dumps(expected)}'",
    )


def _policy(aws: Aws, region: str, bucket: str) -> dict[str, Any] | None:
    """The bucket's policy; None if it has none, or does not exist."""
    operation, doing = aws.client("s3", region).get_bucket_policy, f"Reading the policy of bucket {bucket}"
    answer = read_or_none(operation, doing, region, ("NoSuchBucketPolicy", "NoSuchBucket"), Bucket=bucket)
    return None if answer is None else dict(json.loads(answer["Policy"]))


def _statements(policy: Mapping[str, Any]) -> list[dict[str, Any]]:
    written = policy.get("Statement", [])
    return [_uniform(of) for of in (written if isinstance(written, list) else [written])]


def _uniform(written: Any) -> Any:
    """The same for every way to write the same."""
    if isinstance(written, list):
        items = [json.loads(of) for of in sorted({json.dumps(_uniform(of), sort_keys=True) for of in written})]
        return items[0] if len(items) == 1 else items
    if isinstance(written, dict):
        found = {key: _uniform(value) for key, value in written.items() if (key, value) != ("Sid", "")}
        return "*" if found == {"AWS": "*"} else found
    return str(written).lower() if isinstance(written, bool) else str(written)


def _difference(expected: Mapping[str, Any] | None, actual: Mapping[str, Any] | None) -> PropertyDifference:
    statement = expected or actual or {}
    name = statement.get("Sid") or statement.get("Action")
    before, after = (json.dumps(of, sort_keys=True) if of else "" for of in (expected, actual))
    return PropertyDifference(f"/PolicyDocument/Statement/{name}", before, after)
