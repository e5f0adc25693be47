"""`mraa local`: the embedded local cloud."""

import os
import shlex
from collections.abc import Mapping
from typing import Any

import click

from mraa.cli.numbers import PORT, Number
from mraa.cli.options import F, make_ui, output_options
from mraa.cli.ui import Ui
from mraa.errors import MraaError, UsageError
from mraa.events import Event, Progress
from mraa_local import control, process, visitor
from mraa_local.process import DEFAULT_PORT, LocalCloud

_port = click.option("--port", type=PORT, help="Port, if several clouds are running.")


def port_option(function: F) -> F:
    """``--port`` and ``--json``: on every verb that asks a running cloud."""
    return _port(output_options(function))


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
@output_options
def start(port: int, detach: bool, no_auth: bool, persist: bool, **kwargs: Any) -> None:
    """Start the cloud and print its endpoint when it is ready.

    \b
    Example:  mraa local start --port 4777
    """
    ui = make_ui(kwargs)
    try:
        cloud = process.start(port, auth=not no_auth, persist=persist, detach=detach)
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
    number = port if port is not None else _the_only_port()
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
    ui, cloud = make_ui(kwargs), _running(port)
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
    texts = visitor.mails(_running(port))
    for text in (texts or ["No mail has been sent."]) if not ui.as_json else ():
        click.echo(text)
    ui.result({"mails": texts})


@command.group()
def fault() -> None:
    """Inject faults, and remove them.

    \b
    mraa local fault region us-east-1 down
    mraa local fault list
    """


@fault.command()
@click.argument("region")
@click.argument("state", type=click.Choice(["up", "down"]))
@click.option("--hang", is_flag=True, help="Take requests and do not answer them, instead of refusing.")
@port_option
def region(region: str, state: str, hang: bool, port: int | None, **kwargs: Any) -> None:
    """Take a Region down, or bring it back up with everything it stored.

    \b
    Example:  mraa local fault region us-east-1 down --hang
    """
    if hang and state != "down":
        raise UsageError("--hang goes with `down` only: a Region that is up answers.", "Leave it out.")
    _set(make_ui(kwargs), port, fault="region", region=region, state="hangs" if hang else state)


@fault.command(name="clock-skew", context_settings={"ignore_unknown_options": True})
@click.argument("region")
@click.argument("seconds", type=Number(-86_400.0, 86_400.0, "seconds"))
@port_option
def clock_skew(region: str, seconds: float, port: int | None, **kwargs: Any) -> None:
    """Let a Region's clock be ahead by SECONDS (behind, if negative; 0 ends it) where writes of an item are compared.

    \b
    Example:  mraa local fault clock-skew ap-northeast-1 -5
    """
    _set(make_ui(kwargs), port, fault="clock-skew", region=region, seconds=seconds)


@fault.command()
@click.argument("ms", type=Number(0, 60_000, "milliseconds"))
@port_option
def transaction(ms: int, port: int | None, **kwargs: Any) -> None:
    """Let transactions hold their items for MS milliseconds, so that concurrent ones conflict; 0 ends it.

    \b
    Example:  mraa local fault transaction 5
    """
    _set(make_ui(kwargs), port, fault="transaction", ms=ms)


@fault.command()
@click.argument("source", metavar="FROM")
@click.argument("destination", metavar="TO")
@click.argument("ms", type=Number(0, 3_600_000, "ms"))
@port_option
def lag(source: str, destination: str, ms: int, port: int | None, **kwargs: Any) -> None:
    """Delay replication of tables and objects in one direction by MS milliseconds.

    \b
    Example:  mraa local fault lag us-east-1 ap-northeast-1 5000
    """
    _set(make_ui(kwargs), port, fault="lag", **{"from": source, "to": destination}, ms=ms)


@fault.command()
@click.argument("source", metavar="FROM")
@click.argument("destination", metavar="TO")
@port_option
def cut(source: str, destination: str, port: int | None, **kwargs: Any) -> None:
    """Stop replication in one direction; what is written meanwhile is queued.

    \b
    Example:  mraa local fault cut us-east-1 ap-northeast-1
    """
    _set(make_ui(kwargs), port, fault="cut", **{"from": source, "to": destination})


@fault.command()
@click.argument("source", metavar="FROM")
@click.argument("destination", metavar="TO")
@port_option
def heal(source: str, destination: str, port: int | None, **kwargs: Any) -> None:
    """End a cut; what was queued is replicated.

    \b
    Example:  mraa local fault heal us-east-1 ap-northeast-1
    """
    _set(make_ui(kwargs), port, fault="heal", **{"from": source, "to": destination})


@fault.command()
@click.argument("region")
@click.argument("logical_id")
@click.argument("state", type=click.Choice(["fails", "sticks", "works"]))
@port_option
def resource(region: str, logical_id: str, state: str, port: int | None, **kwargs: Any) -> None:
    """Make a resource of the stacks in a Region fail when it is created or updated, stick when it is deleted, or work
    again.

    \b
    Example:  mraa local fault resource ap-northeast-1 PhotosFunction fails
    """
    _set(make_ui(kwargs), port, fault="resource", region=region, logicalId=logical_id, state=state)


@fault.command()
@click.argument("service")
@click.argument("rate", type=Number(0.0, 1.0))
@port_option
def throttle(service: str, rate: float, port: int | None, **kwargs: Any) -> None:
    """Throttle a service: refuse the share RATE (0 to 1) of its requests; 0 ends it.

    \b
    Example:  mraa local fault throttle dynamodb 0.25
    """
    _set(make_ui(kwargs), port, fault="throttle", service=service, rate=rate)


@fault.command(name="list")
@port_option
def list_faults(port: int | None, **kwargs: Any) -> None:
    """List the faults that are set, and the state of replication.

    \b
    Example:  mraa local fault list
    """
    _print_faults(make_ui(kwargs), control.faults(_fault_url(port)))


def without_proxy(environment: Mapping[str, str]) -> dict[str, str]:
    """``NO_PROXY`` with this machine added, in both spellings: a proxy cannot reach a cloud on the loopback address."""
    given = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    hosts = [host.strip() for host in given.split(",") if host.strip()]
    value = ",".join([*hosts, *(host for host in ("127.0.0.1", "localhost") if host not in hosts)])
    # programs differ in which one they read, and which one wins
    return {"NO_PROXY": value, "no_proxy": value}


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


def _running(port: int | None) -> LocalCloud:
    number = port if port is not None else _the_only_port()
    cloud = process.find(number) if number is not None else None
    if cloud is None:
        where = "" if port is None else f" on port {port}"
        option = "" if port is None else f" --port {port}"
        raise UsageError(f"No local cloud is running{where}.", f"mraa local start{option}")
    return cloud


def _the_only_port() -> int | None:
    """The default port if a cloud is running there, or the only port with a cloud."""
    ports = [cloud.port for cloud in process.running()]
    if len(ports) > 1 and DEFAULT_PORT not in ports:
        raise UsageError(f"Several local clouds are running: ports {', '.join(map(str, ports))}.", "Give --port.")
    return DEFAULT_PORT if DEFAULT_PORT in ports else ports[0] if ports else None


def _fault_url(port: int | None) -> str:
    """Of the cloud on the port, or of the one that this shell points to, or of the only one."""
    return (port is None and os.environ.get("MRAA_FAULT_URL")) or _running(port).environment["MRAA_FAULT_URL"]


def _set(ui: Ui, port: int | None, **request: Any) -> None:
    _print_faults(ui, control.set_fault(_fault_url(port), **request))


def _print_faults(ui: Ui, faults: dict[str, Any]) -> None:
    ui.result(faults)
    for name in faults["down"]:
        ui.say(f"{name}  down{', hangs' if name in faults['hanging'] else ''}")
    for name, seconds in faults["clockSkew"].items():
        ui.say(f"{name}  clock off by {seconds:+g} s")
    if faults["transactionMs"]:
        ui.say(f"transactions take {faults['transactionMs']} ms")
    for service, rate in faults["throttle"].items():
        ui.say(f"{service}  throttled: {rate:.0%} of requests refused")
    for resource in faults["failing"]:
        ui.say(f"{resource['region']}  {resource['logicalId']} {resource['state']}")
    if not (faults["down"] or faults["throttle"] or faults["failing"]):
        ui.say("No Region is down, nothing is throttled.")
    replication = faults["replication"]
    ui.say(f"replication lag {replication['defaultLagMs']} ms")
    for way in replication["directions"]:
        cut_off = ", cut" if way["cut"] else ""
        waiting = way["pending"]
        ui.say(
            f"{way['from']} -> {way['to']}  lag {way['lagMs']} ms{cut_off}, "
            f"not yet replicated: {waiting['items']} items, {waiting['objects']} objects"
        )
