"""The command table. A verb's module is imported when the verb is run: `mraa --help` stays fast."""

import contextlib
import importlib
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from mraa import __version__
from mraa.cli import completion, json_lines, local_errors, streams
from mraa.cli.plain import plain_line
from mraa.errors import MraaError
from mraa.interrupts import signals_as_interrupts

# verb -> (module, help for the table). The module's click command is named ``command``.
VERBS: dict[str, tuple[str, str]] = {
    "init": ("mraa.cli.init", "Write mraa.toml by asking."),
    "render": ("mraa.cli.render", "Write the three CloudFormation templates."),
    "build": ("mraa.cli.build", "Build a release: templates, function zips, console."),
    "publish": ("mraa.cli.publish", "Upload a built release to one bucket per Region."),
    "doctor": ("mraa.cli.doctor", "Run preflight checks."),
    "deploy": ("mraa.cli.deploy", "Create or update the main stack and both Regions."),
    "webapp": ("mraa.cli.webapp", "Deploy or delete the sample web app."),
    "app": ("mraa.cli.app", "Begin, check, deploy or delete an application of your own."),
    "launch-url": ("mraa.cli.launch_url", "Print quick-create links for the CloudFormation console."),
    "outputs": ("mraa.cli.outputs", "Print the stacks' outputs."),
    "open": ("mraa.cli.open", "Open the sample web app in the browser."),
    "drift": ("mraa.cli.drift", "Detect drift in all stacks and Regions."),
    "status": ("mraa.cli.status", "Show both Regions side by side."),
    "fence": ("mraa.cli.fence", "Stop all writes in both Regions."),
    "unfence": ("mraa.cli.unfence", "Restore the state before the fence."),
    "failover": ("mraa.cli.failover", "Make the secondary Region writable."),
    "failback": ("mraa.cli.failback", "Make the primary Region writable again."),
    "drill": ("mraa.cli.drill", "Fail over and back under load, and judge the result."),
    "reconcile": ("mraa.cli.reconcile", "Compare both Regions; copy what is missing in one."),
    "history": ("mraa.cli.history", "Show who changed the state, when and why."),
    "logs": ("mraa.cli.logs", "Show what functions and APIs logged in both Regions."),
    "destroy": ("mraa.cli.destroy", "Delete the stacks, with --delete-data the data too."),
    "local": ("mraa.cli.local", "Run the embedded local cloud."),
    "demo": ("mraa.cli.demo", "Build, deploy and fail over on the local cloud."),
}


class LazyGroup(click.Group):
    """A group that lists its verbs with their one-line help without importing them."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        json_lines.begin(ctx, args)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            with local_errors.translated():
                value = super().invoke(ctx)
        except BaseException as error:
            json_lines.end(ctx, error)
            raise
        json_lines.end(ctx, None)
        return value

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        command: click.Command = importlib.import_module(VERBS[cmd_name][0]).command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            name, command, rest = super().resolve_command(ctx, args)
        except click.exceptions.NoSuchCommand as error:
            # click looks for similar ones among commands that are loaded
            raise click.exceptions.NoSuchCommand(error.command_name, possibilities=VERBS, ctx=ctx) from error
        if command and not ctx.resilient_parsing:  # which is completion: it goes on whatever the verb takes
            _hand_on(ctx, command, rest)
        return name, command, rest

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(verb, text) for verb, (_, text) in VERBS.items()])


def _hand_on(ctx: click.Context, command: click.Command | None, arguments: list[str]) -> None:
    """Put what was given before the verb behind it: each verb says for itself whether it has such a flag."""
    given = ["--json"] if ctx.params["as_json"] else []
    if ctx.params["profile"] is not None:
        given += ["--profile", ctx.params["profile"]]
    at = 0
    while isinstance(command, click.Group) and at < len(arguments):
        command, at = command.get_command(ctx, arguments[at]), at + 1
    arguments[at:at] = given


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="mraa")
@click.option(
    "--profile", metavar="NAME", shell_complete=completion.profiles, help="AWS profile; the same as after the verb."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object per line; the same as after the verb.")
def cli(**_: Any) -> None:
    """Multi-Region Application Architecture: deploy it to two AWS Regions, operate it, test its failover.

    \b
    On a laptop, with no AWS account:  mraa demo
    On AWS:                            mraa build && mraa publish --create-buckets && mraa deploy
    """


def main(arguments: list[str] | None = None) -> Any:
    """Run the tool; every failure ends in one line, a hint, and an exit code."""
    output = streams.make_safe()
    try:
        _run(arguments, output)
    finally:
        if arguments is None:
            # what is left is waiting for threads: a further Ctrl-C ends that at once, without Python's traceback
            signal.signal(signal.SIGINT, signal.SIG_DFL)


def _run(arguments: list[str] | None, output: streams.Sink | None) -> None:
    try:
        with signals_as_interrupts(), _interrupts_not_lost():
            cli.main(args=arguments, prog_name="mraa", standalone_mode=False)
        sys.stdout.flush()
        if output and output.lost and not isinstance(output.lost, BrokenPipeError):
            _fail(f"Done, but not all of the output was written: {output.lost.strerror}", "Free some space for it.", 1)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(2)
    except click.ClickException as error:
        said = json_lines.error_document(error)
        _fail(said["message"], said["hint"], 2)
    except MraaError as error:
        _fail(error.message, error.hint, error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        click.echo("Interrupted.", err=True)
        sys.exit(130)
    except OSError as error:
        # a full disk, a folder that is not writable
        _fail(f"{error.filename}: {error.strerror}" if error.filename else str(error), "", 1)
    except Exception as error:  # noqa: BLE001 - the last resort: an operator gets a message instead of a traceback
        import traceback

        _fail(f"This is a bug in mraa: {type(error).__name__}: {error}", _saved(traceback.format_exc()), 1)


@contextlib.contextmanager
def _interrupts_not_lost() -> Iterator[None]:
    """Ctrl-C always ends the tool: Python drops it inside a callback of its own, so it is sent again."""
    previous = sys.unraisablehook

    def send_again(unraisable: Any) -> None:
        if unraisable.exc_type is KeyboardInterrupt:
            # later, outside the callback; sent to the main thread it also ends what that waits for
            main_thread = threading.main_thread().ident or 0
            threading.Timer(0.05, signal.pthread_kill, (main_thread, signal.SIGINT)).start()
        else:
            previous(unraisable)

    sys.unraisablehook = send_again
    try:
        yield
    finally:
        sys.unraisablehook = previous


def _fail(message: str, hint: str, exit_code: int) -> None:
    click.echo(f"Error: {plain_line(message)}", err=True)
    if hint:
        lines = "\n".join(map(plain_line, hint.split("\n")))
        click.echo(f"       {lines}", err=True)
    sys.exit(exit_code)


def _saved(details: str) -> str:
    """Write a bug's traceback to a file for the report; returns what to do with it."""
    import tempfile

    try:
        with tempfile.NamedTemporaryFile("w", prefix="mraa-bug-", suffix=".txt", delete=False) as file:
            file.write(details)
    except OSError:
        return f"Please report it:\n{details}"
    return f"Please report it with {Path(file.name)}; running the command again is safe."
