"""The orders' templates as they are launched, and the files that they must equal: ``make templates`` writes them."""

import json
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.unit.application_project import make_project, packaged

GOLDEN = Path(__file__).parents[1] / "resources" / "golden"


def rendered() -> Mapping[str, str]:
    """The launched template and that of the stack instances, by a name without hash."""
    with tempfile.TemporaryDirectory() as folder:
        files = packaged(make_project(Path(folder)))
    return {
        re.sub("-[0-9a-f]{12}", "", name): content.decode()
        for name, content in files.items()
        if name == "application-orders.template" or "-instance-" in name
    }


def main() -> None:
    """Write the golden files."""
    for name, text in rendered().items():
        (GOLDEN / name).write_text(json.dumps(json.loads(text), indent=2, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
