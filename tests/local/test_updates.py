"""Updates of every kind under continuous writes: no acknowledged write is lost."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mraa.aws import Aws
from mraa.recovery.regions.parameter import find_region_info
from mraa.settings import Settings
from mraa_local.process import LocalCloud
from tests.local.deploying import DELETED, Deployer, eventually, make_deployer
from tests.local.failing import current_instances, said_of_a_failure
from tests.local.writing import Writer
from tests.regions import PRIMARY, REGIONS, SECONDARY


@pytest.fixture(scope="module")
def deployer(
    cloud: LocalCloud, client: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployer]:
    made = make_deployer(cloud, client, tmp_path_factory.mktemp("deployer"))
    made.publish()
    made.mraa("deploy", "--yes")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in cloud.environment.items():
            patch.setenv(name, value)
        yield made
    made.mraa("destroy", *DELETED)


@pytest.fixture
def writer(deployer: Deployer) -> Iterator[Writer]:
    """A continuous writer; at the end every acknowledged write is in both Regions."""
    aws = Aws()
    info = find_region_info(aws, PRIMARY, Settings(secondary_region=SECONDARY, bucket_prefix="code"))
    assert info is not None
    with Writer(aws, info) as writing:
        assert eventually(lambda: len(writing.acknowledged) > 3, limit_s=30)
        yield writing
        before = len(writing.acknowledged)
        assert eventually(lambda: len(writing.acknowledged) > before, limit_s=30)
    assert eventually(lambda: all(writing.kept(region) == writing.acknowledged for region in REGIONS), limit_s=30)
    assert current_instances(deployer)


def regional_name(deployer: Deployer) -> str:
    """The content-addressed name of the regional template of the release last built."""
    found = (deployer.folder / "release" / "regional-s3-assets").glob("*-stackset-instance-*.template")
    return max(found, key=lambda path: path.stat().st_mtime).name


def test_a_functions_new_code(deployer: Deployer, writer: Writer) -> None:
    deployer.change_function("photos_api", "under load")
    deployer.publish()
    assert deployer.result("deploy", "--yes")["action"] == "updated"


def test_a_parameter_there_and_back(deployer: Deployer, writer: Writer) -> None:
    for value in ("Enabled", "Disabled"):
        assert deployer.result("deploy", "--replication-time-control", value, "--yes")["action"] == "updated"


def test_another_regional_template(deployer: Deployer, writer: Writer) -> None:
    before = regional_name(deployer)
    deployer.change_function("app_state_updater", "another template")
    deployer.publish()
    assert regional_name(deployer) != before
    assert deployer.result("deploy", "--yes")["action"] == "updated"


def test_a_template_that_is_rolled_back_in_both_regions(deployer: Deployer, writer: Writer) -> None:
    deployer.change_function("photos_api", "to be rolled back")
    deployer.publish()
    said = said_of_a_failure(deployer, PRIMARY, "PhotosFunction")
    assert "ended in UPDATE_ROLLBACK_COMPLETE" in said
    (line,) = [line for line in said.splitlines() if "First cause" in line]
    assert PRIMARY in line
