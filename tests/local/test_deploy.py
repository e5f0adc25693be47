"""The deployer on two running Regions: first deploy, updates, and failures with their first cause."""

import pytest

from tests.local.deploying import Deployer
from tests.regions import PRIMARY, REGIONS, SECONDARY


def code(deployer: Deployer, region: str) -> dict[str, str]:
    """Each regional function's code, by the end of its name."""
    found = deployer.client("lambda", region).list_functions()["Functions"]
    return {f["FunctionName"].split("-", 2)[2]: f["CodeSha256"] for f in found}


def test_a_first_deploy_creates_both_regions_and_a_second_changes_nothing(deployer: Deployer) -> None:
    first = deployer.result("deploy", "--yes")
    assert first["action"] == "created"
    assert set(first["outputs"]) == {
        "SampleApplicationAppId",
        "AppConfigGlobalTableName",
        "PrimaryRoutingLayerApiId",
        "PrimaryPhotosApiId",
        "PrimaryObjectStoreBucket",
        "SecondaryRoutingLayerApiId",
        "SecondaryPhotosApiId",
        "SecondaryObjectStoreBucket",
        "SecondaryRegion",
    }
    assert deployer.instances() == {PRIMARY: "CURRENT", SECONDARY: "CURRENT"}
    for region in REGIONS:
        dynamodb = deployer.client("dynamodb", region)
        tables = [dynamodb.describe_table(TableName=name)["Table"] for name in dynamodb.list_tables()["TableNames"]]
        assert [table["DeletionProtectionEnabled"] for table in tables] == [True, True]
    assert (deployer.folder / "mraa.toml").exists()
    assert "No changes." in deployer.mraa("deploy", "--yes")


def test_one_functions_new_code_reaches_both_regions_and_no_other_function(deployer: Deployer) -> None:
    deployer.mraa("deploy", "--yes")
    before = {region: code(deployer, region) for region in REGIONS}
    deployer.change_function("photos_api", "reaches both Regions")
    deployer.publish()
    assert deployer.result("deploy", "--yes")["action"] == "updated"
    for region in REGIONS:
        after = code(deployer, region)
        assert {name for name in after if after[name] != before[region][name]} == {"photos-api"}
    assert code(deployer, PRIMARY)["photos-api"] == code(deployer, SECONDARY)["photos-api"]
    assert deployer.result("deploy", "--yes")["action"] == "unchanged"


def test_an_update_that_fails_in_a_region_names_the_resource_there_and_rolls_back_everywhere(
    deployer: Deployer,
) -> None:
    deployer.mraa("deploy", "--yes")
    before = {region: code(deployer, region) for region in REGIONS}
    for region in REGIONS:
        deployer.change_function("photos_api", f"lost in {region}")
        deployer.publish()
        deployer.lose_zip(region, "photos-api")
        said = deployer.mraa("deploy", "--yes", expect=1)
        assert f"First cause: {region}: PhotosFunction (AWS::Lambda::Function): " in said
        assert {region: code(deployer, region) for region in REGIONS} == before
    deployer.publish()
    assert deployer.result("deploy", "--yes")["action"] == "updated"
    assert deployer.instances() == {PRIMARY: "CURRENT", SECONDARY: "CURRENT"}


@pytest.mark.parametrize("region", REGIONS)
def test_a_creation_that_fails_in_a_region_names_the_resource_there_and_the_next_run_resumes(
    deployer: Deployer, region: str
) -> None:
    deployer.lose_zip(region, "photos-api")
    said = deployer.mraa("deploy", "--yes", expect=1)
    assert "Stack mraa ended in ROLLBACK_COMPLETE" in said
    assert f"First cause: {region}: PhotosFunction (AWS::Lambda::Function): " in said
    deployer.publish()
    assert "can only be deleted" in deployer.mraa("deploy", "--yes")
    assert deployer.instances() == {PRIMARY: "CURRENT", SECONDARY: "CURRENT"}
