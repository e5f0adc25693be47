"""A creation that fails at a resource of a Region names that resource and that Region. All of them: tests/drills."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mraa.local.process import LocalCloud
from tests.local.deployer import PRIMARY, SECONDARY, Deployer, make_deployer
from tests.local.failing import DELETED, said_of_a_failure


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


def test_an_update_that_fails_is_named_the_same_way_and_what_failed_before_is_made_good(deployer: Deployer) -> None:
    deployer.mraa("deploy", "--yes")
    deployer.change_function("photos_api", "fails at first")
    deployer.publish()
    said = said_of_a_failure(deployer, SECONDARY, "PhotosFunction")
    assert f"First cause: {SECONDARY}: PhotosFunction (AWS::Lambda::Function): " in said
    assert deployer.result("deploy", "--yes")["action"] == "updated"
    assert deployer.result("deploy", "--yes")["action"] == "unchanged"
