"""What `make audit-templates` makes of scanners' findings; the scanners themselves are not installed for this."""

import json
from pathlib import Path
from typing import Any

import pytest
from troposphere import GetAtt, Sub, Template, iam, s3

from mraa.errors import MraaError
from mraa.templates import placeholder_release, policies, render
from mraa.templates.explanations import Explanation, explain, explain_wildcards
from tests.audit.scanners import run
from tests.audit.scanners.findings import Finding, explained, problems, without_explanations
from tests.audit.scanners.page import page
from tests.audit.scanners.policies import policies as resolved_policies
from tests.templates.conftest import THREE

REASON = Explanation("Nobody asks for it.", "CKV_AWS_1 AwsSolutions-X1")
VERSIONS = {of.name: "1.0" for of in run.SCANNERS}


@pytest.fixture(scope="module")
def templates() -> dict[str, str]:
    return render(placeholder_release())


def as_json(template: Template) -> dict[str, Any]:
    return dict(json.loads(template.to_json()))


def bucket_with(*explanations: Explanation) -> dict[str, Any]:
    template = Template()
    explain(template.add_resource(s3.Bucket("Bucket")), *explanations)
    return as_json(template)


def finding(scanner: str = "checkov", rule: str = "CKV_AWS_1", detail: str = "") -> Finding:
    return Finding(scanner, rule, "t", "Bucket", detail, "Has no logs")


def test_an_explanation_stands_where_each_scanner_looks_for_it() -> None:
    assert bucket_with(REASON)["Resources"]["Bucket"]["Metadata"] == {
        "checkov": {"skip": [{"id": "CKV_AWS_1", "comment": "Nobody asks for it."}]},
        "cdk_nag": {"rules_to_suppress": [{"id": "AwsSolutions-X1", "reason": "Nobody asks for it."}]},
    }


def test_a_finding_without_a_reason_is_a_problem() -> None:
    [problem] = problems([finding()], {})
    assert problem.startswith("checkov CKV_AWS_1 in Bucket of the t template: Has no logs. Fix it, or explain it")


def test_a_reason_without_a_finding_is_a_problem() -> None:
    reasons = explained("t", bucket_with(REASON))
    assert list(problems([finding()], reasons)) == [
        "cdk-nag AwsSolutions-X1 in Bucket of the t template is explained, but not found. Remove the explanation."
    ]


def test_a_reason_is_for_the_findings_that_it_names_and_no_others() -> None:
    reasons = explained("t", bucket_with(Explanation("One.", "RESOURCE_STAR", ("a", "b"))))
    found = [finding("parliament", "RESOURCE_STAR", detail) for detail in "abc"]
    assert [problem[:44] for problem in problems(found, reasons)] == ["parliament RESOURCE_STAR [c] in Bucket of th"]


def test_scanners_that_honour_explanations_get_templates_without_them() -> None:
    template = bucket_with(REASON)
    template["Resources"]["Bucket"]["Metadata"]["other"] = {"kept": True}
    assert without_explanations(template)["Resources"]["Bucket"]["Metadata"] == {"other": {"kept": True}}
    assert explained("t", template)


def test_a_statements_wildcards_are_explained_by_its_reason_and_the_policy_stays_the_same() -> None:
    template = Template()
    log = policies.allow("logs:PutLogEvents", [Sub("${Group.Arn}:*"), GetAtt("Group", "Arn")], why="Its streams.")
    queue = policies.allow("sqs:SendMessage", ["*"])
    template.add_resource(
        iam.Role("Role", AssumeRolePolicyDocument={}, Policies=[policies.inline("function", log, queue)])
    )
    explain_wildcards(template)
    role = as_json(template)["Resources"]["Role"]
    assert role["Metadata"]["cdk_nag"]["rules_to_suppress"] == [
        {"id": "AwsSolutions-IAM5", "reason": "Its streams.", "findings": ["Resource::<Group.Arn>:*"]}
    ]
    [inline] = role["Properties"]["Policies"]
    assert set(inline["PolicyDocument"]["Statement"][0]) == {"Effect", "Action", "Resource"}


@pytest.mark.parametrize("name", THREE)
def test_nothing_is_explained_twice(name: str, templates: dict[str, str]) -> None:
    resources = json.loads(templates[name])["Resources"].values()
    for metadata in [of["Metadata"] for of in resources if "Metadata" in of]:
        for place in metadata.keys() & {"checkov", "cdk_nag", "parliament"}:
            for entries in metadata[place].values():
                named = [(entry["id"], detail) for entry in entries for detail in entry.get("findings", [""])]
                assert len(named) == len(set(named))


@pytest.mark.parametrize("name", THREE)
def test_every_policy_is_resolved_to_what_iam_would_get(name: str, templates: dict[str, str]) -> None:
    found = list(resolved_policies(name, json.loads(templates[name])))
    assert found
    for resource, document in found:
        text = json.dumps(document)
        assert not any(mark in text for mark in ("<", "${", "Fn::", '"Ref"')), (resource, text)


def test_the_page_has_a_reason_once_with_all_its_resources() -> None:
    reasons = {Finding("cdk-nag", "X", "t", name): "Why not." for name in ("One", "Two0123456789ab")}
    assert "| cdk-nag X | Why not. | One, Two |" in page(reasons, VERSIONS).splitlines()


def test_a_missing_scanner_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "_ENVIRONMENT", tmp_path)
    with pytest.raises(MraaError, match="is missing"):
        run.scan({}, tmp_path)


def test_a_scanner_that_overlooks_a_defect_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blind = run.Scanner("blind", "nothing", lambda folder, files, templates: iter(()))
    monkeypatch.setattr(run, "SCANNERS", (blind,))
    with pytest.raises(MraaError, match=r"blind finds no defect in defective\.template"):
        run.scan({}, tmp_path)
