"""The example's orders over failovers: without their fence, without their table's name, beside a copy of themselves."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from mraa.recovery.models import Fate
from mraa.recovery.regions.ids import uuid7
from mraa.recovery.regions.parameter import token
from tests.local.deploying import eventually
from tests.local.example_orders import NAME, Example, deploy_example
from tests.local.lines_app import SHORT, findings
from tests.local.operating import Deployment
from tests.regions import PRIMARY, REGIONS, SECONDARY

pytestmark = pytest.mark.timeout(1800)  # two deployments and three drills on a busy machine

BAD = "  Bad: {Type: AWS::SSM::Parameter, Properties: {Type: Nonsense, Value: x}}\n\nOutputs:\n"
COPY = "returns"


@pytest.fixture(scope="module")
def deployed_orders(deployed: Deployment) -> Example:
    return deploy_example(deployed)


@pytest.fixture
def orders(deployed_orders: Example, active: Deployment) -> Example:
    """The primary Region writes."""
    return deployed_orders


def parameter(example: Example, region: str) -> str:
    return f"/mraa/{token(example.infos[region])}/application/{example.name}"


def facts(example: Example, region: str) -> str:
    """What its stack instance keeps there."""
    found = example.client("ssm", region).get_parameter(Name=parameter(example, region))
    return str(found["Parameter"]["Value"])


@contextmanager
def without_tables(example: Example) -> Iterator[None]:
    """Both Regions' parameters name no table."""
    before = {region: facts(example, region) for region in REGIONS}
    try:
        for region, text in before.items():
            put(example, region, json.dumps(json.loads(text) | {"tables": []}))
        yield
    finally:
        for region, text in before.items():
            put(example, region, text)


def put(example: Example, region: str, text: str) -> None:
    example.client("ssm", region).put_parameter(Name=parameter(example, region), Value=text, Overwrite=True)


@contextmanager
def writing(example: Example) -> Iterator[list[Fate]]:
    """Orders and comments are written to the primary Region all the time; the list is what became of them."""
    fates: list[Fate] = []
    is_over = threading.Event()

    def write() -> None:
        while not is_over.is_set():
            order_id = uuid7(time.time())
            fates.append(example.api.write(example.deployment.aws, example.infos[PRIMARY], "", order_id, "", 30)[0])
            status, _ = example.deployment.post(PRIMARY)
            fates.append(Fate.ACKNOWLEDGED if status == 200 else Fate.UNKNOWN)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield fates
    finally:
        is_over.set()
        thread.join()


def test_a_table_that_the_parameter_lacks_is_drained_by_its_stack(orders: Example) -> None:
    deployment = orders.deployment
    with without_tables(orders):
        assert deployment.shown("unnamedTables")[0] == [orders.table]
        order_id = uuid7(time.time())
        fate, why = orders.api.write(deployment.aws, orders.infos[PRIMARY], "", order_id, "", 30)
        assert fate is Fate.ACKNOWLEDGED, why
        assert deployment.mraa("failover", "--yes", "--drain-timeout", "120")["state"] == "failover"
        assert order_id in orders.items(SECONDARY)
        assert deployment.mraa("reconcile")["unnamedTables"] == [orders.table]


def test_without_its_fence_the_example_turns_p1_red(orders: Example) -> None:
    fenced, unfenced = "fence.write([item])", "dynamodb.transact_write_items(TransactItems=[item])"
    orders.change("src/orders.py", fenced, unfenced)
    try:
        result = orders.deployment.mraa("drill", *SHORT, "--rate", "6", "--application", NAME, expect=1)
    finally:
        orders.change("src/orders.py", unfenced, fenced)
    (p1,) = [promise for promise in result["promises"] if promise["name"] == "P1"]
    assert p1["finding"] == "violated"
    assert "accepted by a fenced Region" in p1["detail"]


def test_of_two_applications_one_fails_its_update_and_leaves_everything_else_alone(orders: Example) -> None:
    deployment = orders.deployment
    copy = deploy_example(deployment, COPY)
    try:
        before = [facts(orders, region) for region in REGIONS], deployment.mraa("history")["changes"]
        with writing(orders) as fates:
            said = copy.change("regional.yaml", "Outputs:\n", BAD, expect=1)["error"]
        assert f"First cause: {SECONDARY}: Bad (AWS::SSM::Parameter): " in said
        assert len(fates) > 10 and set(fates) == {Fate.ACKNOWLEDGED}
        assert before == ([facts(orders, region) for region in REGIONS], deployment.mraa("history")["changes"])
        for words in (("app", "deploy", NAME), ("deploy",)):
            assert deployment.mraa(*words, "--yes")["action"] == "unchanged"
        names = ("--application", NAME, "--application", COPY)
        result = deployment.mraa("drill", *SHORT, "--rate", "6", *names)
        assert findings(result) == {"P1": "held", "P2": "held", "P3": "held", "P4": "not tested", "P5": "not tested"}
        assert {of["name"] for of in result["applications"]} == {NAME, COPY}
    finally:
        deployment.mraa("app", "destroy", COPY, "--delete-data", "--confirm", COPY, "--yes")
    assert eventually(lambda: copy.table not in orders.client("dynamodb", SECONDARY).list_tables()["TableNames"])
