"""Plays a scenario of fence/conformance against a client: the format is described in its README."""

import itertools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from tests.fence.application import NAMES, ORDERS, Application, order
from tests.fence.client import Answer, Client
from tests.fence.network import Network
from tests.regions import REGIONS

FOLDER = Path(__file__).parents[2] / "fence" / "conformance" / "scenarios"
TIMEOUT_MS = 20_000
_runs = itertools.count(1)

Step = Mapping[str, Any]


def load(path: Path) -> dict[str, Any]:
    """A scenario with the Regions' names in it."""
    text = path.read_text(encoding="utf-8")
    for role, region in NAMES.items():
        text = text.replace(f"${{{role}}}", region)
    scenario: dict[str, Any] = json.loads(text)
    return scenario


@dataclass(frozen=True)
class Play:
    """One run of one scenario. Its orders' names begin with ``run``."""

    application: Application
    network: Network
    clients: Mapping[str, Client]
    run: str = field(default_factory=lambda: f"run-{next(_runs)}-")

    def all(self, scenario: Mapping[str, Any]) -> None:
        """Every step, then what is stored in both Regions."""
        self.application.bring(scenario["state"])
        self.network.script([])
        for number, step in enumerate(scenario["steps"], 1):
            try:
                self._step(step)
            except AssertionError as error:
                raise AssertionError(f"step {number}, {json.dumps(step)}: {error}") from error
        if (expected := scenario.get("stored")) is not None:
            self.application.settle()
            for region in REGIONS:
                stored = self.application.stored(region).items()
                found = {name.removeprefix(self.run): n for name, n in stored if name.startswith(self.run)}
                assert found == expected, f"stored in {region}: {found}, not {expected}"

    def _step(self, step: Step) -> None:
        if "ask" in step:
            self._ask(step)
        elif "state" in step:
            self._change(step)
        elif "cut" in step:
            for source, destination in (REGIONS, REGIONS[::-1]):
                self.application.faults.between("cut" if step["cut"] else "heal", source, destination)
            if not step["cut"]:
                self.application.settle()
        else:
            self.application.faults.set("transaction", ms=step["transactionMs"])

    def _change(self, step: Step) -> None:
        region, is_forced = NAMES[step["in"]], step.get("force", False)
        self.application.change(region, step["state"], is_forced=is_forced)
        if not is_forced:
            self.application.settle()

    def _ask(self, step: Step) -> None:
        events = [self._event(event) for event in step.get("events", [])]
        self.network.script(events, step.get("always"))
        client = self.clients[step["in"]]
        asked = [client.send(step["ask"], **self._request(step)) for _ in range(step.get("parallel", 1))]
        for one in asked:
            self._compare(step, one.result(TIMEOUT_MS * 4 / 1000))
        sent = self.network.transactions
        for what, expected in step.get("sent", {}).items():
            found = {"transactions": len(sent), "tokens": len({of["ClientRequestToken"] for of in sent})}[what]
            assert found == expected, f"sent {found} {what}, not {expected}"

    def _event(self, event: dict[str, Any]) -> dict[str, Any]:
        change = event.get("then")
        return {**event, "then": lambda: self._change(change)} if change else event

    def _request(self, step: Step) -> dict[str, Any]:
        if step["ask"] != "write":
            return {}
        items = step["raw"] if "raw" in step else [item for text in step["items"] for item in self._items(text)]
        return {"items": items, "timeoutMs": step.get("timeoutMs", TIMEOUT_MS)}

    def _items(self, text: str) -> list[dict[str, Any]]:
        """``add a``, ``put a``, ``new a`` (only if there is none), ``100 puts``."""
        if count := re.fullmatch(r"(\d+) puts", text):
            return [self._put(f"put-{number}") for number in range(int(count[1]))]
        kind, name = text.split()
        if kind == "add":
            return [order(self.run + name)]
        put = self._put(name)
        if kind == "new":
            put["Put"]["ConditionExpression"] = "attribute_not_exists(id)"
        return [put]

    def _put(self, name: str) -> dict[str, Any]:
        return {"Put": {"TableName": ORDERS, "Item": {"id": {"S": self.run + name}, "n": {"N": "1"}}}}

    def _compare(self, step: Step, answer: Answer) -> None:
        expected = dict(step["expect"])
        region = NAMES[step["in"]]
        if expected.get("epoch") == "current":
            expected["epoch"] = self.application.record(region).epoch
        if "message" in expected:
            assert expected.pop("message") in answer["message"]
        if "made" in expected:
            items = [item for text in step["transact"] for item in self._items(text)]
            assert expected.pop("made") == self._is_made(region, [answer["item"], *items])
        assert {name: answer.get(name) for name in expected} == expected, f"answered {answer}"

    def _is_made(self, region: str, items: list[Any]) -> bool:
        try:
            self.application.client(region).transact_write_items(TransactItems=items)
        except ClientError as error:
            assert error.response["CancellationReasons"][0]["Code"] == "ConditionalCheckFailed"
            return False
        return True
