"""The regional template in its two parts: the primary Region's and the secondary's."""

import json
import re
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from mraa.recovery.models import RegionInfo
from tests.regions import PRIMARY, REGIONS, SECONDARY
from tests.templates.resolving import GUID, REGIONAL_PARAMETERS, TOKEN, Resolver

SCHEMA = Path(__file__).parents[2] / "docs" / "schemas" / "regional-parameter.schema.json"
PRIMARY_BUCKET, SECONDARY_BUCKET = f"mraa-{TOKEN}-{PRIMARY}-objects", f"mraa-{TOKEN}-{SECONDARY}-objects"


@pytest.fixture
def primary(regional: dict[str, Any]) -> Resolver:
    return Resolver(regional, REGIONAL_PARAMETERS)


@pytest.fixture
def secondary(regional: dict[str, Any]) -> Resolver:
    return Resolver(regional, REGIONAL_PARAMETERS, region=SECONDARY)


def test_outputs_are_the_documented_ones(regional: dict[str, Any], primary: Resolver) -> None:
    values = {name: primary(output["Value"]) for name, output in regional["Outputs"].items()}
    assert values == {
        "PhotosApiId": "<PhotosApi>",
        "RoutingLayerApiId": "<RoutingLayerApi>",
        "KeyValueStoreTableName": f"mraa-{TOKEN}-key-value-store",
        "ObjectStoreBucketName": PRIMARY_BUCKET,
    }


@pytest.mark.parametrize(("region", "role"), [(PRIMARY, "primary"), (SECONDARY, "secondary")])
def test_the_parameter_matches_its_schema(region: str, role: str, regional: dict[str, Any]) -> None:
    parameter = Resolver(regional, REGIONAL_PARAMETERS, region=region).resource("RegionalParameter")
    known = {"<RoutingLayerApi>": "abc123defg", "<PhotosApi>": "hij456klmn", "<AppConfigStream.Fences>": "64"}
    facts = json.loads(re.sub("<[A-Za-z.]+>", lambda found: known[found[0]], parameter["Value"]))
    jsonschema.validate(facts, json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert parameter["Name"] == f"/mraa/{TOKEN}/regional"
    assert (facts["role"], facts["region"], facts["appId"]) == (role, region, GUID)
    assert facts["objectStoreBucket"] == f"mraa-{TOKEN}-{region}-objects"
    assert (facts["routingLayerApiId"], facts["photosApiId"]) == ("abc123defg", "hij456klmn")


def test_the_parameter_is_read_by_the_tool(regional: dict[str, Any]) -> None:
    """Its keys are those of mraa.recovery.models.RegionInfo, and those of the sample."""
    facts = json.loads(Resolver(regional, REGIONAL_PARAMETERS).resource("RegionalParameter")["Value"])
    snake = {"".join(f"_{c.lower()}" if c.isupper() else c for c in key) for key in facts}
    assert snake == {
        field.name for field in fields(RegionInfo) if field.default_factory is MISSING is field.default
    } | {
        "fences",
        "photos_api_id",
        "photos_function",
        "schema_version",
    }


def test_the_first_state_is_written_only_in_the_primary_region(primary: Resolver, secondary: Resolver) -> None:
    assert primary.exists("FirstApplicationState")
    assert not secondary.exists("FirstApplicationState")
    properties = primary.resource("FirstApplicationState")
    assert properties["ServiceToken"] == "<AppStateUpdaterFunction.Arn>"
    assert (properties["AppId"], properties["TableName"]) == (GUID, f"mraa-{TOKEN}-app-config")


def test_replication_goes_both_ways_under_one_role(primary: Resolver, secondary: Resolver) -> None:
    forward = primary.resource("ObjectStoreBucket")["ReplicationConfiguration"]
    [rule] = forward["Rules"]
    assert rule["Destination"]["Bucket"] == f"arn:aws:s3:::{SECONDARY_BUCKET}"
    assert rule["Id"] == "mraa-forward"
    back = primary.resource("ReverseReplication")
    assert (back["SourceBucket"], back["SourceRegion"]) == (SECONDARY_BUCKET, SECONDARY)
    assert back["DestinationBucketArn"] == f"arn:aws:s3:::{PRIMARY_BUCKET}"
    assert back["RoleArn"] == forward["Role"] == "<ReplicationRole.Arn>"
    assert "ReplicationConfiguration" not in secondary.resource("ObjectStoreBucket")
    assert not secondary.exists("ReverseReplication")


def test_replication_includes_delete_markers_and_changes_of_replicas(primary: Resolver) -> None:
    [rule] = primary.resource("ObjectStoreBucket")["ReplicationConfiguration"]["Rules"]
    assert rule["DeleteMarkerReplication"] == {"Status": "Enabled"}
    assert rule["SourceSelectionCriteria"] == {"ReplicaModifications": {"Status": "Enabled"}}
    assert rule["Filter"] == {"Prefix": ""}


def test_replication_time_control_is_optional_and_metrics_are_not(regional: dict[str, Any]) -> None:
    def destination(choice: str) -> Any:
        resolve = Resolver(regional, {**REGIONAL_PARAMETERS, "ReplicationTimeControl": choice})
        [rule] = resolve.resource("ObjectStoreBucket")["ReplicationConfiguration"]["Rules"]
        return rule["Destination"]

    off, on = destination("Disabled"), destination("Enabled")
    assert off["Metrics"] == {"Status": "Enabled"}
    assert "ReplicationTime" not in off
    assert on["Metrics"] == {"Status": "Enabled", "EventThreshold": {"Minutes": 15}}
    assert on["ReplicationTime"] == {"Status": "Enabled", "Time": {"Minutes": 15}}


@pytest.mark.parametrize("bucket", ["ObjectStoreBucket", "ObjectStoreLogsBucket"])
def test_buckets_are_versioned_encrypted_and_private(bucket: str, primary: Resolver) -> None:
    properties = primary.resource(bucket)
    assert properties["VersioningConfiguration"] == {"Status": "Enabled"}
    assert all(properties["PublicAccessBlockConfiguration"].values())
    assert len(properties["PublicAccessBlockConfiguration"]) == 4
    assert properties["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    [rule] = properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}


def test_the_logging_role_is_created_and_retained_unless_the_account_has_one(regional: dict[str, Any]) -> None:
    create = Resolver(regional, REGIONAL_PARAMETERS)
    existing = Resolver(regional, {**REGIONAL_PARAMETERS, "ApiGatewayLoggingRole": "Existing"})
    for region, value in ((PRIMARY, "ExistingInPrimary"), (SECONDARY, "ExistingInSecondary")):
        for where in REGIONS:
            found = Resolver(regional, {**REGIONAL_PARAMETERS, "ApiGatewayLoggingRole": value}, where)
            assert found.exists("ApiGatewayAccount") is (where != region)
    for logical_id in ("ApiGatewayLogsRole", "ApiGatewayAccount"):
        assert create.exists(logical_id)
        assert not existing.exists(logical_id)
    assert regional["Resources"]["ApiGatewayLogsRole"]["DeletionPolicy"] == "Retain"
    # the stages need the setting, and a dependency on a conditional resource can only be a reference
    for stage in ("RoutingLayerStage", "PhotosStage"):
        assert "<ApiGatewayAccount>" in create.resource(stage)["Description"]
        assert "<ApiGatewayAccount>" not in existing.resource(stage)["Description"]


def test_functions_have_the_documented_names_handlers_and_environments(primary: Resolver) -> None:
    updater, photos, configurer = (
        primary.resource(name)
        for name in ("AppStateUpdaterFunction", "PhotosFunction", "ReplicationConfigurerFunction")
    )
    assert [f["FunctionName"] for f in (updater, photos, configurer)] == [
        f"mraa-{TOKEN}-app-state-updater",
        f"mraa-{TOKEN}-photos-api",
        f"mraa-{TOKEN}-replication-configurer",
    ]
    assert photos["Handler"] == "photos_api.handler.handle"
    assert updater["Environment"]["Variables"] == {"PRIMARY_REGION": PRIMARY, "SECONDARY_REGION": SECONDARY}
    assert photos["Environment"]["Variables"] == {
        "APP_ID": GUID,
        "APP_CONFIG_TABLE": f"mraa-{TOKEN}-app-config",
        "KEY_VALUE_TABLE": f"mraa-{TOKEN}-key-value-store",
        "OBJECT_STORE_BUCKET": PRIMARY_BUCKET,
        "FENCES": "<AppConfigStream.Fences>",
    }
