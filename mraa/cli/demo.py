"""`mraa demo`: the whole system on this machine, with the same commands that a user types.

Each phase is one of the tool's own commands, shown before it runs. They run in a folder of their own with its own
``mraa.toml``, so that no other settings are changed and the commands to try next need no flags.
"""

import contextlib
import os
import shlex
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import click

from mraa import names
from mraa.aws import Aws
from mraa.cli.local import without_proxy
from mraa.cli.main import cli
from mraa.cli.numbers import PORT
from mraa.cli.rehearsal import Rehearsal
from mraa.cli.ui import Ui
from mraa.errors import MraaError
from mraa.recovery.regions.parameter import find_region_info
from mraa.release.build import find_checkout
from mraa.settings import NAMES, Settings, load, variable
from mraa.stacks.describe import find_stack
from mraa_local import process, visitor
from mraa_local.process import LocalCloud

SETTINGS = Settings(secondary_region="ap-northeast-1", bucket_prefix="mraa-demo", solution_version="demo")
ADMIN = "demo"


@click.command("demo")
@click.option("--exit", "ends", is_flag=True, help="Exit after the rehearsal instead of staying up.")
@click.option(
    "--port",
    type=PORT,
    help=f"Port of the local cloud.  [default: {process.DEFAULT_PORT}; with --exit a free one]",
)
def command(ends: bool, port: int | None) -> None:
    """Run everything on this machine: local cloud, release, two Regions, web app, failover and failback.

    Requires a checkout of the repository, but no AWS account. Runs until Ctrl-C and prints what to try next.

    \b
    Example:  mraa demo
              mraa demo --exit
    """
    begun = time.monotonic()
    ui = Ui()
    checkout = find_checkout(Path.cwd())
    with started_cloud(port or (None if ends else process.DEFAULT_PORT)) as cloud, work_folder(checkout, cloud):
        ui.say(
            f"Local cloud at {cloud.endpoint}: two Regions, {SETTINGS.primary_region} and {SETTINGS.secondary_region}."
        )
        release = str(Path.cwd() / "release")
        verb(ui, "build", "--output", release)
        verb(ui, "publish", "--from", release, "--create-buckets", "--yes")
        verb(ui, "deploy", "--yes")
        verb(ui, "webapp", "deploy", "--admin-name", ADMIN, "--admin-email", f"{ADMIN}@example.com", "--yes")
        verb(ui, "status")
        rehearse(ui, checkout / ".mraa" / "drill")
        url = site_url()
        visitor.require_page(url)
        ui.heading(f"Everything works ({time.monotonic() - begun:.0f} s).")
        ui.say(f"Web app   {url}")
        ui.say(f"Sign in   {ADMIN}, temporary password {visitor.temporary_password(cloud, ADMIN)}")
        if not ends:
            say_what_next(ui, cloud)
            stay_up(ui, cloud)


def verb(ui: Ui, *words: str) -> None:
    """Run one of the tool's verbs as if it had been typed; its errors are the demo's."""
    ui.heading(f"$ mraa {shlex.join(words)}")
    cli.main(args=list(words), standalone_mode=False)


def rehearse(ui: Ui, output: Path) -> None:
    """Check that text and objects replicate, then fail over and back under load and verify every write.

    The drill's page is kept in ``output``, beside the demo's own folder, so that it can be opened afterwards.
    """
    settings, aws = load({}, Path.cwd()), Aws()
    primary, secondary = (find_region_info(aws, region, settings) for region in settings.regions)
    if primary is None or secondary is None:
        raise MraaError(
            "The parameter of the deployed stacks does not exist in both Regions.",
            "Run `mraa demo` again: it starts anew.",
        )
    ui.heading("Rehearsal: what is written in one Region is read in both")
    Rehearsal(aws, primary, secondary, ui.event).run()
    verb(ui, "drill", "--phase", "1.5", "--output", str(output), "--yes")


@contextlib.contextmanager
def started_cloud(port: int | None) -> Iterator[LocalCloud]:
    """A local cloud while the demo runs, with this process's AWS settings pointing to it."""
    cloud = process.start(port)
    try:
        for name in (*cloud.unset, *(variable(name) for name in NAMES)):
            os.environ.pop(name, None)
        os.environ.update(cloud.environment | without_proxy(os.environ))
        yield cloud
    finally:
        process.stop(cloud.port)


@contextlib.contextmanager
def work_folder(checkout: Path, cloud: LocalCloud) -> Iterator[None]:
    """A folder in the checkout (`build` must find that), the current one while the demo runs, removed at its end."""
    parent = checkout / ".mraa"
    for leftover in parent.glob("demo-*"):  # of a demo that was killed
        if process.find(int(leftover.name.removeprefix("demo-"))) is None:
            shutil.rmtree(leftover, ignore_errors=True)
    folder = parent / f"demo-{cloud.port}"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "mraa.toml").write_text("", encoding="utf-8")
    for name in NAMES:
        if value := getattr(SETTINGS, name):
            os.environ[variable(name)] = value
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
        shutil.rmtree(folder, ignore_errors=True)


def say_what_next(ui: Ui, cloud: LocalCloud) -> None:
    """Three commands to try next, and how to prepare a terminal for them."""
    ui.say()
    ui.say("In another terminal, once:")
    ui.say(f"  cd {shlex.quote(str(Path.cwd()))}")
    ui.say(f'  export PATH={shlex.quote(str(Path(sys.executable).parent))}:"$PATH"')
    ui.say(f'  eval "$(mraa local env --port {cloud.port})"')
    ui.say("and then lose a Region:")
    ui.say("  mraa status")
    ui.say(f"  mraa local fault region {SETTINGS.primary_region} down --port {cloud.port}")
    ui.say("  mraa failover --unplanned")
    ui.say("or all of this in one command, measured and verified: mraa drill --unplanned")


def site_url() -> str:
    """The web app's URL, from its stack."""
    aws = Aws()
    stack = find_stack(aws, SETTINGS.primary_region, names.web_stack(SETTINGS.stack_name))
    if stack is None:
        raise MraaError("The web app's stack does not exist.", "Run `mraa demo` again: it starts anew.")
    return aws.site_url(stack.outputs["ConsoleUrl"])


def stay_up(ui: Ui, cloud: LocalCloud) -> None:
    """Wait for Ctrl-C, or until the cloud ends by itself."""
    try:
        ui.say()
        ui.say("Running until Ctrl-C.")
        process.wait(cloud.port)
    except KeyboardInterrupt:
        ui.say("Stopping; the local cloud's state is deleted.")
        return
    raise MraaError("The local cloud has stopped.", f"Its log: {cloud.log}")
