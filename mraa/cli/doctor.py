"""`mraa doctor`: what stands in a deployment's way, before anything is touched."""

import dataclasses
from typing import Any

import click

from mraa import names
from mraa.aws import Aws, Clock
from mraa.cli.options import deployment_options, make_ui, output_options, read_settings
from mraa.cli.ui import Ui
from mraa.errors import NotReadyError
from mraa.events import Event, Progress
from mraa.stacks import doctor
from mraa.stacks.models import Finding, Grade

_PROGRESS = {Grade.GOOD: Progress.DONE, Grade.NOTE: Progress.NOTE, Grade.WRONG: Progress.FAILED}


@click.command("doctor")
@deployment_options
@output_options
def command(**kwargs: Any) -> None:
    """Look at everything a deployment needs, touching nothing: credentials, clock, Regions, code, names, quotas.

    Each finding says how to mend it. Exit code 3 where something is in the way of `mraa deploy`.

    \b
    Example:  mraa doctor --secondary-region ap-northeast-1 --bucket-prefix my-bucket
              mraa doctor --json
    """
    ui, settings = make_ui(kwargs), read_settings(kwargs)
    settings.require("secondary_region", "bucket_prefix")
    found = []
    for finding in doctor.examine(Aws(settings.profile), Clock(), settings, names.web_stack(settings.stack_name)):
        _say(ui, finding)
        found.append(finding)
    wrong = [finding for finding in found if finding.grade is Grade.WRONG]
    ui.result({"isReady": not wrong, "findings": [dataclasses.asdict(finding) for finding in found]})
    if wrong:
        is_one = len(wrong) == 1
        raise NotReadyError(
            f"{len(wrong)} {'thing is' if is_one else 'things are'} in the way of a deployment.",
            f"Mend {'it' if is_one else 'them'} as said above, then run `mraa doctor` again.",
        )
    ui.say("\nNothing is in the way of a deployment.")


def _say(ui: Ui, finding: Finding) -> None:
    if ui.as_json:
        return  # all of them are in the result
    ui.event(Event(_PROGRESS[finding.grade], finding.subject, finding.text, finding.region))
    if finding.mend:
        ui.say(f"    -> {finding.mend}")
