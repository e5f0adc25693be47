"""Each tutorial, from its first command to its last, on a cloud that it starts itself."""

import socket
import sys
from pathlib import Path

import pytest

from mraa_local import process
from tests.documentation.reader import LIMIT_S, TUTORIALS, Reader, shell


@pytest.mark.timeout(LIMIT_S * 2)
@pytest.mark.parametrize("name", TUTORIALS)
def test_a_tutorial_can_be_followed_from_an_empty_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    home = tmp_path / "home"
    monkeypatch.setenv("MRAA_HOME", str(home))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (home / "bin").mkdir(parents=True)
    # the port of the page may be taken on this machine
    at_port = f'[ "$1 $2" = "local start" ] && set -- "$@" --port {port}'
    (home / "bin/mraa").write_text(f'#!/bin/sh\n{at_port}\nexec {Path(sys.executable).parent}/mraa "$@"\n')
    (home / "bin/mraa").chmod(0o755)
    try:
        Reader(tmp_path / "checkout", shell(home)).follow(name)
        assert not process.running()
    finally:
        process.stop(port)
