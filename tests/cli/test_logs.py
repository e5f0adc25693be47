"""`mraa logs`: both Regions' log groups, merged by time."""

import json
import time
from pathlib import Path

import boto3
import pytest

from mraa.aws import Aws, Clock
from mraa.recovery.regions.parameter import find_region_info
from mraa.recovery.status.logs import LogReader
from tests.cli.recovery_moto import FLAGS, deployed, exit_code
from tests.regions import PRIMARY, SECONDARY
from tests.unit.fake_cloud import SETTINGS
from tests.unit.fake_stacks import TOKEN

FUNCTION, API = f"/aws/lambda/mraa-{TOKEN}-photos-api", f"/aws/apigateway/mraa-{TOKEN}-photos"
NOW_MS = 0  # when the test began


@pytest.fixture(autouse=True)
def _empty_folder_now(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(globals(), "NOW_MS", int(time.time() * 1000))


def log(region: str, group: str, *messages: tuple[int, str]) -> None:
    """Log messages, each with its time in milliseconds from now."""
    client = boto3.client("logs", region)
    if not client.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
        client.create_log_group(logGroupName=group)
        client.create_log_stream(logGroupName=group, logStreamName="one")
    events = [{"timestamp": NOW_MS + at_ms, "message": text} for at_ms, text in messages]
    client.put_log_events(logGroupName=group, logStreamName="one", logEvents=events)


def test_lines_of_functions_and_apis_of_both_regions_are_merged_by_time(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with deployed(monkeypatch):
        log(PRIMARY, FUNCTION, (-5000, "first\n"), (-2000, "fourth \x1b[31mred"))
        log(PRIMARY, API, (-3000, '{"status": 200}'))
        log(SECONDARY, FUNCTION, (-4000, "second"))
        log(SECONDARY, "/aws/lambda/somebody-elses", (-4000, "not ours"))
        assert exit_code(["logs", *FLAGS]) == 0
    lines = [line.split("  ", 1)[1] for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        f"{PRIMARY}  photos-api  first",
        f"{SECONDARY}  photos-api  second",
        f'{PRIMARY}  photos API  {{"status": 200}}',
        f"{PRIMARY}  photos-api  fourth  [31mred",
    ]


def test_lines_of_the_same_millisecond_stay_in_the_order_of_their_log(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with deployed(monkeypatch):
        log(PRIMARY, FUNCTION, *((-1000, text) for text in ("START", "state changed", "END", "REPORT")))
        assert exit_code(["logs", *FLAGS]) == 0
    lines = [line.split("  ", 3)[3] for line in capsys.readouterr().out.splitlines()]
    assert lines == ["START", "state changed", "END", "REPORT"]


def test_a_text_a_region_a_time_and_a_limit_select_lines(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with deployed(monkeypatch):
        log(PRIMARY, FUNCTION, (-3_000_000, "fence long ago"), (-3000, "fence 1"), (-2000, "fence 2"), (-1000, "other"))
        log(SECONDARY, FUNCTION, (-500, "fence elsewhere"))
        assert exit_code(["logs", "fence", "--region", PRIMARY, "--json", "--limit", "1", *FLAGS]) == 0
        assert exit_code(["logs", "fence", "--since", "2h", "--json", *FLAGS]) == 0
    one, all_of_them = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert [line["message"] for line in one["lines"]] == ["fence 2"]
    assert len(all_of_them["lines"]) == 4


def test_who_follows_gets_each_line_once_late_ones_too(monkeypatch: pytest.MonkeyPatch) -> None:
    with deployed(monkeypatch):
        aws, clock = Aws(), Clock(now=lambda: NOW_MS / 1000)  # of a slow machine too
        info = find_region_info(aws, PRIMARY, SETTINGS)
        assert info
        reader, since_ms = LogReader(aws, clock, info), NOW_MS - 20_000
        log(PRIMARY, FUNCTION, (0, "one"))
        assert [line.message for line in reader.read(since_ms)] == ["one"]
        log(PRIMARY, FUNCTION, (-1000, "logged earlier, readable later"), (1, "two"))
        assert [line.message for line in reader.read(since_ms)] == ["logged earlier, readable later", "two"]
        assert list(reader.read(since_ms)) == []


def deploy_orders(region: str, *, knows_stack: bool = True) -> tuple[str, str]:
    """An application's stack and parameter; its log groups: one of its template's, and a function's own."""
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": "*"}]}
    resources = {
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust}},
        "Logs": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/somewhere"}},
        "Queue": {"Type": "AWS::SQS::Queue"},
        "Packer": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "FunctionName": "packer",
                "Runtime": "python3.13",
                "Handler": "index.handle",
                "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                "Code": {"ZipFile": "handle = print"},
            },
        },
    }
    stack = boto3.client("cloudformation", region).create_stack(
        StackName="orders", TemplateBody=json.dumps({"Resources": resources})
    )
    facts = {"version": 1, "name": "orders", **({"stack": stack["StackId"]} if knows_stack else {})}
    boto3.client("ssm", region).put_parameter(
        Name=f"/mraa/{TOKEN}/application/orders", Type="String", Value=json.dumps(facts)
    )
    boto3.client("logs", region).create_log_stream(logGroupName="/somewhere", logStreamName="one")
    return "/somewhere", "/aws/lambda/packer"


def test_applications_of_ones_own_are_shown_too_or_one_of_them_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with deployed(monkeypatch):
        log(PRIMARY, FUNCTION, (-5000, "first"))
        for number, group in enumerate(deploy_orders(PRIMARY)):
            log(PRIMARY, group, (-4000 + number, f"order {number}"))
        assert exit_code(["logs", *FLAGS]) == 0
        assert exit_code(["logs", "--application", "orders", *FLAGS]) == 0
    lines = [line.split("  ", 1)[1] for line in capsys.readouterr().out.splitlines()]
    own = [f"{PRIMARY}  orders Logs  order 0", f"{PRIMARY}  orders Packer  order 1"]
    assert lines == [f"{PRIMARY}  photos-api  first", *own, *own]


def test_an_application_whose_stack_is_not_known_hides_no_other_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with deployed(monkeypatch):
        log(PRIMARY, FUNCTION, (-5000, "first"))
        deploy_orders(PRIMARY, knows_stack=False)
        assert exit_code(["logs", *FLAGS]) == 0
    shown = capsys.readouterr()
    assert shown.out.endswith("photos-api  first\n")
    assert f"orders in {PRIMARY} could not be read: its parameter names no stack" in shown.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--application", "nope"], "No Region knows an application 'nope'"),
        (["--region", "eu-west-1"], "eu-west-1 is not a Region of this deployment"),
        (["--since", "yesterday"], "'yesterday' is not a time span"),
        (["--since", "0m"], "'0m' is not a time span"),
        (["--limit", "0"], "--limit"),
    ],
)
def test_what_cannot_be_selected_is_usage(
    words: list[str], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with deployed(monkeypatch):
        assert exit_code(["logs", *words, *FLAGS]) == 2
    assert said in capsys.readouterr().err
