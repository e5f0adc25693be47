"""The deployer's policies allow what CloudFormation calls, as the deployer, for each resource of its two stacks."""

import json
from fnmatch import fnmatchcase
from typing import Any

import pytest

from tests.local.people import DEPLOYER, documents
from tests.templates.test_permissions import FOREIGN, UNUSED, handler_permissions

# for properties that these templates do not set
NOT_SET = {
    "AWS::CloudFront::Distribution": {
        "cloudfront:CreateConnectionGroup",
        "cloudfront:GetConnectionGroup",
        "cloudfront:GetVpcOrigin",
        "cloudfront:UpdateDistributionWithStagingConfig",
    },
    "AWS::Cognito::IdentityPool": {"cognito-sync:SetCognitoEvents", "cognito-sync:SetIdentityPoolConfiguration"},
    "AWS::Cognito::UserPool": {"cognito-idp:AddCustomAttributes"},
    "AWS::DynamoDB::GlobalTable": {
        "cloudwatch:PutMetricData",
        "dynamodb:DeleteResourcePolicy",
        "dynamodb:DisableKinesisStreamingDestination",
        "dynamodb:DisassociateTableReplica",  # of a replica in another account
        "dynamodb:EnableKinesisStreamingDestination",
        "dynamodb:PutResourcePolicy",
        "dynamodb:UpdateContributorInsights",
        "dynamodb:UpdateKinesisStreamingDestination",
        "dynamodb:UpdateTableReplicaAutoScaling",
    },
    "AWS::IAM::ManagedPolicy": {
        f"iam:{verb}{kind}Policy" for verb in ("Attach", "Detach") for kind in ("Group", "User")
    },
    "AWS::IAM::Policy": {f"iam:{verb}{kind}Policy" for verb in ("Delete", "Get", "Put") for kind in ("Group", "User")},
    "AWS::IAM::Role": {"iam:PutRolePermissionsBoundary"},
    "AWS::S3::Bucket": {"s3:PutBucketCORS", "s3:PutBucketLogging"},
}
SERVICES_NOT_USED = (*FOREIGN, "application-autoscaling", "kinesis")


@pytest.fixture(scope="module")
def allowed() -> list[str]:
    """The actions of all four policies; some end in ``*``."""
    found = [json.loads(text) for text in documents(DEPLOYER).values()]
    return [action for document in found for statement in document["Statement"] for action in statement["Action"]]


def test_every_resource_type_can_be_created_read_updated_and_deleted(
    allowed: list[str], main: dict[str, Any], demo_ui: dict[str, Any]
) -> None:
    missing = {}
    types = {each["Type"] for template in (main, demo_ui) for each in template["Resources"].values()}
    for resource_type in sorted(each for each in types if not each.startswith("Custom::")):
        needed = handler_permissions(resource_type, "create", "read", "update", "delete")
        needed -= UNUSED.get(resource_type, set()) | NOT_SET.get(resource_type, set())
        needed = {action for action in needed if action.split(":")[0] not in SERVICES_NOT_USED}
        if refused := {action for action in needed if not any(fnmatchcase(action, each) for each in allowed)}:
            missing[resource_type] = refused
    assert not missing
