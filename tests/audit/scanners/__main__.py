"""`make audit-templates`: exit code 1 for a finding without a reason, a reason without a finding, or an old page."""

import json
import sys
import tempfile
from pathlib import Path

from mraa.errors import MraaError
from tests.audit.scanners.findings import explained, problems, without_explanations
from tests.audit.scanners.page import COMMAND, NAME, page
from tests.audit.scanners.run import CHECKOUT, checkov_failures, scan, versions
from tests.generated import write_part
from tests.templates.conftest import THREE

TEMPLATES = CHECKOUT / "templates"
PAGE = CHECKOUT / "docs" / "scanners.md"


def main() -> int:
    """Scan the committed templates, compare with what they explain, and write the page."""
    templates = {name: json.loads((TEMPLATES / name).read_text(encoding="utf-8")) for name in THREE}
    reasons = {finding: reason for name, of in templates.items() for finding, reason in explained(name, of).items()}
    with tempfile.TemporaryDirectory() as folder:
        found = scan({name: without_explanations(of) for name, of in templates.items()}, Path(folder))
    left = [*problems(found, reasons), *(f"checkov does not accept: {one}" for one in checkov_failures(TEMPLATES))]
    if left:
        print(*left, f"{len(left)} problems of the templates.", sep="\n", file=sys.stderr)
        return 1
    before = PAGE.read_text(encoding="utf-8")
    write_part(PAGE, NAME, COMMAND, page(reasons, versions()))
    if PAGE.read_text(encoding="utf-8") != before:
        print(f"{PAGE.relative_to(CHECKOUT)} was not up to date and is written anew: commit it.", file=sys.stderr)
        return 1
    print(f"{len(found)} findings, each explained in its template.")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except MraaError as error:
        sys.exit(f"Error: {error}\n       {error.hint}")
