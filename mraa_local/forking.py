"""The process that others are forked from: ``python -m mraa_local.forking``, with a socket as its standard input.

It has loaded boto3, and the models that most functions read. A request is the length of a JSON document, with the new
process's pipes and one for its exit code, and the document; the answer is the process's id.
"""

import json
import os
import random
import runpy
import signal
import socket
import sys
import time
import traceback
from pathlib import Path
from select import select
from typing import Any

import boto3
import botocore.session

from mraa_local.forked import NUMBER

PIPES = 4  # standard input, output and error; the exit code


def main() -> None:
    """Fork until the socket is closed."""
    _load()
    requests = socket.socket(fileno=os.dup(0))
    exits: dict[int, int] = {}  # where to tell how a process ended, by its id
    woken, wakes = os.pipe()
    os.set_blocking(wakes, False)
    signal.set_wakeup_fd(wakes)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C: whoever started this ends it
    while True:
        ready, _, _ = select([requests.fileno(), woken], [], [])
        if woken in ready:
            os.read(woken, 4096)
            _report_exits(exits)
        if requests.fileno() in ready:
            size, pipes, _, _ = socket.recv_fds(requests, NUMBER.size, PIPES)
            if not size:
                return
            program = json.loads(_received(requests, NUMBER.unpack(size)[0]))
            child = os.fork()
            if not child:
                for unused in (requests.detach(), woken, wakes, *exits.values(), pipes.pop()):
                    os.close(unused)
                _become(program, pipes)
            exits[child] = pipes.pop()
            for pipe in pipes:
                os.close(pipe)
            requests.sendall(NUMBER.pack(child))


def _load() -> None:
    session = botocore.session.Session()
    session.get_component("endpoint_resolver")
    for service in ("dynamodb", "s3"):
        for kind in ("service-2", "endpoint-rule-set-1"):
            session.get_component("data_loader").load_service_model(service, kind)
    boto3.setup_default_session(botocore_session=session)


def _received(requests: socket.socket, size: int) -> bytes:
    found = b""
    while len(found) < size:
        more = requests.recv(size - len(found))
        if not more:
            raise EOFError("the cloud ended in the middle of a request")
        found += more
    return found


def _report_exits(exits: dict[int, int]) -> None:
    for child in list(exits):
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            pipe = exits.pop(child)
            os.write(pipe, NUMBER.pack(os.waitstatus_to_exitcode(status)))
            os.close(pipe)


def _become(program: dict[str, Any], pipes: list[int]) -> None:
    """In the new process: run the program as if it had been started by itself, and end."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number, pipe in enumerate(pipes):
        os.dup2(pipe, number)
        os.close(pipe)
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, encoding="utf-8", closefd=False)
    os.chdir(program["folder"])
    os.environ.clear()
    os.environ.update(program["environment"])
    time.tzset()
    random.seed()  # all would draw the same numbers
    sys.argv = [program["script"]]
    sys.path[0] = str(Path(program["script"]).parent)
    code = 0
    try:
        runpy.run_path(program["script"], run_name="__main__")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else bool(end.code)
    except BaseException:  # noqa: BLE001 - as the interpreter does
        traceback.print_exc()
        code = 1
    finally:
        sys.stdout.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
