"""Least privilege, as far as the templates show it."""

import json
from collections.abc import Iterator
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from mraa import names
from mraa.templates import placeholder_release, policies, render, unproved
from tests.audit.permissions.statements import find
from tests.regions import REGIONS
from tests.templates.resolving import (
    DEMO_UI_PARAMETERS,
    GUID,
    MAIN_PARAMETERS,
    REGIONAL_PARAMETERS,
    TOKEN,
    Resolver,
    references,
    walk,
)

# read-only actions without resource-level permissions
RESOURCELESS = {
    "cloudformation:DescribeStackDriftDetectionStatus",
    "cloudformation:ValidateTemplate",
    "logs:DescribeIndexPolicies",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "dynamodb:ListStreams",
}
# their resources have generated ids: a condition says whose they are
CONDITIONAL = {f"lambda:{verb}EventSourceMapping" for verb in ("Create", "Delete", "Get", "Update")}
# characters without white space: of a managed policy, and of all inline policies of a role
MANAGED_POLICY_LIMIT, INLINE_POLICIES_LIMIT = 6_144, 10_240

Statements = list[tuple[str, dict[str, Any]]]


def statements(resolve: Resolver, template: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every Allow statement about resources, with the logical id it belongs to."""
    for name, resource in template["Resources"].items():
        for part in walk(resource["Properties"]):
            if isinstance(part, dict) and "PolicyDocument" in part:
                for statement in part["PolicyDocument"]["Statement"]:
                    if statement["Effect"] == "Allow":
                        yield name, dict(resolve(statement))


@pytest.fixture(scope="module")
def allowed(main: dict[str, Any], regional: dict[str, Any], demo_ui: dict[str, Any]) -> Statements:
    return [
        *statements(Resolver(main, MAIN_PARAMETERS), main),
        *statements(Resolver(regional, REGIONAL_PARAMETERS), regional),
        *statements(Resolver(demo_ui, DEMO_UI_PARAMETERS), demo_ui),
    ]


def actions(statement: dict[str, Any]) -> list[str]:
    return list(statement["Action"])


def test_no_action_is_a_wildcard(allowed: Statements) -> None:
    assert len(allowed) > 20
    assert not [(name, action) for name, statement in allowed for action in actions(statement) if "*" in action]


def test_wildcard_resources_only_for_actions_without_resource_level_permissions(allowed: Statements) -> None:
    open_to_all = [statement for _, statement in allowed if "*" in statement["Resource"]]
    found = {a for statement in open_to_all if "Condition" not in statement for a in actions(statement)}
    assert found == RESOURCELESS
    (conditional,) = [statement for statement in open_to_all if "Condition" in statement]
    assert set(actions(conditional)) == CONDITIONAL
    assert TOKEN in conditional["Condition"]["ArnLike"]["lambda:FunctionArn"]


def test_all_resources_are_ours_except_generated_ids_and_the_default_event_bus(allowed: Statements) -> None:
    """All contain a token, the name of something in the same template, or an import of the main stack."""
    strangers = {
        resource
        for _, statement in allowed
        for resource in statement["Resource"]
        if TOKEN not in resource and "<" not in resource and resource != "*"
    }
    release = "my-bucket-{}/multi-region-application-architecture/{}*"
    assert strangers == {
        f"arn:aws:apigateway:{region}::/{kind}"
        for region in REGIONS
        for kind in ("restapis", "restapis/*", "tags/*", "account")
    } | {f"arn:aws:s3:::{release.format(region, '')}" for region in REGIONS} | {
        f"arn:aws:s3:::{release.format('us-east-1', 'v1.0.0/console/')}",
        "arn:aws:s3:::my-bucket-us-east-1/multi-region-application-architecture/v1.0.0/console-manifest.json",
        "arn:aws:lambda:*:123456789012:event-source-mapping:*",
        "arn:aws:events:*:123456789012:event-bus/default",
        "arn:aws:events:us-east-1:123456789012:event-bus/default",
    }


def test_a_misspelled_action_is_an_error() -> None:
    with pytest.raises(ValueError, match="IAM has no action s3:GetObjekt"):
        policies.actions("s3:GetObject s3:GetObjekt")


@pytest.fixture(scope="module")
def execution(allowed: Statements) -> list[dict[str, Any]]:
    return [statement for name, statement in allowed if name.startswith("Execution")]


def granting(found: list[dict[str, Any]], action: str) -> list[str]:
    """The resources that ``action`` is allowed on."""
    return [resource for statement in found if action in actions(statement) for resource in statement["Resource"]]


BOUNDED, LOGGING = (f"arn:aws:iam::123456789012:role/mraa/{TOKEN}/{path}/*" for path in ("bounded", "regional"))


def test_the_execution_role_cannot_change_itself(execution: list[dict[str, Any]]) -> None:
    for statement in execution:
        if any(action.startswith("iam:") for action in actions(statement)):
            assert set(statement["Resource"]) <= {BOUNDED, LOGGING}


def test_a_role_gets_policies_of_its_own_only_within_the_boundary_and_nothing_takes_that_off(
    execution: list[dict[str, Any]], main: dict[str, Any]
) -> None:
    [boundary] = [name for name in main["Resources"] if name.startswith("StackInstanceBoundary")]
    grants = [statement for statement in execution if "iam:PutRolePolicy" in actions(statement)]
    [statement] = grants
    assert set(actions(statement)) == {"iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"}
    assert statement["Resource"] == [BOUNDED]
    assert statement["Condition"] == {"StringEquals": {"iam:PermissionsBoundary": f"<{boundary}>"}}
    assert granting(execution, "iam:DeleteRolePermissionsBoundary") == []
    assert granting(execution, "iam:CreateRole") == [BOUNDED, LOGGING]


def test_a_role_without_the_boundary_gets_api_gateways_logging_policy_and_no_other(
    execution: list[dict[str, Any]],
) -> None:
    [statement] = [s for s in execution if "iam:AttachRolePolicy" in actions(s)]
    policy = "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
    assert statement["Resource"] == [LOGGING]
    assert statement["Condition"] == {"ArnEquals": {"iam:PolicyARN": policy}}
    assert set(actions(statement)) == {"iam:AttachRolePolicy", "iam:DetachRolePolicy"}


def test_every_role_of_a_stack_instance_has_the_boundary_except_the_logging_role(regional: dict[str, Any]) -> None:
    resolve = Resolver(regional, REGIONAL_PARAMETERS)
    roles = {name: resolve.resource(name) for name, r in regional["Resources"].items() if r["Type"] == "AWS::IAM::Role"}
    logging = roles.pop("ApiGatewayLogsRole")
    assert logging["Path"] == f"/mraa/{TOKEN}/regional/"
    assert "PermissionsBoundary" not in logging and "Policies" not in logging
    boundary = REGIONAL_PARAMETERS["PermissionsBoundary"]
    assert len(roles) > 4
    for role in roles.values():
        assert (role["Path"], role["PermissionsBoundary"]) == (f"/mraa/{TOKEN}/bounded/", boundary)


@pytest.mark.parametrize("region", REGIONS)
def test_the_boundary_takes_nothing_from_the_roles_and_holds_nothing_that_none_of_them_has(
    region: str, main: dict[str, Any], regional: dict[str, Any]
) -> None:
    bounds = [s for name, s in statements(Resolver(main, MAIN_PARAMETERS), main) if name.startswith("StackInstanceB")]
    held = set()
    roles = statements(Resolver(regional, REGIONAL_PARAMETERS, region), regional)
    for name, statement in [(name, statement) for name, statement in roles if name.endswith("Role")]:
        for action in actions(statement):
            held.add(action)
            for resource in statement["Resource"]:
                arn = {"<StateGuardFailures.Arn>": f"arn:aws:sqs:{region}:123456789012:mraa-{TOKEN}-state-guard"}.get(
                    resource, resource.replace("<ReplicationRole.Arn>", BOUNDED)
                )
                within = [s for s in bounds if action in actions(s)]
                patterns = [pattern for s in within for pattern in s["Resource"]]
                assert any(fnmatchcase(arn, pattern) for pattern in patterns), (name, action, resource)
    assert {action for statement in bounds for action in actions(statement)} == held


def test_the_execution_role_reads_only_the_releases_objects(execution: list[dict[str, Any]]) -> None:
    assert all("my-bucket-" in resource for resource in granting(execution, "s3:GetObject"))
    assert not granting(execution, "s3:PutObject")
    assert not granting(execution, "s3:DeleteObject")


def test_policies_fit_into_what_iam_takes(main: dict[str, Any], regional: dict[str, Any]) -> None:
    longest = {**MAIN_PARAMETERS, "AWS::Partition": "aws-us-gov", "AWS::Region": "us-gov-west-1"}
    resolve = Resolver(main, longest | {"SecondaryRegion": "us-gov-east-1"})
    managed = [name for name, of in main["Resources"].items() if of["Type"] == "AWS::IAM::ManagedPolicy"]
    assert len(managed) <= 10  # managed policies of a role
    for name in managed:
        assert length(resolve.resource(name)["PolicyDocument"]) < MANAGED_POLICY_LIMIT
    for template in (main, regional):
        resolve = Resolver(template, longest | REGIONAL_PARAMETERS)
        for name, of in template["Resources"].items():
            if of["Type"] == "AWS::IAM::Role":
                inline = resolve.resource(name).get("Policies", [])
                assert sum(length(policy["PolicyDocument"]) for policy in inline) < INLINE_POLICIES_LIMIT


def length(document: dict[str, Any]) -> int:
    return len(json.dumps(document, separators=(",", ":")))


def test_a_policys_logical_id_changes_with_its_content_so_that_an_update_deletes_the_old_one_last(
    main: dict[str, Any],
) -> None:
    other = json.loads(render(replace(placeholder_release(), solution_name="another"))[names.MAIN_TEMPLATE])
    ids = [
        {name for name, of in template["Resources"].items() if of["Type"] == "AWS::IAM::ManagedPolicy"}
        for template in (main, other)
    ]
    assert [name[:-12] for name in ids[0] ^ ids[1]] == ["ExecutionStacks"] * 2  # it names the release's files
    for template, policies_of in zip((main, other), ids, strict=True):
        granted = {name for name in policies_of if name.startswith("Execution")}
        assert granted < set(template["Resources"]["StackSet"]["DependsOn"])


def handler_permissions(resource_type: str, *handlers: str) -> set[str]:
    """The permissions that the registry schema lists for a resource type."""
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", resource_type).schema
    return {p for handler in handlers for p in schema["handlers"].get(handler, {}).get("permissions", [])}


# For properties that the regional template does not set, and names that IAM does not have.
UNUSED = {
    "AWS::ApiGateway::RestApi": {"apigateway:UpdateRestApiPolicy"},
    "AWS::IAM::Role": {"iam:DeleteRolePermissionsBoundary"},  # withheld: whoever may take a boundary off has none
    "AWS::Lambda::Function": {
        "lambda:AssociateRuntimeAlias",
        "lambda:DeleteFunctionCodeSigningConfig",
        "lambda:GetCodeSigningConfig",
        "lambda:GetLayerVersion",
        "lambda:PassCapacityProvider",
        "lambda:PublishVersion",
        "lambda:PutFunctionCodeSigningConfig",
        "lambda:PutFunctionConcurrency",
        "lambda:PutFunctionScalingConfig",
        "s3:GetObjectVersion",
    },
    "AWS::Logs::LogGroup": {
        "logs:AssociateKmsKey",
        "logs:CreateLogDelivery",
        "logs:DeleteIndexPolicy",
        "logs:DeleteResourcePolicy",
        "logs:DisassociateKmsKey",
        "logs:PutBearerTokenAuthentication",
        "logs:PutDataProtectionPolicy",
        "logs:PutIndexPolicy",
        "logs:PutLogGroupDeletionProtection",
        "logs:PutResourcePolicy",
        "s3:REST.PUT.OBJECT",
    },
    "AWS::S3::Bucket": {
        "s3:CreateBucketMetadataTableConfiguration",
        "s3:DeleteBucketAnalyticsConfiguration",
        "s3:DeleteBucketCors",
        "s3:DeleteBucketEncryption",
        "s3:DeleteBucketLifecycle",
        "s3:DeleteBucketMetadataTableConfiguration",
        "s3:DeleteBucketMetricsConfiguration",
        "s3:DeleteBucketReplication",
        "s3:DeleteBucketWebsite",
        "s3:DeleteObject",
        "s3:PutAccelerateConfiguration",
        "s3:PutAnalyticsConfiguration",
        "s3:PutBucketAbac",
        "s3:PutBucketAcl",
        "s3:PutBucketNotification",
        "s3:PutBucketObjectLockConfiguration",
        "s3:PutBucketReplication",
        "s3:PutBucketWebsite",
        "s3:PutIntelligentTieringConfiguration",
        "s3:PutInventoryConfiguration",
        "s3:PutLifecycleConfiguration",
        "s3:PutMetricsConfiguration",
        "s3:PutObjectAcl",
        "s3:PutObjectLockConfiguration",
        "s3:UpdateBucketMetadataAnnotationTableConfiguration",
        "s3:UpdateBucketMetadataInventoryTableConfiguration",
        "s3:UpdateBucketMetadataJournalTableConfiguration",
    },
}
# services that the regional template does not use
FOREIGN = ("ec2", "elasticfilesystem", "firehose", "kms", "s3files", "s3tables")


def test_the_execution_role_creates_reads_updates_and_deletes_every_resource_type(
    regional: dict[str, Any], execution: list[dict[str, Any]]
) -> None:
    held = {action for statement in execution for action in actions(statement)}
    types = {r["Type"] for r in regional["Resources"].values() if not r["Type"].startswith("Custom::")}
    missing = {}
    for resource_type in types:
        needed = handler_permissions(resource_type, "create", "read", "update", "delete")
        needed = {p for p in needed if p.split(":")[0] not in FOREIGN} - UNUSED.get(resource_type, set())
        if needed - held:
            missing[resource_type] = needed - held
    assert not missing
    assert {"lambda:InvokeFunction", "cloudformation:CreateStack", "s3:GetObject"} <= held


def test_the_photos_function_writes_records_and_only_reads_fences_and_checks_names(allowed: Statements) -> None:
    found = [statement for name, statement in allowed if name == "PhotosRole"]
    config, records = (
        f"arn:aws:dynamodb:us-east-1:123456789012:table/mraa-{TOKEN}-{n}" for n in ("app-config", "key-value-store")
    )
    tables = {action: granting(found, action) for s in found for action in actions(s) if action.startswith("dynamodb:")}
    assert tables == {
        "dynamodb:ConditionCheckItem": [config, records],
        "dynamodb:GetItem": [config, records],
        "dynamodb:PutItem": [records],
        "dynamodb:Query": [records],
    }
    [check] = [s["Condition"] for s in found if "dynamodb:ConditionCheckItem" in actions(s)]
    assert check == {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": [f"{GUID}#fence#*", "NAME#*"]}}
    [read] = [s["Condition"] for s in found if s["Resource"] == [config]]
    assert read == {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": [f"{GUID}#fence#*"]}}
    objects = f"arn:aws:s3:::mraa-{TOKEN}-us-east-1-objects/public/*"
    assert granting(found, "s3:GetObject") == granting(found, "s3:DeleteObject") == [objects]


def test_the_state_updater_uses_only_its_own_regions_table(allowed: Statements) -> None:
    found = [s for name, s in allowed if name == "AppStateUpdaterRole" and "logs:PutLogEvents" not in actions(s)]
    [statement] = found
    assert statement["Resource"] == [f"arn:aws:dynamodb:us-east-1:123456789012:table/mraa-{TOKEN}-app-config"]
    assert set(actions(statement)) == {"dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"}


def test_the_routing_layer_reads_one_table(allowed: Statements) -> None:
    [statement] = [statement for name, statement in allowed if name == "RoutingLayerRole"]
    assert actions(statement) == ["dynamodb:GetItem"]
    assert statement["Resource"] == [f"arn:aws:dynamodb:us-east-1:123456789012:table/mraa-{TOKEN}-app-config"]


def test_signed_in_users_reach_four_apis_and_two_folders(allowed: Statements) -> None:
    found = [statement for name, statement in allowed if name == "SignedInRole"]
    assert {a for statement in found for a in actions(statement)} == {
        "execute-api:Invoke",
        "s3:GetObject",
        "s3:PutObject",
    }
    methods = {method.partition("/prod/")[2] for method in granting(found, "execute-api:Invoke")}
    assert len(granting(found, "execute-api:Invoke")) == 2 * len(methods)
    assert methods == {
        "GET/state/<demo-SampleApplicationAppId>",
        "GET/photos",
        "POST/photos/*",
        "DELETE/photos/*",
        "GET/comments/*",
        "POST/comments/*",
    }
    objects = [
        "arn:aws:s3:::<demo-PrimaryObjectStoreBucket>/public/*",
        "arn:aws:s3:::<demo-SecondaryObjectStoreBucket>/public/*",
    ]
    assert granting(found, "s3:GetObject") == granting(found, "s3:PutObject") == objects


def test_signed_in_users_add_objects_and_overwrite_none(allowed: Statements) -> None:
    """Without the header If-None-Match the condition key is absent, with it S3 refuses to replace an object."""
    [put] = [s for name, s in allowed if name == "SignedInRole" and "s3:PutObject" in actions(s)]
    assert actions(put) == ["s3:PutObject"]
    assert put["Condition"] == {"Null": {"s3:if-none-match": "false"}}


def test_a_policy_that_mentions_a_role_does_not_make_the_role_wait_for_it(main: dict[str, Any]) -> None:
    assert "StackSetAdministrationRolePolicy" not in references(main["Resources"]["StackSetExecutionRole"])


def test_every_reason_for_a_permission_that_nobody_misses_is_of_a_statement_that_there_is(tmp_path: Path) -> None:
    for name, text in render(placeholder_release()).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    explained = [found.label for found in find(tmp_path) if found.explanation]
    given = [
        f"{resource}: {of}"
        for reasons in (unproved.MAIN, unproved.REGIONAL)
        for resource in reasons
        for of in reasons[resource]
    ]
    assert sorted(explained) == sorted(given)


def test_only_the_secondary_buckets_function_creates_a_bucket_and_only_that_one(allowed: Statements) -> None:
    bucket = f"arn:aws:s3:::mraa-{TOKEN}-<demo-SecondaryRegion>-console"
    found = [s for name, s in allowed if name == "SecondaryBucketRole" and "logs:PutLogEvents" not in actions(s)]
    assert {resource for statement in found for resource in statement["Resource"]} == {bucket, f"{bucket}/*"}
    assert not granting(found, "s3:PutObject") and not granting(found, "s3:GetObject")
    web = [s for name, s in allowed if name == "ConsoleDeployerRole"]
    own = f"arn:aws:s3:::mraa-{TOKEN}-us-east-1-console/*"
    assert granting(web, "s3:PutObject") == [own, f"{bucket}/*"]
    assert not granting(web, "s3:CreateBucket") and not granting(web, "s3:PutBucketPolicy")
