"""The workflow and the update bot: what runs is what the README says, and every action is the one that was reviewed."""

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
WORKFLOW = ROOT / ".github/workflows/ci.yml"


def document(path: Path) -> dict[Any, Any]:
    found: dict[Any, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def test_ci_runs_the_whole_suite_on_the_oldest_python_and_on_a_current_one() -> None:
    job = document(WORKFLOW)["jobs"]["test"]
    assert job["strategy"]["matrix"]["python"] == ["3.11", "3.13"]
    assert [step["run"] for step in job["steps"] if "run" in step] == [
        ".ci/run ${{ matrix.python }}",
        "make acceptance",
    ]
    assert (ROOT / ".ci/run").read_text(encoding="utf-8").rstrip().endswith("exec make test")


def test_every_action_is_pinned_by_its_commit_with_its_version_beside_it() -> None:
    used = [line for line in WORKFLOW.read_text(encoding="utf-8").splitlines() if "uses:" in line]
    assert used
    assert all(re.fullmatch(r" +- uses: [\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line) for line in used)


def test_the_workflow_may_only_read() -> None:
    assert document(WORKFLOW)["permissions"] == {"contents": "read"}


def test_the_update_bot_looks_at_python_npm_and_the_actions() -> None:
    updates = document(ROOT / ".github/dependabot.yml")["updates"]
    assert {(of["package-ecosystem"], of["directory"]) for of in updates} == {
        ("pip", "/"),
        ("npm", "/webapp"),
        ("npm", "/fence/typescript"),
        ("github-actions", "/"),
    }
