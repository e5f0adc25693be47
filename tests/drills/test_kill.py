"""The tool is killed at twenty points of a create, an update and a destroy: the next run finishes, nothing is lost."""

import pytest

from tests.local.deployer import Deployer
from tests.local.failing import DELETED, current_instances

POINTS = range(20)


def killed(deployer: Deployer, point: int, *words: str) -> None:
    """Kill -9 after so many lines of what the verb says, spread over the whole of it."""
    process = deployer.start(*words)
    assert process.stdout
    for number, _ in enumerate(process.stdout):
        if number >= point * 7:
            process.kill()
            break
    process.communicate(timeout=120)


@pytest.mark.parametrize("point", POINTS)
def test_a_create_that_is_killed_is_finished_by_the_next(deployer: Deployer, point: int) -> None:
    killed(deployer, point, "deploy", "--yes")
    deployer.mraa("deploy", "--yes")
    assert deployer.result("deploy", "--yes")["action"] == "unchanged"
    assert current_instances(deployer)
    deployer.mraa("destroy", *DELETED)
    assert deployer.remains() == {}


@pytest.mark.parametrize("point", POINTS)
def test_an_update_that_is_killed_is_finished_by_the_next(deployer: Deployer, point: int) -> None:
    deployer.mraa("deploy", "--yes")
    deployer.change_function("photos_api", f"killed at {point}")
    deployer.publish()
    killed(deployer, point // 2, "deploy", "--yes")
    deployer.mraa("deploy", "--yes")
    assert deployer.result("deploy", "--yes")["action"] == "unchanged"
    assert current_instances(deployer)


@pytest.mark.parametrize("point", POINTS)
def test_a_destroy_that_is_killed_is_finished_by_the_next(deployer: Deployer, point: int) -> None:
    deployer.mraa("deploy", "--yes")
    killed(deployer, point, "destroy", *DELETED)
    deployer.mraa("destroy", *DELETED)
    assert deployer.remains() == {}
