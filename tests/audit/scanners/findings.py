"""What scanners find, what the templates explain, and what is left when both are compared."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from mraa import names

CHECKOV, CDK_NAG, PARLIAMENT = "checkov", "cdk-nag", "parliament"

# scanner -> its place in a resource's metadata, the list in there, and how the list calls a reason
_PLACES = {
    CHECKOV: ("checkov", "skip", "comment"),
    CDK_NAG: ("cdk_nag", "rules_to_suppress", "reason"),
    PARLIAMENT: ("parliament", "ignore", "reason"),
}
_SHORT = {names.MAIN_TEMPLATE: "main", names.REGIONAL_TEMPLATE: "regional", names.DEMO_UI_TEMPLATE: "sample web app"}


@dataclass(frozen=True, order=True)
class Finding:
    """A rule that a resource breaks; ``detail`` if the rule finds several things in a resource."""

    scanner: str
    rule: str
    template: str
    resource: str
    detail: str = ""
    message: str = field(default="", compare=False)

    def __str__(self) -> str:
        within = f" [{self.detail}]" if self.detail else ""
        where = f"{self.resource or 'the whole'} of the {_SHORT.get(self.template, self.template)} template"
        return f"{self.scanner} {self.rule}{within} in {where}" + (f": {self.message}" if self.message else "")


Explained = Mapping[Finding, str]  # -> the reason


def explained(template_name: str, template: Mapping[str, Any]) -> dict[Finding, str]:
    """What a template's metadata explains."""
    return {
        Finding(scanner, entry["id"], template_name, resource, detail): entry[reason]
        for resource, of in template["Resources"].items()
        for scanner, (place, entries, reason) in _PLACES.items()
        for entry in of.get("Metadata", {}).get(place, {}).get(entries, ())
        for detail in entry.get("findings", [""])
    }


def without_explanations(template: Mapping[str, Any]) -> dict[str, Any]:
    """The template as if it explained nothing: a scanner that honours explanations shows no finding behind them."""
    places = {place for place, _, _ in _PLACES.values()}
    resources = {name: dict(of) for name, of in template["Resources"].items()}
    for of in resources.values():
        kept = {name: content for name, content in of.pop("Metadata", {}).items() if name not in places}
        if kept:
            of["Metadata"] = kept
    return {**template, "Resources": resources}


def problems(found: Iterable[Finding], reasons: Explained) -> Iterator[str]:
    """Findings without a reason, and reasons that no finding requires."""
    findings = set(found)
    for finding in sorted(findings - reasons.keys()):
        yield f"{finding}. Fix it, or explain it as mraa/templates/explanations.py does."
    for finding in sorted(reasons.keys() - findings):
        yield f"{finding} is explained, but not found. Remove the explanation."
