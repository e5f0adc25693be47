"""What the functions are invoked with: the state function's payload, and the custom resources of the templates."""

import ast
import json
import re
from collections.abc import Iterator, Mapping

from app_state_updater import payload, rules
from tests.documentation.reference.markdown import block, code, codes, document, table
from tests.documentation.reference.templates import rendered
from tests.local.deploying import CHECKOUT

# name -> whether it is required, what it must be, what it does; a test compares the names with what is read
FIELDS: Mapping[str, tuple[str, str, str]] = {
    "AppId": ("yes", "1 to 64 letters, digits and hyphens", "the application: output `SampleApplicationAppId`"),
    "TableName": ("yes", "a table's name", "the app-config table: output `AppConfigGlobalTableName`"),
    "NewState": ("yes", "a state, in any case", "the state to set"),
    "ExpectedState": ("", "a state", "refuses the change (`StateConflict`) in any other state"),
    "ExpectedEpoch": ("", "an integer", "refuses the change (`StateConflict`) at any other epoch"),
    "Force": ("", "true or false", "changes directly, and in either Region: the other one is lost"),
    "Authority": ("", "a Region of the deployment", "in which the next change is to be made; without it, as before"),
    "AboveEpoch": ("", "an integer", "the highest epoch seen in either Region: the new one is above it"),
    "Reason": ("", f"text, cut at {payload.REASON_LIMIT:,} characters", "kept in the record and the history"),
    "RequestedBy": ("", f"text, cut at {payload.REQUESTED_BY_LIMIT} characters", "kept in the record and the history"),
}
_APP_ID = "7db6662d-6374-4e4b-b80f-2cf08d93d7a5"  # as any
_ABOUT = """# Functions' payloads

## State function

`AppStateUpdaterFunction` sets the [application state](state.md) of its Region. Invoke it directly: with the AWS CLI,
in the Lambda console, or as a step of a recovery plan. Fields that it does not know are ignored.
"""
_ANSWER = """The answer is `{"statusCode": 200, "body": ...}` once the record and every fence agree; everything else is
an error whose `errorType` is one of those below, with a message that says what to do. Setting the same state again is
always safe.
"""
_CUSTOM = """## Custom resources

CloudFormation invokes the functions for these resources of the [templates](templates.md), with its own
[request](https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html) and these
properties. All answer within `ServiceTimeout`.
"""
_STREAM = """## State guard

`StateGuardFunction` gets batches of the app-config table's stream and returns `batchItemFailures`; what it announces is
listed under [events](events.md). `PhotosFunction` gets the requests of the [photos API](http-apis.md#photos-api) in API
Gateway's proxy format. Neither is meant to be invoked by anything else.
"""


def page() -> str:
    """The whole page."""
    fields = table(
        ["field", "required", "must be", "does"],
        ([code(name), required, must, does] for name, (required, must, does) in FIELDS.items()),
    )
    example = payload.ChangeRequest(_APP_ID, f"mraa-{_APP_ID.replace('-', '')}-app-config", "fenced",
        expected_state="active", expected_epoch=12, reason="maintenance")  # fmt: skip
    errors = table(["`errorType`", "means"], ([code(name), text] for name, text in _errors()))
    custom = table(["resource", "type", "function", "properties"], _custom_resources())
    parts = [_ABOUT, fields, "For example:", block(json.loads(example.payload())), _ANSWER, errors]
    return document(*parts, _CUSTOM, custom, _STREAM)


def fields_read() -> set[str]:
    """The names that the function's sources ask the payload for."""
    tree = ast.parse((CHECKOUT / "functions/app_state_updater/payload.py").read_text(encoding="utf-8"))
    [parse] = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "parse"]
    texts = {node.value for node in ast.walk(parse) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return {text for text in texts if re.fullmatch(r"[A-Z][A-Za-z]+", text)}


def _errors() -> Iterator[tuple[str, str]]:
    for module in (payload, rules):
        for name, kind in vars(module).items():
            if isinstance(kind, type) and issubclass(kind, Exception) and kind.__module__ == module.__name__:
                yield name, (kind.__doc__ or "").split("\n")[0]


def _custom_resources() -> Iterator[list[str]]:
    for template in rendered().values():
        for name, of in template["Resources"].items():
            if of["Type"].startswith("Custom::"):
                function = of["Properties"]["ServiceToken"]["Fn::GetAtt"][0]
                given = [key for key in of["Properties"] if key not in ("ServiceToken", "ServiceTimeout")]
                yield [code(name), code(of["Type"]), code(function), codes(given)]
