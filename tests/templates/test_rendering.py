"""Templates as files: the committed ones are up to date, and a release names its own files."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mraa import names
from mraa.templates import placeholder_release, render
from tests.templates.conftest import SAMPLE, THREE
from tests.templates.resolving import MAIN_PARAMETERS, Resolver

COMMITTED = Path(__file__).parents[2] / "templates"


def test_the_committed_templates_are_what_is_rendered() -> None:
    committed = {path.name: path.read_text(encoding="utf-8") for path in COMMITTED.iterdir()}
    assert committed == render(placeholder_release()), "run `make templates`"


def test_a_release_fills_every_placeholder(rendered: dict[str, str]) -> None:
    release = placeholder_release()
    placeholders = (release.bucket_prefix, release.solution_name, "/version/", release.console_hash)
    assert all(any(of in text for text in render(release).values()) for of in placeholders)
    assert not [name for name, text in rendered.items() if any(of in text for of in placeholders)]


def test_rendering_twice_gives_the_same_bytes(rendered: dict[str, str]) -> None:
    assert render(SAMPLE) == rendered


def test_the_stack_set_names_the_regional_template_by_its_content(
    rendered: dict[str, str], main: dict[str, Any]
) -> None:
    text = rendered[names.REGIONAL_TEMPLATE]
    template_hash = hashlib.sha256(text.encode()).hexdigest()[:12]
    copy = f"multi-region-application-architecture-stackset-instance-{template_hash}.template"
    assert set(rendered) == {*THREE, copy}
    assert rendered[copy] == text
    resolve = Resolver(main, MAIN_PARAMETERS)
    assert resolve.resource("StackSet")["TemplateURL"] == (
        f"https://my-bucket-us-east-1.s3.us-east-1.amazonaws.com/multi-region-application-architecture/v1.0.0/{copy}"
    )
    assert resolve.resource("OutputConsolidator")["TemplateHash"] == template_hash


def test_a_changed_function_changes_the_template_that_the_stack_set_names(main: dict[str, Any]) -> None:
    functions = {**SAMPLE.functions, names.PHOTOS_API: "photos-api-ffffffffffff.zip"}
    changed = json.loads(render(replace(SAMPLE, functions=functions))[names.MAIN_TEMPLATE])
    url = "TemplateURL"
    assert changed["Resources"]["StackSet"]["Properties"][url] != main["Resources"]["StackSet"]["Properties"][url]


@pytest.mark.parametrize("name", THREE)
def test_a_template_is_small_enough_for_cloudformation(name: str, rendered: dict[str, str]) -> None:
    assert len(rendered[name].encode()) < 1_000_000  # as a TemplateURL; 51,200 bytes as a body


@pytest.mark.parametrize("name", THREE)
def test_code_is_fetched_from_this_release_in_this_region(name: str, rendered: dict[str, str]) -> None:
    resources = json.loads(rendered[name])["Resources"].values()
    codes = [r["Properties"]["Code"] for r in resources if r["Type"] == "AWS::Lambda::Function"]
    assert codes
    for code in codes:
        assert code["S3Bucket"] == {"Fn::Sub": "my-bucket-${AWS::Region}"}
        assert code["S3Key"].removeprefix("multi-region-application-architecture/v1.0.0/") in SAMPLE.functions.values()
