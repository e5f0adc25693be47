"""`mraa app` at the command line: what it prints, its JSON, and its exit codes."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mraa.cli.main import cli
from mraa.errors import UsageError
from mraa.release import manifest
from tests.unit.application_project import ORDERS, make_project, rewrite, template


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = make_project(tmp_path / "project")
    monkeypatch.chdir(folder)
    return folder


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, list(words))


def last(result: Result) -> dict[str, object]:
    return dict(json.loads(result.output.splitlines()[-1]))


def test_check_prints_the_permissions_and_the_boundary(project: Path) -> None:
    answer = run("app", "check", "orders")
    assert answer.exit_code == 0, answer.output
    assert "  sqs: CreateQueue" in answer.output
    assert "Its roles may have at most:\n  dynamodb:ConditionCheckItem" in answer.output


def test_check_lists_everything_that_is_wrong_and_exits_two(project: Path) -> None:
    document = template(project, "regional.yaml")
    document["Parameters"] |= {"One": {"Type": "String"}, "Two": {"Type": "String"}}
    document["Resources"] |= {"Odd": {"Type": "AWS::Foo::Bar"}, "Files": {"Type": "AWS::S3::Bucket"}}
    rewrite(project, "regional.yaml", document)
    answer = run("app", "check", "orders")
    for words in ("parameter One", "parameter Two", "AWS::Foo::Bar", "the bucket is not replicated", "What to do: "):
        assert words in answer.output
    assert isinstance(answer.exception, UsageError)
    assert answer.exception.message == "3 of these would be refused."


def test_checks_json_has_all_that_it_prints(project: Path) -> None:
    found = last(run("app", "check", "orders", "--json"))
    assert (found["type"], found["name"], found["findings"], found["underived"]) == ("result", "orders", [], {})
    assert set(found["permissions"]) == {"lambda", "logs", "sqs"}  # type: ignore[call-overload]
    assert "iam:CreateRole" in found["iam"]  # type: ignore[operator]


def test_a_policy_of_ones_own_is_named_instead(project: Path) -> None:
    statement = {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}
    rewrite(project, "policy.json", {"Version": "2012-10-17", "Statement": [statement]})
    (project / "mraa.toml").write_text(f'{ORDERS}policy = "policy.json"\n')
    assert "are those of policy.json" in run("app", "check", "orders").output
    assert last(run("app", "check", "orders", "--json"))["policy"] == {
        "Version": "2012-10-17",
        "Statement": [statement],
    }


def test_an_unknown_application_is_refused_by_every_verb_that_reads_it(project: Path) -> None:
    where = ("--secondary-region", "eu-west-1", "--bucket-prefix", "code")
    for words in (("app", "check", "other"), ("app", "deploy", "other", "--yes", *where)):
        refused = run(*words).exception
        assert isinstance(refused, UsageError) and refused.hint == "Applications are: orders."


def test_init_says_what_it_wrote_and_what_to_do_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    answer = run("app", "init", "orders")
    assert "Next: mraa app check orders" in answer.output
    checked = run("app", "check", "orders")
    assert checked.exit_code == 0
    assert "No findings." in checked.output


def test_a_release_contains_the_applications_beside_what_came_with_the_tool(project: Path) -> None:
    answer = run("build", "--bucket-prefix", "code")
    assert answer.exit_code == 0, answer.output
    built = manifest.read(project / "deployment")
    assert {"application-orders.template", "multi-region-application-architecture.template"} <= {
        file.path for file in built.files
    }


def test_an_application_that_would_be_refused_leaves_the_last_build(project: Path) -> None:
    run("build", "--bucket-prefix", "code")
    (project / "regional.yaml").write_text("[]")
    assert isinstance(run("build", "--bucket-prefix", "code").exception, UsageError)
    manifest.read(project / "deployment")
