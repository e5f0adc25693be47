"""docs/images/architecture.svg, light and dark, from the rendered templates; `make docs` draws it.

What is in a box is looked up by its logical ids, and an arrow is drawn only where the templates have the reference
that it stands for: a resource that is renamed, or is no longer used by another, fails the drawing.
"""

import json
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from mraa import names
from tests.documentation.reference.templates import rendered
from tests.local.deploying import CHECKOUT

PICTURE = CHECKOUT / "docs" / "images" / "architecture.svg"
WIDTH, HEIGHT = 1180, 850
_LABEL = "The system: a main stack, a stack instance in each of two Regions, replicated tables and buckets between them"
_STYLE = """text{font:14px system-ui,Segoe UI,Helvetica,Arial,sans-serif;fill:#1b2733}.h{font-weight:600;font-size:16px}
.t{font-weight:600}.s{font-size:12px;fill:#44566b}.l{font-size:12px;fill:#30445a;paint-order:stroke;stroke:#fff;stroke-width:4px}
.bg{fill:#fff}.g{fill:#f4f8fc;stroke:#8aa4bf}.r{fill:#fff;stroke:#3d6fa5}.f{fill:#fff7ea;stroke:#c47f17}
.d{fill:#eef7f0;stroke:#3b8a57}.k{fill:#f3effb;stroke:#7a5bb5}.p{fill:#fff;stroke:#566b80;stroke-dasharray:4 3}
.a,.e,.c{fill:none;stroke:#44566b;stroke-width:1.5}.e{stroke:#3b8a57;stroke-width:2.5}.c{stroke:#c47f17}.m{fill:#44566b}
@media (prefers-color-scheme:dark){text{fill:#e6edf3}.s{fill:#a9b8c6}.l{fill:#c3d0dc;stroke:#0f1620}.bg{fill:#0f1620}
.g{fill:#151e2a;stroke:#4a6078}.r{fill:#101a26;stroke:#5d8fc5}.f{fill:#2a2213;stroke:#c98f35}.d{fill:#13251a;stroke:#4da06d}
.k{fill:#211b33;stroke:#9478cf}.p{fill:#0f1620;stroke:#8296aa}.a{stroke:#a9b8c6}.m{fill:#a9b8c6}}"""
_MARKS = (
    '<defs><marker id="m" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
    '<path class="m" d="M0,0 L8,4 L0,8 z"/></marker><marker id="n" viewBox="0 0 8 8" refX="1" refY="4" markerWidth="7" '
    'markerHeight="7" orient="auto"><path class="m" d="M8,0 L0,4 L8,8 z"/></marker></defs>'
)
# what is drawn of the templates, or is left out here: custom resources of a deployment, and logs
SHOWN_TYPES = ("ApiGateway::RestApi", "CloudFormation::StackSet", "CloudFront::Distribution", "CloudWatch::Dashboard",
    "Cognito::IdentityPool", "Cognito::UserPool", "DynamoDB::GlobalTable", "Lambda::Function", "S3::Bucket",
    "SQS::Queue", "SSM::Parameter")  # fmt: skip
LEFT_OUT = {"OutputConsolidatorFunction", "ReplicationConfigurerFunction", "ConsoleDeployerFunction",
    "SecondaryBucketFunction", "ObjectStoreLogsBucket", "WebLogsBucket"}  # fmt: skip
# parameters of the regional template by which it knows the main template's tables
_TABLES = {"AppConfigTable": "AppConfigTableName", "KeyValueStoreTable": "KeyValueStoreTableName"}


class NotInTemplatesError(Exception):
    """The picture would show what the templates do not have."""


@dataclass(frozen=True)
class Box:
    """A box of a Region at its place in the primary one, which is mirrored in the secondary."""

    kind: str
    x: int
    y: int
    title: str
    lines: tuple[str, ...]
    ids: tuple[str, ...]
    height: int = 62


@dataclass(frozen=True)
class Arrow:
    """From one resource to another, as a path in the primary Region, and its label's place."""

    source: str
    target: str
    path: str
    label: str = ""
    at: tuple[int, int] = (0, 0)
    kind: str = "a"


def resources() -> Mapping[str, Any]:
    """Every resource of the three templates by its logical id."""
    return {name: of for template in rendered().values() for name, of in template["Resources"].items()}


def boxes() -> tuple[Box, ...]:
    """A Region's, with what the templates say of them."""
    found, main = resources(), rendered()[names.MAIN_TEMPLATE]
    fences = main["Parameters"]["Fences"]["Default"]
    [state_path] = found["RoutingLayerApi"]["Properties"]["Body"]["paths"]
    is_versioned = found["ObjectStoreBucket"]["Properties"]["VersioningConfiguration"]["Status"] == "Enabled"
    return (
        Box("r", 60, 300, "Routing layer API", (f"GET {state_path}", "DynamoDB integration, no code"),
            ("RoutingLayerApi",)),
        Box("r", 300, 300, "Application API", ("sample: photos, comments", "IAM auth (SigV4)"), ("PhotosApi",)),
        Box("f", 60, 400, "State function", ("compare-and-set the record,", f"then raise {fences} fences"),
            ("AppStateUpdaterFunction",)),
        Box("f", 300, 400, "Application function", ("a write: fence check + put", "in one transaction"),
            ("PhotosFunction",)),
        Box("d", 60, 510, "app-config table", (f"state record, {fences} fences,", "history"), ("AppConfigTable",)),
        Box("d", 300, 510, "key-value store", ("records",), ("KeyValueStoreTable",)),
        Box("f", 60, 620, "State guard", ("puts a higher epoch back;", "an event, or its queue"),
            ("StateGuardFunction", "StateGuardFailures")),
        Box("d", 300, 620, "Object store", ("S3 bucket" + ", versioned" * is_versioned,), ("ObjectStoreBucket",)),
        Box("d", 60, 730, "SSM parameter", ("all an operator needs,", "readable in this Region alone"),
            ("RegionalParameter",)),
    )  # fmt: skip


ARROWS = (
    Arrow("RoutingLayerApi", "AppConfigTable", "M60,331 C40,370 40,490 66,509", "reads", (66, 386)),
    Arrow("PhotosApi", "PhotosFunction", "M400,362 L400,398"),
    Arrow("AppStateUpdaterFunction", "AppConfigTable", "M160,462 L160,508", "sets", (168, 489)),
    Arrow("PhotosFunction", "KeyValueStoreTable", "M400,462 L400,508", "puts", (408, 489)),
    Arrow("PhotosFunction", "AppConfigTable", "M300,445 C278,455 268,475 246,508", "checks", (277, 494), kind="c"),
    Arrow("StateGuardFunction", "AppConfigTable", "M160,620 L160,574", "watches", (168, 602)),
)
MAIN = ("StackSet", "AppConfigTable", "KeyValueStoreTable", "StackSetExecutionRole", "Dashboard")
SITE = ("Distribution", "ConsoleBucket", "UserPool", "IdentityPool")


def draw() -> str:
    """The picture."""
    for name in (*MAIN, *SITE):
        _require(name in resources(), f"no resource {name}")
    for arrow in ARROWS:
        _require(reaches(arrow.source, arrow.target), f"{arrow.source} does not refer to {arrow.target}")
    _require(
        reaches("StackSet", "StackSetExecutionRole") and reaches("Distribution", "ConsoleBucket"), "stack set, site"
    )
    return "\n".join(
        [*_frame(), *_region("Primary", "active"), *_region("Secondary", "failover"), *_between(), "</svg>", ""]
    )


def reaches(source: str, target: str) -> bool:
    """Whether a resource refers to another, itself or by the role that it acts under."""
    template = next(of for of in rendered().values() if source in of["Resources"])
    wanted = target if target in template["Resources"] else _TABLES.get(target, "")
    seen, left = {source}, [source]
    while left:
        for name in set(re.findall(r"[A-Za-z0-9]+", json.dumps(template["Resources"][left.pop()]))) - seen:
            if name == wanted:
                return True
            # a role, a policy of it, an integration: what the resource is made of, not what it calls
            if template["Resources"].get(name, {}).get("Type") in ("AWS::IAM::Role", "AWS::IAM::Policy"):
                seen.add(name)
                left.append(name)
    return False


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise NotInTemplatesError(f"{what}: change {__name__}")


def _frame() -> Iterator[str]:
    yield f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{_LABEL}">'
    yield f"<style>{_STYLE}</style>"
    yield _MARKS
    yield f'<rect class="bg" width="{WIDTH}" height="{HEIGHT}"/>'
    yield from _box("p", 40, 30, 250, 52, "Operator, administrator", ("console, AWS CLI, mraa",))
    yield from _box("p", 600, 30, 240, 52, "End user's browser", ("sample web app",))
    yield from _box("k", 596, 128, 248, 52, "CloudFront, Cognito", ("sample web app stack (primary Region)",))
    yield from _box("k", 40, 128, 420, 52, "Main stack", ("global tables, stack set, roles, dashboard",))


def _region(role: str, state: str) -> Iterator[str]:
    is_mirrored = role == "Secondary"
    left = 660 if is_mirrored else 40
    yield f'<rect class="g" x="{left}" y="256" width="480" height="560" rx="10"/>'
    yield f'<text class="h" x="{left + 16}" y="282">{role} Region</text>'
    yield f'<text class="s" x="{left + 464}" y="282" text-anchor="end">writes in state {state}</text>'
    for box in boxes():
        _require(all(name in resources() for name in box.ids), f"{box.ids} are not resources")
        x = WIDTH - box.x - 200 if is_mirrored else box.x
        yield from _box(box.kind, x, box.y, 200, box.height, box.title, box.lines)
    for arrow in ARROWS:
        path = re.sub(r"(\d+),", lambda x: f"{WIDTH - int(x[1])},", arrow.path) if is_mirrored else arrow.path
        yield f'<path class="{arrow.kind}" d="{path}" marker-end="url(#m)"/>'
        if arrow.label:
            x, anchor = (WIDTH - arrow.at[0], "end") if is_mirrored else (arrow.at[0], "start")
            yield _label(x, arrow.at[1], arrow.label, anchor)


def _between() -> Iterator[str]:
    for y, above, below in ((541, "global tables", "last writer wins"), (651, "S3 replication", "both ways")):
        yield f'<path class="e" d="M502,{y} L678,{y}" marker-end="url(#m)" marker-start="url(#n)"/>'
        yield _label(590, y - 11, above, "middle")
        yield _label(590, y + 18, below, "middle")
    for path in (
        "M165,82 L165,126", "M250,180 L250,254", "M462,154 C560,170 720,200 760,254", "M720,82 L720,126",
        "M640,82 C560,110 500,210 470,298", "M820,82 C930,120 920,240 900,298", "M60,82 C4,160 0,400 58,431",
    ):  # fmt: skip
        yield f'<path class="a" d="{path}" marker-end="url(#m)"/>'
    yield _label(172, 110, "launch, update", "start")
    yield _label(258, 232, "stack set: an instance in each Region", "start")
    yield _label(728, 110, "site, sign-in", "start")
    yield _label(600, 214, "asks for the state, then calls the writable Region", "start")
    yield _label(36, 222, "invoke: fence, switch", "start")


def _box(kind: str, x: int, y: int, width: int, height: int, title: str, lines: tuple[str, ...]) -> Iterator[str]:
    yield f'<rect class="{kind}" x="{x}" y="{y}" width="{width}" height="{height}" rx="6"/>'
    top = y + height / 2 - 8.5 * len(lines) + 5
    for number, (style, text) in enumerate([("t", title), *(("s", line) for line in lines)]):
        at = f'x="{x + width / 2:g}" y="{top + 17 * number:g}"'
        yield f'<text text-anchor="middle" class="{style}" {at}>{escape(text)}</text>'


def _label(x: int, y: int, text: str, anchor: str) -> str:
    return f'<text class="l" x="{x}" y="{y}" text-anchor="{anchor}">{escape(text)}</text>'


def main() -> int:
    """Draw it."""
    PICTURE.write_text(draw(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
