"""`mraa doctor`: preflight checks of a deployment."""

import itertools
from operator import attrgetter
from typing import Any

import click

from mraa.aws import Clock
from mraa.cli.options import deployment_options, make_ui, output_options, read_settings
from mraa.cli.session import make_aws
from mraa.cli.ui import Ui
from mraa.errors import NotReadyError
from mraa.events import Event, Progress
from mraa.stacks.models import Grade, PreflightFinding
from mraa.stacks.preflight.doctor import run_checks

_PROGRESS = {Grade.PASSED: Progress.DONE, Grade.NOTE: Progress.NOTE, Grade.FAILED: Progress.FAILED}


@click.command("doctor")
@deployment_options
@output_options
def command(**kwargs: Any) -> None:
    """Run preflight checks: credentials, clock, Regions, code, names, stack instances, quotas. Changes nothing.

    Each finding says how to fix it. Exit code 3 if anything blocks `mraa deploy`.

    \b
    Example:  mraa doctor --secondary-region ap-northeast-1 --bucket-prefix my-bucket
              mraa doctor --json
    """
    ui, settings = make_ui(kwargs), read_settings(kwargs)
    settings.require("secondary_region", "bucket_prefix")
    found: list[PreflightFinding] = []
    # a fix is said once for all that have the same
    for fix, findings in itertools.groupby(run_checks(make_aws(settings), Clock(), settings), attrgetter("fix")):
        for finding in findings:
            _show(ui, finding)
            found.append(finding)
        if fix:
            ui.say(f"    -> {fix}")
    failed = [finding for finding in found if finding.grade is Grade.FAILED]
    ui.result({"isReady": not failed, "findings": found})
    if failed:
        is_one = len(failed) == 1
        raise NotReadyError(
            f"{len(failed)} preflight {'check' if is_one else 'checks'} failed.",
            f"Fix {'it' if is_one else 'them'} as described above, then run `mraa doctor` again.",
        )
    ui.say("\nReady to deploy.")


def _show(ui: Ui, finding: PreflightFinding) -> None:
    if not ui.as_json:  # all of them are in the result
        ui.event(Event(_PROGRESS[finding.grade], finding.subject, finding.text, finding.region))
