"""cfn-lint finds nothing: no error, no warning, no informational message, and nothing is ignored."""

from pathlib import Path

import pytest
from cfnlint.api import ManualArgs, lint

from mraa import names
from tests.regions import REGIONS
from tests.templates.conftest import THREE

CHECKOUT = Path(__file__).parents[2]
COMMITTED, EXAMPLES = CHECKOUT / "templates", CHECKOUT / "examples"
SETTINGS = ManualArgs(regions=list(REGIONS), include_checks=["I"])


def findings(text: str) -> list[str]:
    return [f"{match.rule.id} {match.message} (line {match.linenumber})" for match in lint(text, config=SETTINGS)]


@pytest.mark.parametrize("name", THREE)
def test_cfn_lint_finds_nothing_in_a_committed_template(name: str) -> None:
    assert findings((COMMITTED / name).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("name", sorted(str(path.relative_to(EXAMPLES)) for path in EXAMPLES.glob("*/*.yaml")))
def test_cfn_lint_finds_no_error_in_an_example(name: str) -> None:
    found = findings((EXAMPLES / name).read_text(encoding="utf-8"))
    assert [finding for finding in found if finding.startswith("E")] == []


def test_cfn_lint_reports_an_error() -> None:
    text = (COMMITTED / names.MAIN_TEMPLATE).read_text(encoding="utf-8")
    assert findings(text.replace("PAY_PER_REQUEST", "PAY_PER_REQUESTS"))
