"""The console deployer's documents match docs/schemas/."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from console_deployer.documents import FILES_LIMIT, PATTERNS, InvalidManifest, read_manifest, ui_config
from shared.cloudformation import InvalidRequest
from tests.functions.releases import HOSTILE_FILES, config, entry

SCHEMAS = Path(__file__).parents[2] / "docs" / "schemas"
NAMES = ["ui-config", "console-manifest"]


def validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(schema(name))


def schema(name: str) -> Any:
    return json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_valid(name: str) -> None:
    Draft202012Validator.check_schema(schema(name))


LOCAL = {
    "MRAA_API_URL": "http://127.0.0.1:4566/_aws/execute-api/{id}",
    "MRAA_OBJECT_URL": "http://127.0.0.1:4566/{id}",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:4566",
}


@pytest.mark.parametrize("environment", [{}, LOCAL, {**LOCAL, "AWS_ENDPOINT_URL": "http://127.0.0.1:4566/"}])
@pytest.mark.parametrize("suffix", ["amazonaws.com", "amazonaws.com.cn"])
def test_the_configuration_matches_its_schema(environment: dict[str, str], suffix: str) -> None:
    validator("ui-config").validate(ui_config(config() | {"urlSuffix": suffix}, environment))


def test_on_aws_the_configuration_names_aws_s_hosts() -> None:
    written = ui_config(config(), {})
    assert written["userPoolEndpoint"] == "https://cognito-idp.us-east-1.amazonaws.com/"
    assert written["identityPoolEndpoint"] == "https://cognito-identity.us-east-1.amazonaws.com/"
    assert written["secondary"] == {
        "region": "ap-northeast-1",
        "routingLayerUrl": "https://rsecondary.execute-api.ap-northeast-1.amazonaws.com/prod",
        "photosUrl": "https://psecondary.execute-api.ap-northeast-1.amazonaws.com/prod",
        "objectStoreUrl": "https://mraa-1-ap-northeast-1-objects.s3.ap-northeast-1.amazonaws.com",
    }


def test_in_another_partition_the_suffix_is_the_partition_s() -> None:
    written = json.dumps(ui_config(config() | {"urlSuffix": "amazonaws.com.cn"}, {}))
    assert written.count(".amazonaws.com.cn") == written.count(".amazonaws.com") == 8


def test_the_environment_can_override_the_endpoints() -> None:
    written = ui_config(config(), LOCAL)
    assert written["userPoolEndpoint"] == written["identityPoolEndpoint"] == "http://127.0.0.1:4566/"
    assert written["primary"] == {
        "region": "us-east-1",
        "routingLayerUrl": "http://127.0.0.1:4566/_aws/execute-api/rprimary/prod",
        "photosUrl": "http://127.0.0.1:4566/_aws/execute-api/pprimary/prod",
        "objectStoreUrl": "http://127.0.0.1:4566/mraa-1-us-east-1-objects",
    }


@pytest.mark.parametrize("name", ["appId", "userPoolId", "userPoolClientId", "identityPoolId", "uiRegion", "urlSuffix"])
@pytest.mark.parametrize("value", [None, "", 5, ["x"], {"Ref": "x"}])
def test_a_missing_value_of_the_configuration_is_named(name: str, value: Any) -> None:
    with pytest.raises(InvalidRequest, match=name):
        ui_config(config() | {name: value}, {})


def read(files: Any) -> Any:
    text = json.dumps({"schemaVersion": 1, "files": files}).encode()
    return read_manifest(text, hashlib.sha256(text).hexdigest())


@pytest.mark.parametrize(
    "path", ["index.html", "assets/index-BVa_3-xY.js", "a@2x.png", "_app/x+y.js", "a.b.c/d..e", "-".join("abc"), "0"]
)
def test_a_file_that_the_schema_allows_is_accepted(path: str) -> None:
    validator("console-manifest").validate({"schemaVersion": 1, "files": [entry(path=path)]})
    assert read([entry(path=path)])[0].path == path


@pytest.mark.parametrize("hostile", HOSTILE_FILES, ids=lambda value: repr(value)[:60])
def test_a_file_that_the_function_rejects_is_rejected_by_the_schema_too(hostile: Any) -> None:
    with pytest.raises(InvalidManifest):
        read([hostile])
    is_valid = validator("console-manifest").is_valid({"schemaVersion": 1, "files": [hostile]})
    # Python's $ accepts a newline at the end, others do not; and JSON reads 1.0 as an integer
    assert not is_valid or hostile["path"].endswith("\n") or hostile["bytes"] == 1.0


def test_schema_and_function_have_the_same_patterns_and_limits() -> None:
    files = schema("console-manifest")["properties"]["files"]
    properties = files["items"]["properties"]
    assert {name: properties[name]["pattern"] for name in PATTERNS} == {
        name: f"^{pattern}$" for name, pattern in PATTERNS.items()
    }
    assert files["maxItems"] == FILES_LIMIT
    assert set(files["items"]["required"]) == {*PATTERNS, "bytes"}
