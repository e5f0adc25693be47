"""`mraa local`: the embedded local cloud."""

import os
import shlex
from datetime import UTC, datetime
from typing import Any

import click

from mraa.cli import fault
from mraa.cli.numbers import PORT
from mraa.cli.options import make_ui, output_options
from mraa.cli.running_cloud import port_option, running_cloud, the_only_port, without_proxy
from mraa.cli.ui import Ui
from mraa.errors import MraaError
from mraa.events import Event, Progress
from mraa_local import listing, process, visitor
from mraa_local.process import DEFAULT_PORT, LocalCloud


@click.group()
def command() -> None:
    """Run the embedded local cloud: two Regions on this machine, no AWS account, no Docker.

    \b
    mraa local start --detach
    eval "$(mraa local env)"      points the AWS CLI and SDKs to it
    mraa local stop
    """


@command.command()
@click.option("--port", type=PORT, default=DEFAULT_PORT, show_default=True, help="Port to serve.")
@click.option("--detach", is_flag=True, help="Return when it is ready; stop it with `mraa local stop`.")
@click.option("--no-auth", is_flag=True, help="Accept any key, check no signature and no policy.")
@click.option("--persist", is_flag=True, help="Keep buckets, tables and stacks when it stops, for this port.")
@click.option(
    "--opt-in",
    metavar="REGION",
    multiple=True,
    help="Enable a Region that is disabled by default, such as ap-east-1. May be repeated.",
)
@click.option(
    "--allow",
    metavar="TYPE",
    multiple=True,
    help="Let a CloudFormation resource type in that nobody has looked at, such as AWS::ECS::Cluster. May be repeated.",
)
@output_options
def start(
    port: int,
    detach: bool,
    no_auth: bool,
    persist: bool,
    opt_in: tuple[str, ...],
    allow: tuple[str, ...],
    **kwargs: Any,
) -> None:
    """Start the cloud and print its endpoint when it is ready.

    \b
    Example:  mraa local start --port 4777
    """
    ui = make_ui(kwargs)
    try:
        cloud = process.start(port, auth=not no_auth, persist=persist, detach=detach, opted_in=opt_in, allowed=allow)
        _print_started(ui, cloud, how_to_stop=None if detach else "Ctrl-C")
        if detach:
            return
        code = process.wait(port)
    except KeyboardInterrupt:
        process.stop(port)
        ui.say("\nStopped.")
        return
    process.stop(port)  # it ended by itself: clean up
    if code:
        raise MraaError(f"The local cloud ended with exit code {code}.", f"Log: {cloud.log}")
    ui.say("Stopped.")


@command.command()
@port_option
def stop(port: int | None, **kwargs: Any) -> None:
    """Stop the cloud; without --persist its state is deleted.

    \b
    Example:  mraa local stop
    """
    ui = make_ui(kwargs)
    number = port if port is not None else the_only_port()
    is_stopped = number is not None and process.stop(number)
    ui.say(f"Stopped the local cloud on port {number}." if is_stopped else "No local cloud is running.")
    ui.result({"changed": is_stopped, "port": number})


@command.command()
@port_option
def env(port: int | None, **kwargs: Any) -> None:
    """Print environment variables that point the AWS CLI and SDKs to the cloud, for eval.

    \b
    Example:  eval "$(mraa local env)"
    """
    ui, cloud = make_ui(kwargs), running_cloud(port)
    environment = cloud.environment | without_proxy(os.environ)
    for name, value in environment.items() if not ui.as_json else ():
        click.echo(f"export {name}={shlex.quote(value)}")
    if not ui.as_json:
        click.echo(f"unset {' '.join(cloud.unset)}")
    ui.result({"environment": environment, "unset": list(cloud.unset)})


@command.command()
@port_option
def mail(port: int | None, **kwargs: Any) -> None:
    """Show the mails that the cloud would have sent: invitations with temporary passwords.

    \b
    Example:  mraa local mail
    """
    ui = make_ui(kwargs)
    texts = visitor.mails(running_cloud(port))
    for text in (texts or ["No mail has been sent."]) if not ui.as_json else ():
        click.echo(text)
    ui.result({"mails": texts})


@command.command("list")
@output_options
def list_clouds(**kwargs: Any) -> None:
    """List the clouds that run on this machine. What a killed one left is named, and removed but for its log.

    \b
    Example:  mraa local list
    """
    ui = make_ui(kwargs)
    clouds, stale = listing.clouds(), listing.remove_stale()
    if clouds:
        rows = [[str(of.cloud.port), str(of.cloud.pid), _time(of.since), str(of.cloud.folder)] for of in clouds]
        ui.table(["port", "process", "since", "folder"], rows)
    else:
        ui.say("No local cloud is running.")
    for folder in stale:
        ui.say(f"Removed what a killed local cloud left on port {folder.name}; its log is in {folder}.")
    documents = [
        {
            "port": of.cloud.port,
            "endpoint": of.cloud.endpoint,
            "processId": of.cloud.pid,
            "since": datetime.fromtimestamp(of.since, UTC).isoformat(timespec="seconds"),
            "folder": str(of.cloud.folder),
            "hasAuthentication": of.cloud.auth,
            "isPersistent": of.cloud.persist,
        }
        for of in clouds
    ]
    ui.result({"clouds": documents, "removed": [str(folder) for folder in stale]})


command.add_command(fault.command)


def _time(at: float) -> str:
    return datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _print_started(ui: Ui, cloud: LocalCloud, how_to_stop: str | None) -> None:
    keys = "authentication on" if cloud.auth else "ANY KEY IS ACCEPTED"
    state = "state is kept at stop" if cloud.persist else "state is deleted at stop"
    option = "" if cloud.port == DEFAULT_PORT else f" --port {cloud.port}"
    ui.say(f"Local cloud ready: {cloud.endpoint}  ({keys}; {state})")
    ui.say(f'  use it:   eval "$(mraa local env{option})"')
    ui.say(f"  stop it:  {how_to_stop or f'mraa local stop{option}'}")
    if ui.as_json and how_to_stop == "Ctrl-C":
        # the result comes when the verb ends, which is when the cloud does
        ui.event(Event(Progress.DONE, "local cloud", f"ready: {cloud.endpoint}"))
    ui.result(
        {"endpoint": cloud.endpoint, "port": cloud.port, "hasAuthentication": cloud.auth, "isPersistent": cloud.persist}
    )
