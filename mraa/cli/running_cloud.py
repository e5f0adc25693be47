"""The local cloud that a verb asks, and how to reach it from this machine."""

from collections.abc import Mapping

import click

from mraa.cli.numbers import PORT
from mraa.cli.options import F, output_options
from mraa.errors import UsageError
from mraa_local import process
from mraa_local.process import DEFAULT_PORT, LocalCloud

_port = click.option("--port", type=PORT, help="Port, if several clouds are running.")


def port_option(function: F) -> F:
    """``--port`` and ``--json``: on every verb that asks a running cloud."""
    return _port(output_options(function))


def running_cloud(port: int | None) -> LocalCloud:
    """That on the port, or the only one. UsageError if there is none."""
    number = port if port is not None else the_only_port()
    cloud = process.find(number) if number is not None else None
    if cloud is None:
        where = "" if port is None else f" on port {port}"
        option = "" if port is None else f" --port {port}"
        raise UsageError(f"No local cloud is running{where}.", f"mraa local start{option}")
    return cloud


def the_only_port() -> int | None:
    """The default port if a cloud is running there, or the only port with a cloud."""
    ports = [cloud.port for cloud in process.running()]
    if len(ports) > 1 and DEFAULT_PORT not in ports:
        raise UsageError(f"Several local clouds are running: ports {', '.join(map(str, ports))}.", "Give --port.")
    return DEFAULT_PORT if DEFAULT_PORT in ports else ports[0] if ports else None


def without_proxy(environment: Mapping[str, str]) -> dict[str, str]:
    """``NO_PROXY`` with this machine added, in both spellings: a proxy cannot reach a cloud on the loopback address."""
    given = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    hosts = [host.strip() for host in given.split(",") if host.strip()]
    value = ",".join([*hosts, *(host for host in ("127.0.0.1", "localhost") if host not in hosts)])
    # programs differ in which one they read, and which one wins
    return {"NO_PROXY": value, "no_proxy": value}
