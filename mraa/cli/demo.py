"""`mraa demo`: the whole system on this machine, with the same commands that a user types.

Each phase is one of the tool's own commands. They run in a folder of their own with its own ``mraa.toml``, so that no
other settings are changed and the commands to try next need no flags.
"""

import contextlib
import os
import shlex
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import click
from rich.text import Text

from mraa.application_settings import read_applications
from mraa.aws import Aws
from mraa.cli import own_tool
from mraa.cli.demo_folder import DemoFolder
from mraa.cli.demo_phases import Phases
from mraa.cli.main import cli
from mraa.cli.numbers import PORT
from mraa.cli.open import web_app_url
from mraa.cli.rehearsal import Rehearsal
from mraa.cli.running_cloud import without_proxy
from mraa.cli.ui import Ui
from mraa.errors import MraaError
from mraa.recovery.models import RegionInfo
from mraa.recovery.regions.parameter import find_region_info
from mraa.release import origin
from mraa.sample import gallery
from mraa.settings import NAMES, Settings, load, variable
from mraa.settings_file import FILE_NAME
from mraa_local import process, visitor
from mraa_local.errors import RefusedError
from mraa_local.process import LocalCloud

SETTINGS = Settings(secondary_region="ap-northeast-1", bucket_prefix="mraa-demo", solution_version="demo")
ADMIN = "demo"
_CLOUD = "mraa local start"
_PHOTOS = "sample photos"
_REHEARSAL = "rehearsal"
_DRILL = "mraa drill"


@click.command("demo")
@click.option("--exit", "ends", is_flag=True, help="Exit after the rehearsal instead of staying up.")
@click.option("-v", "--verbose", "is_verbose", is_flag=True, help="Show every line of every command.")
@click.option(
    "--port",
    type=PORT,
    help=f"Port of the local cloud.  [default: {process.DEFAULT_PORT}; with --exit a free one]",
)
@click.option(
    "--application",
    "project",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of a mraa.toml whose applications are deployed beside the sample.",
)
def command(ends: bool, is_verbose: bool, port: int | None, project: Path | None) -> None:
    """Run everything on this machine: local cloud, release, two Regions, web app, failover and failback.

    Requires no AWS account. Runs until Ctrl-C and prints what to try next. Shows its phases; reports of drills and
    failovers that you run meanwhile are kept.

    \b
    Example:  mraa demo
              mraa demo --exit
              mraa demo --application examples/orders
    """
    own_tool.require()
    begun, ui, here = time.time(), Ui(), Path.cwd()
    place = (origin.find_checkout(here) or here) / ".mraa"
    applications = list(read_applications(project / FILE_NAME)) if project else []
    phases = Phases(ui, _phases(applications), is_verbose=is_verbose)
    _say_what_it_does(ui)
    kept: list[Path] = []
    with _end_said(ui, place, begun, kept), contextlib.ExitStack() as stack:
        with phases.shown():
            with phases.phase(_CLOUD):
                cloud = stack.enter_context(_started_cloud(port or (None if ends else process.DEFAULT_PORT)))
            folder = DemoFolder(place, cloud.port, kept)
            stack.enter_context(folder.entered(project, phases.lines))
            _run(phases, applications, place / "drill")
            url = web_app_url(Aws(), SETTINGS)
            visitor.require_page(url)
        ui.heading(f"Everything works ({time.time() - begun:.0f} s). {phases.last_line(_DRILL)}".rstrip())
        if not ends:
            _say_what_next(ui, cloud, url)
            _stay_up(ui, cloud)


def _phases(applications: list[str]) -> Mapping[str, str]:
    """What runs, in this order, and what it does."""
    return {
        _CLOUD: f"a local cloud with two Regions, {SETTINGS.primary_region} and {SETTINGS.secondary_region}",
        "mraa build": "a release: templates, functions, web app",
        "mraa publish": "its files to a bucket in each Region",
        "mraa deploy": "the main stack and, through its stack set, both Regions",
        "mraa webapp deploy": "the sample web app, with sign-in",
        **{f"mraa app deploy {name}": "an application of one's own beside it" for name in applications},
        _PHOTOS: "a gallery to look at",
        "mraa status": "both Regions side by side",
        _REHEARSAL: "what is written in one Region is read in both",
        _DRILL: "fail over and back under load, and account for every write",
    }


def _run(phases: Phases, applications: list[str], drill: Path) -> None:
    """Every phase but the first. The drill's page is beside the demo's own folder, so that it can be opened later."""
    release = str(Path.cwd() / "release")
    admin = ("--admin-name", ADMIN, "--admin-email", f"{ADMIN}@example.com")
    _verb(phases, "mraa build", "--output", release)
    _verb(phases, "mraa publish", "--from", release, "--create-buckets", "--yes")
    _verb(phases, "mraa deploy", "--yes")
    _verb(phases, "mraa webapp deploy", *admin, "--yes")
    for name in applications:
        _verb(phases, f"mraa app deploy {name}", "--yes")
    aws, settings = Aws(), load({}, Path.cwd() / FILE_NAME)
    primary, secondary = (_region_info(aws, region, settings) for region in settings.regions)
    with phases.phase(_PHOTOS):
        gallery.fill(aws, primary, Ui().event)
    _verb(phases, "mraa status")
    with phases.phase(_REHEARSAL):
        Rehearsal(aws, primary, secondary, Ui().event).run()
    _verb(phases, _DRILL, "--phase", "1", "--output", str(drill), "--yes")


def _verb(phases: Phases, name: str, *more: str) -> None:
    """Run one of the tool's verbs as if it had been typed; its errors are the demo's."""
    with phases.phase(name):
        cli.main(args=[*name.split()[1:], *more], standalone_mode=False)


def _region_info(aws: Aws, region: str, settings: Settings) -> RegionInfo:
    """What a Region's parameter says of its deployment."""
    if found := find_region_info(aws, region, settings):
        return found
    raise MraaError(f"{region} has no parameter of the deployed stacks.", "Run `mraa demo` again: it starts anew.")


@contextlib.contextmanager
def _started_cloud(port: int | None) -> Iterator[LocalCloud]:
    """A local cloud while the demo runs, with this process's AWS settings pointing to it."""
    cloud = process.start(port)
    try:
        for name in (*cloud.unset, *(variable(name) for name in NAMES)):
            os.environ.pop(name, None)
        os.environ.update(cloud.environment | without_proxy(os.environ))
        os.environ.update({variable(name): value for name in NAMES if (value := getattr(SETTINGS, name))})
        yield cloud
    finally:
        process.stop(cloud.port)


def _say_what_it_does(ui: Ui) -> None:
    ui.say("The whole system on this machine: two Regions, deployed, failed over and back. No AWS account is used.")
    if _is_built():
        ui.say("It takes about half a minute. Ctrl-C ends it at any time.")
    else:
        ui.say("It takes a minute or two, as the web app's packages are installed and it is built; the next time about")
        ui.say("half a minute. Ctrl-C ends it at any time.")
    ui.say()


def _is_built() -> bool:
    return origin.has_built_webapp(origin.find_sources(Path.cwd()))


@contextlib.contextmanager
def _end_said(ui: Ui, place: Path, begun: float, kept: list[Path]) -> Iterator[None]:
    """Say what is kept, and how to go on if the demo ended early."""
    is_early = True
    try:
        yield
        is_early = False
    except RefusedError:  # nothing was started
        is_early = False
        raise
    finally:
        page = place / "drill" / "drill.html"
        reports = [page] if page.is_file() and page.stat().st_mtime >= begun else []
        if is_early:
            ui.say("\nThe demo ended early. The local cloud is stopped, with all that was in it.")
        for path in (*reports, *kept):
            ui.say(f"Kept:  {path}")
        if is_early:
            built = ", and the built web app is used again" if _is_built() else ""
            ui.say(f"To go on, run it again: it starts anew{built}.")


def _say_what_next(ui: Ui, cloud: LocalCloud, url: str) -> None:
    """How to sign in, and three things to try."""
    # a link for terminals that know them
    ui.console.print(Text.assemble("Web app   ", (url, f"link {url}")))
    ui.say(f"Sign in   {ADMIN}, temporary password {visitor.temporary_password(cloud, ADMIN)}")
    ui.heading("Three things to try, in another terminal")
    ui.say("Once:")
    ui.say(f"  cd {shlex.quote(str(Path.cwd()))}")
    ui.say(f'  export PATH={shlex.quote(str(Path(sys.executable).parent))}:"$PATH"')
    ui.say(f'  eval "$(mraa local env --port {cloud.port})"')
    ui.say("1. Sign in to the web app and post a photo:")
    ui.say("  mraa open")
    ui.say("2. Lose a Region while you look at it, fail over, and bring it back:")
    ui.say(f"  mraa local fault region {SETTINGS.primary_region} down")
    ui.say("  mraa failover --unplanned")
    ui.say(f"  mraa local fault region {SETTINGS.primary_region} up")
    ui.say("  mraa failback")
    ui.say("3. All of that in one command, measured and verified, with a report:")
    ui.say("  mraa drill --unplanned")


def _stay_up(ui: Ui, cloud: LocalCloud) -> None:
    """Wait for Ctrl-C, or until the cloud ends by itself."""
    try:
        ui.say()
        ui.say("Running until Ctrl-C.")
        process.wait(cloud.port)
    except KeyboardInterrupt:
        ui.say("Stopping; the local cloud's state is deleted.")
        return
    raise MraaError("The local cloud has stopped.", f"Its log: {cloud.log}")
