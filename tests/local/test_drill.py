"""The drill against deployed stacks: promises that hold are reported so, broken ones turn it red."""

import json
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mraa.aws import Aws, Clock
from mraa.cli.drill import local_faults
from mraa.events import Event, Progress
from mraa.recovery.drill.drill import Drill
from mraa.recovery.drill.models import DrillOptions
from mraa.recovery.drill.target import Target
from mraa.recovery.drill.verdict import PromiseFinding, judge
from mraa.recovery.runbook.operator import local_operator
from mraa.sample.photos import PhotoSample
from mraa.settings import Settings
from mraa_local.process import LocalCloud
from tests.checkout import FENCE_LIBRARY
from tests.local.deploying import Deployer, eventually, make_deployer
from tests.local.sabotage import finish
from tests.regions import PRIMARY, REGIONS, SECONDARY

SHORT = ("--phase", "1.5", "--yes")


@pytest.fixture(scope="module")
def deployer(cloud: LocalCloud, client: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Deployer:
    made = make_deployer(cloud, client, tmp_path_factory.mktemp("drill"))
    made.publish()
    made.mraa("deploy", "--yes")
    return made


@pytest.fixture
def as_operator(deployer: Deployer) -> Iterator[Settings]:
    """This process may work on the deployment, as the tool does."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in deployer.environment.items():
            patch.setenv(name, value)
        yield Settings(secondary_region=SECONDARY)


def records(deployer: Deployer, region: str) -> list[dict[str, Any]]:
    table = deployer.key_value_table()
    items: list[dict[str, Any]] = deployer.client("dynamodb", region).scan(TableName=table)["Items"]
    return items


def expect_no_records(deployer: Deployer) -> None:
    """Both Regions' tables are empty, once the last change of each has arrived in the other."""
    eventually(lambda: not any(records(deployer, region) for region in REGIONS))


def findings(result: dict[str, Any]) -> dict[str, str]:
    return {promise["name"]: promise["finding"] for promise in result["promises"]}


def test_a_planned_drill_holds_every_promise_and_leaves_nothing_behind(deployer: Deployer) -> None:
    result = deployer.result("drill", *SHORT, "--crash-after", "fence")

    assert findings(result) == {"P1": "held", "P2": "held", "P3": "held", "P4": "not tested", "P5": "not tested"}
    assert result["figures"]["lost"] == []
    assert result["figures"]["acknowledged"] > 0
    kept = json.loads((deployer.folder / result["ledger"]).read_text())
    assert len(kept["writes"]) == sum(result["figures"][fate] for fate in ("acknowledged", "refused", "unknown"))
    assert "<svg" in (deployer.folder / result["page"]).read_text()
    expect_no_records(deployer)
    assert deployer.result("status")["isReady"]


def test_replication_that_drops_a_write_turns_p3_red(deployer: Deployer, as_operator: Settings) -> None:
    """Somebody deletes an acknowledged write in both Regions after the drain has confirmed that all has arrived."""

    def drop_one(event: Event) -> None:
        if (event.subject, event.progress) == ("drain", Progress.DONE):
            for region in REGIONS:
                dynamodb = deployer.client("dynamodb", region)
                table = deployer.key_value_table()
                comments = sorted(
                    (item["pk"]["S"], item["sk"]["S"])
                    for item in records(deployer, region)
                    if item["pk"]["S"].startswith("COMMENT#")
                )
                pk, sk = comments[0]
                dynamodb.delete_item(TableName=table, Key={"pk": {"S": pk}, "sk": {"S": sk}})

    options = DrillOptions(is_planned=True, phase_s=1.5)
    target = Target(Aws(), Aws, as_operator, PhotoSample(), [PhotoSample()], Clock(), drop_one)
    verdict = judge(Drill(target, local_operator("test"), options, local_faults()).run())

    red = {promise.name: promise.detail for promise in verdict.promises if promise.finding is PromiseFinding.VIOLATED}
    assert set(red) == {"P3"}
    assert f"were not in {SECONDARY} when it took over" in red["P3"]
    assert verdict.figures.lost
    assert not verdict.is_good


def test_a_drill_of_a_fenced_system_is_refused_before_anything_is_changed(deployer: Deployer) -> None:
    deployer.mraa("fence", "--yes")

    said = deployer.mraa("drill", *SHORT, expect=3)
    assert "A drill requires a healthy system" in said
    expect_no_records(deployer)
    deployer.mraa("unfence", "--yes")


@pytest.mark.parametrize(
    ("number", "words", "place"),
    [
        (signal.SIGINT, ("--unplanned",), "load in the secondary Region"),
        (signal.SIGTERM, (), "waiting for"),
    ],
    ids=["Ctrl-C while a Region is lost", "SIGTERM while draining"],
)
def test_a_drill_that_is_interrupted_brings_everything_back_and_leaves_its_report(
    deployer: Deployer, number: signal.Signals, words: tuple[str, ...], place: str
) -> None:
    process = deployer.start("drill", *words, "--phase", "4", "--yes", "--json", "--output", "interrupted")
    assert process.stdout is not None
    for line in process.stdout:
        if place in line:
            process.send_signal(number)
            break
    out, err = finish(process)

    assert process.returncode == 130, err
    result = json.loads(out.splitlines()[-1])
    assert result["error"]["code"] == "interrupted"
    assert (result["verdict"], result["isGood"]) == ("inconclusive", False)
    end = result["endedEarly"]
    assert end["afterwards"].startswith("the state is active again"), end
    kept = json.loads((deployer.folder / result["ledger"]).read_text())
    assert (kept["endedEarly"], kept["figures"]) == (end, result["figures"])
    assert kept["writes"]
    for report in ("page", "junit"):
        assert end["reason"] in (deployer.folder / result[report]).read_text()
    assert "No Region is down" in deployer.mraa("local", "fault", "list")
    expect_no_records(deployer)
    assert deployer.result("status")["isReady"]


def test_a_region_whose_writes_fail_is_refused_before_anything_is_changed(deployer: Deployer) -> None:
    """It is healthy to all who read; the function may not write any more."""
    iam, before = deployer.client("iam", PRIMARY), deployer.result("status")["regions"]
    functions = deployer.client("lambda", PRIMARY).list_functions()["Functions"]
    (role,) = [of["Role"].rpartition("/")[2] for of in functions if "photos" in of["FunctionName"]]
    denied = {"Effect": "Deny", "Action": "dynamodb:PutItem", "Resource": "*"}
    iam.put_role_policy(
        RoleName=role,
        PolicyName="denied",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [denied]}),
    )
    said = deployer.mraa("drill", *SHORT, expect=3)
    iam.delete_role_policy(RoleName=role, PolicyName="denied")

    assert f"{PRIMARY} (primary) should accept writes to photos, and does not: " in said
    assert [of["epoch"] for of in deployer.result("status")["regions"]] == [of["epoch"] for of in before]
    expect_no_records(deployer)


def test_an_unplanned_drill_lists_every_write_that_was_not_replicated(deployer: Deployer) -> None:
    deployer.mraa("local", "fault", "lag", PRIMARY, SECONDARY, "450")
    result = deployer.result("drill", "--unplanned", "--phase", "3", "--rate", "30", "--yes")
    assert f"{PRIMARY} -> {SECONDARY}  lag 450 ms" in deployer.mraa("local", "fault", "list")
    deployer.mraa("local", "fault", "lag", PRIMARY, SECONDARY, "300")

    assert findings(result) == {"P1": "held", "P2": "held", "P3": "not tested", "P4": "held", "P5": "held"}
    assert result["figures"]["unreplicatedAtCut"] >= 20
    assert result["figures"]["lost"] == []
    expect_no_records(deployer)
    assert deployer.result("status")["isReady"]


def test_a_broken_fence_turns_p1_red(client: Callable[..., Any], cloud: LocalCloud, tmp_path: Path) -> None:
    """The function that writes does not check the fence any more; everything else is unchanged."""
    broken = make_deployer(cloud, client, tmp_path)
    broken.environment |= {"MRAA_STACK_NAME": "unfenced"}
    source = broken.folder / FENCE_LIBRARY / "fence.py"
    text = source.read_text()
    assert text.count('"writableRegion = :region"') == 1
    source.write_text(text.replace('"writableRegion = :region"', '"writableRegion = :region OR appId <> :region"'))
    broken.publish()
    broken.mraa("deploy", "--yes")

    said = broken.mraa("drill", *SHORT, expect=1)
    assert "P1 violated" in said
    assert "accepted by a fenced Region" in said
    assert PRIMARY in said
