"""Runs the scanners, each in the environment ``.venv-audit`` (`make audit-templates` makes it)."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mraa.errors import MraaError
from tests.audit.scanners.findings import CDK_NAG, CHECKOV, PARLIAMENT, Finding
from tests.audit.scanners.policies import policies
from tests.regions import REGIONS

CFN_LINT, CLOUDFORMATION_VALIDATE = "cfn-lint", "cloudformation-validate"
CHECKOUT = Path(__file__).parents[3]
DEFECTIVE = Path(__file__).with_name("defective.template")

_ENVIRONMENT = CHECKOUT / ".venv-audit"
_INSIDE = Path(__file__).with_name("inside")
_TIMEOUT_S = 900

Templates = Mapping[str, dict[str, Any]]


@dataclass(frozen=True)
class Scanner:
    """A scanner. ``scan`` gets the folder of the templates, the template files in it, and their contents."""

    name: str
    reads: str
    scan: Callable[[Path, list[str], Templates], Iterator[Finding]]


def versions() -> dict[str, str]:
    """The version of every package in the scanners' environment."""
    listed = _run("python", "-m", "pip", "list", "--format", "json", "--disable-pip-version-check")
    return {package["name"]: package["version"] for package in json.loads(listed)}


def scan(templates: Templates, folder: Path) -> list[Finding]:
    """What all scanners find, in ``folder``. MraaError for one that overlooks a template with defects."""
    contents = {**templates, DEFECTIVE.name: json.loads(DEFECTIVE.read_text(encoding="utf-8"))}
    for name, template in contents.items():
        (folder / name).write_text(json.dumps(template, indent=2), encoding="utf-8")
    files = [str(folder / name) for name in contents]
    with ThreadPoolExecutor(2) as pool:
        scans = {of.name: pool.submit(lambda of: list(of.scan(folder, files, contents)), of) for of in SCANNERS}
        found = {name: scan.result() for name, scan in scans.items()}
    for name, findings in found.items():
        if not any(finding.template == DEFECTIVE.name for finding in findings):
            raise MraaError(f"{name} finds no defect in {DEFECTIVE.name}: it does not scan.", "Run it by hand.")
    return [finding for findings in found.values() for finding in findings if finding.template != DEFECTIVE.name]


def checkov_failures(folder: Path) -> list[Finding]:
    """What checkov finds in a folder of templates; it skips what they explain."""
    words = ("--framework", "cloudformation", "--output", "json", "--compact", "--quiet", "--soft-fail")
    report = json.loads(_run("checkov", "--directory", str(folder), "--skip-download", *words))
    if report["summary"]["parsing_errors"]:
        raise MraaError("checkov cannot read the templates.", "Run it by hand.")
    return [
        Finding(
            CHECKOV,
            failed["check_id"],
            Path(failed["file_path"]).name,
            failed["resource"].rpartition(".")[2],
            message=failed["check_name"],
        )
        for failed in report["results"]["failed_checks"]
    ]


def _checkov(folder: Path, files: list[str], templates: Templates) -> Iterator[Finding]:
    yield from checkov_failures(folder)


def _cfn_lint(folder: Path, files: list[str], templates: Templates) -> Iterator[Finding]:
    words = ("--format", "json", "--include-checks", "I", "--regions", *REGIONS, "--non-zero-exit-code", "none")
    for match in json.loads(_run("cfn-lint", *words, "--", *files)):
        section, resource, *_ = [*list(match["Location"]["Path"]), "", ""]
        name = resource if section == "Resources" else ""
        yield Finding(CFN_LINT, match["Rule"]["Id"], Path(match["Filename"]).name, name, message=match["Message"])


def _cdk_nag(folder: Path, files: list[str], templates: Templates) -> Iterator[Finding]:
    yield from _lines(CDK_NAG, _run("python", str(_INSIDE / "scan_with_cdk_nag.py"), *files))


def _cloudformation_validate(folder: Path, files: list[str], templates: Templates) -> Iterator[Finding]:
    script = _INSIDE / "scan_with_cloudformation_validate.py"
    yield from _lines(CLOUDFORMATION_VALIDATE, _run("python", str(script), *files))


def _parliament(folder: Path, files: list[str], templates: Templates) -> Iterator[Finding]:
    lines = [
        json.dumps({"template": name, "resource": resource, "document": json.dumps(document)})
        for name, template in templates.items()
        for resource, document in policies(name, template)
    ]
    # its own dependencies warn when they are imported
    words = ("-W", "ignore", str(_INSIDE / "scan_with_parliament.py"))
    yield from _lines(PARLIAMENT, _run("python", *words, given="\n".join(lines)))


def _lines(scanner: str, output: str) -> Iterator[Finding]:
    for line in output.splitlines():
        yield Finding(scanner, **json.loads(line))


def _run(program: str, *words: str, given: str = "") -> str:
    """A program of the scanners' environment; returns what it prints."""
    folder = _ENVIRONMENT / "bin"
    if not shutil.which(program, path=str(folder)):
        raise MraaError(f"{folder / program} is missing.", f"Remove {_ENVIRONMENT}, and run `make audit-templates`.")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment["PATH"] = f"{folder}{os.pathsep}{environment.get('PATH', '')}"
    done = subprocess.run(
        [folder / program, *words], input=given, capture_output=True, text=True, env=environment, timeout=_TIMEOUT_S
    )
    if done.returncode:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:] or ["it printed nothing"]
        raise MraaError(f"{program} failed with exit code {done.returncode}: {last[0]}", "Run it by hand.")
    return done.stdout


SCANNERS = (
    Scanner(CFN_LINT, "templates: errors, warnings and informational messages, for both Regions", _cfn_lint),
    Scanner(CLOUDFORMATION_VALIDATE, "templates: its own rules and CloudFormation's schemas", _cloudformation_validate),
    Scanner(CHECKOV, "templates: all rules for CloudFormation", _checkov),
    Scanner(CDK_NAG, "templates: the pack AwsSolutions", _cdk_nag),
    Scanner(PARLIAMENT, "IAM policies with their functions resolved, also its community's rules", _parliament),
)
