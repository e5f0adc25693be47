"""cloudformation-validate over templates, in the scanners' own environment: files in, findings as JSON out.

Findings from a warning up: its notes below that list properties of every resource (which are create-only, which tags).
"""

import json
import sys
from pathlib import Path

from cloudformation_validate import CompositeEngine, Severity, ValidateConfig


def main(files: list[str]) -> None:
    engine = CompositeEngine()
    for file in files:
        for found in engine.validate_template(file, ValidateConfig(severity_level=Severity.WARN)).diagnostics:
            resource = found.entity.logical_id if found.entity else ""
            finding = {"resource": resource, "rule": found.rule_id, "detail": found.property_path or ""}
            print(json.dumps({"template": Path(file).name, "message": found.message, **finding}))


if __name__ == "__main__":
    main(sys.argv[1:])
