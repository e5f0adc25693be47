"""docs/scanners.md: which scanners read the templates, what they found, and why each finding that is left may stay."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.audit.scanners.findings import Explained, Finding
from tests.audit.scanners.run import SCANNERS

NAME, COMMAND = "scanners", "make audit-templates"


@dataclass(frozen=True)
class Fixed:
    """A change of the templates because of ``count`` findings of a rule."""

    scanner: str
    rule: str
    count: int
    change: str


FIXED = (
    Fixed("checkov", "CKV_AWS_21", 1, "The bucket of the web app's access logs is versioned."),
    Fixed("cdk-nag", "AwsSolutions-SQS4", 1, "The queue of the state guard's failures denies requests without TLS."),
    Fixed("cloudformation-validate", "W1028", 60, "One condition decides whether a Region's alarms have a topic."),
)

# a policy's logical id ends with the hash of its content
_HASH = re.compile(r"[0-9a-f]{12}$")


def page(reasons: Explained, versions: Mapping[str, str]) -> str:
    """The tables: scanners, what was fixed, and each reason with the resources that it is for."""
    explained = Counter(finding.scanner for finding in reasons)
    scanners = [
        f"| {of.name} | {versions[of.name]} | {of.reads} | {_fixed(of.name)} | {explained[of.name]} |"
        for of in SCANNERS
    ]
    return "\n".join(
        [
            "| scanner | version | reads | findings fixed | findings explained |",
            "|---|---|---|---|---|",
            *scanners,
            "",
            "## Fixed",
            "",
            "| rule | change |",
            "|---|---|",
            *(f"| {of.scanner} {of.rule} | {of.change} |" for of in FIXED),
            "",
            "## Explained",
            "",
            "| rules | reason | resources |",
            "|---|---|---|",
            *_rows([finding for finding in reasons if not finding.detail], reasons),
            "",
            "## Explained: policies",
            "",
            "| rules | reason | in | what |",
            "|---|---|---|---|",
            *_detailed_rows([finding for finding in reasons if finding.detail], reasons),
        ]
    )


def _fixed(scanner: str) -> int:
    return sum(of.count for of in FIXED if of.scanner == scanner)


def _rows(findings: Sequence[Finding], reasons: Explained) -> list[str]:
    """One row a reason."""
    by_reason = defaultdict(list)
    for finding in findings:
        by_reason[reasons[finding]].append(finding)
    return sorted(
        f"| {_rules(of)} | {reason} | {', '.join(sorted({_resource(finding) for finding in of}))} |"
        for reason, of in by_reason.items()
    )


def _detailed_rows(findings: Sequence[Finding], reasons: Explained) -> list[str]:
    """One row a reason and resource."""
    by_resource = defaultdict(list)
    for finding in findings:
        by_resource[reasons[finding], _resource(finding)].append(finding)
    return sorted(
        f"| {_rules(of)} | {reason} | {resource} | {'<br>'.join(sorted({_code(finding.detail) for finding in of}))} |"
        for (reason, resource), of in by_resource.items()
    )


def _rules(findings: Sequence[Finding]) -> str:
    return ", ".join(sorted({f"{finding.scanner} {finding.rule}" for finding in findings}))


def _resource(finding: Finding) -> str:
    return _HASH.sub("", finding.resource)


def _code(detail: str) -> str:
    return f"`{detail.removeprefix('Resource::').removeprefix('Policy::')}`"
