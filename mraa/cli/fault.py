"""`mraa local fault`: faults of the local cloud."""

import os
from typing import Any

import click

from mraa.cli import completion
from mraa.cli.numbers import Number
from mraa.cli.options import make_ui
from mraa.cli.running_cloud import port_option, running_cloud
from mraa.cli.ui import Ui
from mraa.errors import UsageError
from mraa_local import control


@click.group("fault")
def command() -> None:
    """Inject faults, and remove them.

    \b
    mraa local fault region us-east-1 down
    mraa local fault list
    """


@command.command()
@click.argument("region", shell_complete=completion.regions)
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


@command.command(name="clock-skew", context_settings={"ignore_unknown_options": True})
@click.argument("region", shell_complete=completion.regions)
@click.argument("seconds", type=Number(-86_400.0, 86_400.0, "seconds"))
@port_option
def clock_skew(region: str, seconds: float, port: int | None, **kwargs: Any) -> None:
    """Let a Region's clock be ahead by SECONDS (behind, if negative; 0 ends it) where writes of an item are compared.

    \b
    Example:  mraa local fault clock-skew ap-northeast-1 -5
    """
    _set(make_ui(kwargs), port, fault="clock-skew", region=region, seconds=seconds)


@command.command()
@click.argument("ms", type=Number(0, 60_000, "milliseconds"))
@port_option
def transaction(ms: int, port: int | None, **kwargs: Any) -> None:
    """Let transactions hold their items for MS milliseconds, so that concurrent ones conflict; 0 ends it.

    \b
    Example:  mraa local fault transaction 5
    """
    _set(make_ui(kwargs), port, fault="transaction", ms=ms)


@command.command(name="schedule-speed")
@click.argument("factor", type=Number(1.0, 120.0))
@port_option
def schedule_speed(factor: float, port: int | None, **kwargs: Any) -> None:
    """Let the clock that schedules go by run FACTOR times as fast, to wait seconds for `rate(1 minute)`; 1 ends it.

    \b
    Example:  mraa local fault schedule-speed 60
    """
    _set(make_ui(kwargs), port, fault="schedule-speed", factor=factor)


@command.command()
@click.argument("source", metavar="FROM", shell_complete=completion.regions)
@click.argument("destination", metavar="TO", shell_complete=completion.regions)
@click.argument("ms", type=Number(0, 3_600_000, "ms"))
@port_option
def lag(source: str, destination: str, ms: int, port: int | None, **kwargs: Any) -> None:
    """Delay replication of tables and objects in one direction by MS milliseconds.

    \b
    Example:  mraa local fault lag us-east-1 ap-northeast-1 5000
    """
    _set(make_ui(kwargs), port, fault="lag", **{"from": source, "to": destination}, ms=ms)


@command.command()
@click.argument("source", metavar="FROM", shell_complete=completion.regions)
@click.argument("destination", metavar="TO", shell_complete=completion.regions)
@port_option
def cut(source: str, destination: str, port: int | None, **kwargs: Any) -> None:
    """Stop replication in one direction; what is written meanwhile is queued.

    \b
    Example:  mraa local fault cut us-east-1 ap-northeast-1
    """
    _set(make_ui(kwargs), port, fault="cut", **{"from": source, "to": destination})


@command.command()
@click.argument("source", metavar="FROM", shell_complete=completion.regions)
@click.argument("destination", metavar="TO", shell_complete=completion.regions)
@port_option
def heal(source: str, destination: str, port: int | None, **kwargs: Any) -> None:
    """End a cut; what was queued is replicated.

    \b
    Example:  mraa local fault heal us-east-1 ap-northeast-1
    """
    _set(make_ui(kwargs), port, fault="heal", **{"from": source, "to": destination})


@command.command()
@click.argument("region", shell_complete=completion.regions)
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


@command.command()
@click.argument("service")
@click.argument("rate", type=Number(0.0, 1.0))
@port_option
def throttle(service: str, rate: float, port: int | None, **kwargs: Any) -> None:
    """Throttle a service: refuse the share RATE (0 to 1) of its requests; 0 ends it.

    \b
    Example:  mraa local fault throttle dynamodb 0.25
    """
    _set(make_ui(kwargs), port, fault="throttle", service=service, rate=rate)


@command.command(name="list")
@port_option
def list_faults(port: int | None, **kwargs: Any) -> None:
    """List the faults that are set, and the state of replication.

    \b
    Example:  mraa local fault list
    """
    _print_faults(make_ui(kwargs), control.faults(_fault_url(port)))


def _fault_url(port: int | None) -> str:
    """Of the cloud on the port, or of the one that this shell points to, or of the only one."""
    return (port is None and os.environ.get("MRAA_FAULT_URL")) or running_cloud(port).environment["MRAA_FAULT_URL"]


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
    if faults["schedules"]["speed"] != 1:
        ui.say(f"schedules go {faults['schedules']['speed']:g} times as fast")
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
