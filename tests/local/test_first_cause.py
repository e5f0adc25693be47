"""A creation that fails at a resource of a Region names that resource and that Region. All of them: tests/drills."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mraa_local.process import LocalCloud
from tests.local.deploying import DELETED, Deployer, eventually, make_deployer
from tests.local.failing import current_instances, said_of_a_failure, set_state
from tests.regions import PRIMARY, SECONDARY


@pytest.fixture(scope="module")
def deployer(
    cloud: LocalCloud, client: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployer]:
    made = make_deployer(cloud, client, tmp_path_factory.mktemp("deployer"))
    made.publish()
    yield made
    made.mraa("destroy", *DELETED)
    assert made.remains() == {}


@pytest.mark.parametrize(
    ("region", "logical_id", "kind"),
    [
        (SECONDARY, "ObjectStoreBucket", "AWS::S3::Bucket"),
        (SECONDARY, "RoutingLayerApi", "AWS::ApiGateway::RestApi"),
        (PRIMARY, "PhotosRole", "AWS::IAM::Role"),
        (PRIMARY, "ReverseReplication", "Custom::ReverseReplication"),
    ],
)
def test_the_resource_and_its_region_are_named(deployer: Deployer, region: str, logical_id: str, kind: str) -> None:
    said = said_of_a_failure(deployer, region, logical_id)
    assert f"First cause: {region}: {logical_id} ({kind}): " in said
    assert "Failed by command" in said


def test_an_update_that_fails_is_reported_the_same_way_and_the_next_one_succeeds(deployer: Deployer) -> None:
    deployer.mraa("deploy", "--yes")
    deployer.change_function("photos_api", "fails at first")
    deployer.publish()
    said = said_of_a_failure(deployer, SECONDARY, "PhotosFunction")
    assert f"First cause: {SECONDARY}: PhotosFunction (AWS::Lambda::Function): " in said
    assert deployer.result("deploy", "--yes")["action"] == "updated"
    assert deployer.result("deploy", "--yes")["action"] == "unchanged"


@pytest.mark.parametrize(
    ("region", "logical_id", "kind"),
    [(SECONDARY, "PhotosRole", "AWS::IAM::Role"), (PRIMARY, "RoutingLayerApi", "AWS::ApiGateway::RestApi")],
)
def test_a_resource_that_cannot_be_deleted_stops_the_destroy_with_its_name_and_the_next_run_finishes(
    deployer: Deployer, region: str, logical_id: str, kind: str
) -> None:
    deployer.mraa("deploy", "--yes")
    set_state(deployer, region, logical_id, "sticks")
    said = deployer.mraa("destroy", *DELETED, expect=1)
    assert "Stack mraa ended in DELETE_FAILED" in said
    assert f"First cause: {region}: {logical_id} ({kind}): " in said
    assert f"{region}  {logical_id} sticks" in deployer.mraa("local", "fault", "list")
    # partly deleted: a deploy cannot continue from there
    assert "Run `mraa destroy` to finish it first." in deployer.mraa("deploy", "--yes", expect=1)
    set_state(deployer, region, logical_id, "works")
    assert deployer.mraa("destroy", *DELETED).rstrip().endswith("Nothing is left.")
    assert deployer.remains() == {}


def test_a_rollback_that_fails_in_a_region_is_finished_by_the_next_deploy(deployer: Deployer) -> None:
    set_state(deployer, SECONDARY, "PhotosRole", "sticks")
    said = said_of_a_failure(deployer, PRIMARY, "PhotosFunction")
    assert f"First cause: {PRIMARY}: PhotosFunction (AWS::Lambda::Function): " in said
    set_state(deployer, SECONDARY, "PhotosRole", "works")
    assert "can only be deleted" in deployer.mraa("deploy", "--yes")
    assert deployer.result("deploy", "--yes")["action"] == "unchanged"


def test_a_region_partly_deleted_manually_is_reported_and_left_to_a_person(deployer: Deployer) -> None:
    deployer.mraa("deploy", "--yes")
    set_state(deployer, SECONDARY, "PhotosRole", "sticks")
    deployer.delete_instance(SECONDARY, retains=False)
    assert eventually(lambda: not current_instances(deployer))
    said = deployer.mraa("deploy", "--yes", expect=1)
    assert f"The stack instance in {SECONDARY} (INOPERABLE: " in said
    assert "cannot be re-imported into the stack set: its stack StackSet-mraa-" in said
    assert "is DELETE_FAILED" in said
    assert "A Region partly deleted" in said
    set_state(deployer, SECONDARY, "PhotosRole", "works")
