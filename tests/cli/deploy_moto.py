"""The tool run as from a shell, in a folder of its own, against moto with a published release."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest

from mraa.cli.main import main
from mraa.settings import NAMES, variable
from tests.regions import PRIMARY, SECONDARY
from tests.unit.stacks_moto import moto_aws, publish

FLAGS = ["--secondary-region", SECONDARY, "--bucket-prefix", "code"]


@contextmanager
def published(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Iterator[None]:
    """A release in both Regions' buckets; the current folder is ``folder``."""
    monkeypatch.chdir(folder)
    for name in NAMES:
        monkeypatch.delenv(variable(name), raising=False)
    with moto_aws(monkeypatch):
        publish()
        yield


def run(*words: str) -> int:
    """The exit code."""
    try:
        main(list(words))
    except SystemExit as stop:
        return int(stop.code or 0)
    return 0


def stacks() -> dict[str, dict[str, str]]:
    """Each stack's parameters."""
    found = boto3.client("cloudformation", PRIMARY).describe_stacks()["Stacks"]
    return {s["StackName"]: {p["ParameterKey"]: p["ParameterValue"] for p in s["Parameters"]} for s in found}


def foreign_stack(name: str) -> None:
    """A stack that the tool did not create."""
    topic = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Name": f"/{name}", "Value": "x"}}
    boto3.client("cloudformation", PRIMARY).create_stack(
        StackName=name, TemplateBody=json.dumps({"Resources": {"X": topic}})
    )


def json_lines(text: str) -> list[dict[str, Any]]:
    """Every line of ``--json`` output, parsed."""
    return [json.loads(line) for line in text.splitlines()]
