"""The tool is killed at twenty points of a create, an update and a destroy: the next run finishes, nothing is lost."""

import pytest

from tests.local.deploying import DELETED, Deployer
from tests.local.failing import current_instances
from tests.local.sabotage import Plan

POINTS = range(20)


@pytest.fixture(scope="module")
def calls(deployer: Deployer, tmp_path_factory: pytest.TempPathFactory) -> dict[str, int]:
    """How many calls each verb makes without an interruption."""
    folder = tmp_path_factory.mktemp("calls")

    def counted(name: str, *words: str) -> int:
        log = folder / name
        process = deployer.start(*words, plan=Plan(log=str(log)))
        _, said = process.communicate(timeout=120)
        assert process.returncode == 0, said
        return len(log.read_text().splitlines())

    found = {"create": counted("create", "deploy", "--yes")}
    deployer.change_function("photos_api", "counted")
    deployer.publish()
    return found | {
        "update": counted("update", "deploy", "--yes"),
        "destroy": counted("destroy", "destroy", *DELETED),
    }


def killed(deployer: Deployer, point: int, calls: int, *words: str) -> None:
    """Kill -9 before a call or after its answer, in turn; the points are spread evenly over all the calls."""
    call = 1 + point * (calls - 1) // len(POINTS)
    process = deployer.start(*words, plan=Plan(kill_after=call) if point % 2 else Plan(kill_at=call))
    _, said = process.communicate(timeout=120)
    # the last ones: following takes more calls on some days than on others
    assert process.returncode == -9 or (process.returncode == 0 and point > len(POINTS) * 3 // 4), said


@pytest.mark.parametrize("point", POINTS)
def test_a_create_that_is_killed_is_finished_by_the_next(deployer: Deployer, calls: dict[str, int], point: int) -> None:
    killed(deployer, point, calls["create"], "deploy", "--yes")
    deployer.mraa("deploy", "--yes")
    assert deployer.result("deploy", "--yes")["action"] == "unchanged"
    assert current_instances(deployer)
    deployer.mraa("destroy", *DELETED)
    assert deployer.remains() == {}


@pytest.mark.parametrize("point", POINTS)
def test_an_update_that_is_killed_is_finished_by_the_next(
    deployer: Deployer, calls: dict[str, int], point: int
) -> None:
    deployer.mraa("deploy", "--yes")
    deployer.change_function("photos_api", f"killed at {point}")
    deployer.publish()
    killed(deployer, point, calls["update"], "deploy", "--yes")
    deployer.mraa("deploy", "--yes")
    assert deployer.result("deploy", "--yes")["action"] == "unchanged"
    assert current_instances(deployer)


@pytest.mark.parametrize("point", POINTS)
def test_a_destroy_that_is_killed_is_finished_by_the_next(
    deployer: Deployer, calls: dict[str, int], point: int
) -> None:
    deployer.mraa("deploy", "--yes")
    killed(deployer, point, calls["destroy"], "destroy", *DELETED)
    deployer.mraa("destroy", *DELETED)
    assert deployer.remains() == {}
