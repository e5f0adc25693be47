"""The templates of one sample release, rendered once."""

import json
from typing import Any

import pytest

from mraa import names
from mraa.templates import placeholder_release, render
from mraa.templates.release import Release

SAMPLE = Release(
    bucket_prefix="my-bucket",
    solution_name="multi-region-application-architecture",
    version="v1.0.0",
    functions={
        name: file.replace("000000000000", "0123456789ab") for name, file in placeholder_release().functions.items()
    },
    console_hash="ba9876543210",
)

THREE = (names.MAIN_TEMPLATE, names.REGIONAL_TEMPLATE, names.DEMO_UI_TEMPLATE)


@pytest.fixture(scope="session")
def rendered() -> dict[str, str]:
    return render(SAMPLE)


@pytest.fixture(scope="session")
def main(rendered: dict[str, str]) -> dict[str, Any]:
    return dict(json.loads(rendered[names.MAIN_TEMPLATE]))


@pytest.fixture(scope="session")
def regional(rendered: dict[str, str]) -> dict[str, Any]:
    return dict(json.loads(rendered[names.REGIONAL_TEMPLATE]))


@pytest.fixture(scope="session")
def demo_ui(rendered: dict[str, str]) -> dict[str, Any]:
    return dict(json.loads(rendered[names.DEMO_UI_TEMPLATE]))
