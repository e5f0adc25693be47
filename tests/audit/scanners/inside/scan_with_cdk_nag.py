"""cdk-nag's AwsSolutions pack over templates, in the scanners' own environment: files in, findings as JSON out."""

import json
import sys
import tempfile
from pathlib import Path

from aws_cdk import App, LegacyStackSynthesizer, Stack, Validations
from aws_cdk.cloudformation_include import CfnInclude
from cdk_nag import AwsSolutionsChecks

_PACK = "AwsSolutions"


def main(files: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        app = App(outdir=folder, analytics_reporting=False)
        for index, file in enumerate(files):
            stack = Stack(app, f"Stack{index}", synthesizer=LegacyStackSynthesizer())
            CfnInclude(stack, "Template", template_file=file)
        Validations.of(app).add_plugins(AwsSolutionsChecks(app))
        validation = Path(folder) / "validation-report.json"
        try:
            app.synth()
        except RuntimeError:  # also for what it finds
            if not validation.is_file():
                raise
        report = json.loads(validation.read_text(encoding="utf-8"))
    [pack] = [of for of in report["pluginReports"] if of["pluginName"] == _PACK]
    for violation in pack["violations"]:
        rule, _, detail = violation["ruleName"].removesuffix("]").partition("[")
        for construct in violation["violatingConstructs"]:
            stack_name, _, resource = construct["constructPath"].split("/")[:3]
            place = {"template": Path(files[int(stack_name.removeprefix("Stack"))]).name, "resource": resource}
            print(json.dumps(place | {"rule": rule, "detail": plain(detail), "message": violation["description"]}))


def plain(detail: str) -> str:
    """``Resource::<text>`` where cdk-nag shows ``Fn::Sub`` with values as JSON: ``Resource::["<text>", {...}]``."""
    kind, _, value = detail.partition("::")
    if value.startswith("["):
        detail = f"{kind}::{json.loads(value)[0]}"
    return detail.replace("${", "<").replace("}", ">")


if __name__ == "__main__":
    main(sys.argv[1:])
