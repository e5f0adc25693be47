"""Processes for Python programs, forked from one that has loaded the SDK already.

A function's process spends most of its start loading boto3 and its models; here that happens once for all of them, and
they share its memory. A program finds what it would find in a process of its own: arguments, folder, environment and
pipes.
"""

import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from mraa_local.errors import LocalCloudError

NUMBER = struct.Struct("=i")  # on the socket, and as an exit code
_FORKING = "mraa_local.forking"
_SDK = {"boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3"}
_LOST = 255  # the exit code where nobody is left to tell it


class Forked:
    """A running program, with what of ``subprocess.Popen`` its starter needs."""

    def __init__(self, script: str, folder: str, environment: Mapping[str, str]) -> None:
        pipes = [os.pipe() for _ in range(4)]
        self.stdin = os.fdopen(pipes[0][1], "w", buffering=1, encoding="utf-8")
        self.stdout, self.stderr = (os.fdopen(pipe[0], encoding="utf-8") for pipe in pipes[1:3])
        self._exit = os.fdopen(pipes[3][0], "rb", buffering=0)
        self._code: int | None = None
        self._lock = threading.Lock()
        theirs = [pipes[0][0], *(pipe[1] for pipe in pipes[1:])]
        try:
            self.pid = _parent.fork({"script": script, "folder": folder, "environment": dict(environment)}, theirs)
        finally:
            for pipe in theirs:
                os.close(pipe)

    @classmethod
    def start(cls, script: str, folder: str, environment: Mapping[str, str]) -> "Forked | None":
        """Start a program; None if it brings a version of its own of what is loaded already.

        Nothing is forked outside Linux: macOS does not support a fork without exec.
        """
        own = {path.name.removesuffix(".py") for path in Path(folder).iterdir()}
        is_plain = not own & _SDK and "PYTHONPATH" not in environment and not environment.get("_LAMBDA_LAYERS_DIRS")
        return cls(script, folder, environment) if sys.platform == "linux" and is_plain else None

    def poll(self) -> int | None:
        """The exit code, below zero the number of a signal; None while it runs."""
        return self._ended_within(0)

    def wait(self, timeout: float | None = None) -> int:
        """The exit code, once it has ended; TimeoutExpired after ``timeout`` seconds."""
        code = self._ended_within(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
        return code

    def terminate(self) -> None:
        """Send SIGTERM."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """Send SIGKILL."""
        self._signal(signal.SIGKILL)

    def _ended_within(self, seconds: float | None) -> int | None:
        with self._lock:
            if self._code is None:
                poll = select.poll()
                poll.register(self._exit, select.POLLIN)
                if poll.poll(None if seconds is None else seconds * 1000):
                    told = self._exit.read(NUMBER.size)
                    [self._code] = NUMBER.unpack(told) if told else [_LOST]
            return self._code

    def _signal(self, number: signal.Signals) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)


class _Parent:
    """The process that all are forked from; started at the first of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._requests: socket.socket | None = None

    def fork(self, program: Mapping[str, object], pipes: list[int]) -> int:
        """The id of the new process."""
        body = json.dumps(program).encode()
        with self._lock:
            requests = self._connected()
            socket.send_fds(requests, [NUMBER.pack(len(body))], pipes)
            requests.sendall(body)
            answer = requests.recv(NUMBER.size, socket.MSG_WAITALL)
        if not answer:
            raise LocalCloudError("A function's process cannot be started: see the log.")
        [process_id] = NUMBER.unpack(answer)
        return int(process_id)

    def _connected(self) -> socket.socket:
        if self._requests is None or self._process is None or self._process.poll() is not None:
            self._requests, theirs = socket.socketpair()
            with theirs:
                self._process = subprocess.Popen([sys.executable, "-m", _FORKING], stdin=theirs.fileno())
        return self._requests


_parent = _Parent()
