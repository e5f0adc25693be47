"""Fault injection for the tool: every call it makes is logged, and fails where a test says so.

``python -m tests.local.sabotage failover --yes`` is ``mraa failover --yes``. Everything of the tool runs as it is;
what is replaced is the last function of botocore before the network, and the clock of this process. What to do is JSON
in the environment variable ``SABOTAGE``, see ``Plan``.
"""

import datetime
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NoReturn

VARIABLE = "SABOTAGE"
_SCOPE = re.compile(r"Credential=[^/]+/\d+/([a-z0-9-]+)/([a-z0-9-]+)/aws4_request")
_THROTTLED = {
    "s3": (503, b"<Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message></Error>"),
    "": (400, b'{"__type": "ThrottlingException", "message": "Rate exceeded"}'),
}
_BROKEN = {
    "s3": (500, b"<Error><Code>InternalError</Code><Message>We encountered an error.</Message></Error>"),
    "": (500, b'{"__type": "InternalServerError", "message": "Internal server error"}'),
}


@dataclass
class Plan:
    """``log``: file for one line a call. ``services`` and ``regions``: no call to them gets an answer.

    ``first``: how the first try of each call is answered (``throttled``, ``broken`` or ``silent``). ``kill_at``: kill
    -9 instead of this call (from 1); ``kill_after``: after its answer has come; ``kill_in``: as this step of a verb
    with ``--json`` begins. ``skew_s``: how far this machine's clock is off. ``intruder``: the words of another
    operator's command, run before the first change of the state.
    """

    log: str = ""
    services: list[str] = field(default_factory=list)
    regions: list[str] = field(default_factory=list)
    first: str = ""
    kill_at: int = 0
    kill_after: int = 0
    kill_in: str = ""
    skew_s: float = 0.0
    intruder: list[str] = field(default_factory=list)


def start(
    words: Sequence[str], folder: Path, environment: Mapping[str, str], plan: Plan | None = None, **streams: Any
) -> "subprocess.Popen[str]":
    """Begin a verb in a folder, with failures injected if there is a plan for them.

    Its standard output and error are read through pipes, and nobody answers it, unless other streams are given.
    """
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL} | streams
    tool = ["-c", "from mraa.cli.main import main; main()"] if plan is None else ["-m", __spec__.name]
    sabotage = {} if plan is None else {VARIABLE: json.dumps(asdict(plan))}
    return subprocess.Popen(
        [sys.executable, *tool, *words], cwd=folder, env={**environment, **sabotage}, text=True, **streams
    )


def finish(process: "subprocess.Popen[str]", timeout_s: float = 120) -> tuple[str, str]:
    """Standard output and error of a verb once it has ended; one that takes too long is killed, not left behind."""
    try:
        return process.communicate(timeout=timeout_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise


def run(arguments: list[str], plan: Plan) -> None:
    """Skew the clock before anything binds it, then fail calls before they are sent."""
    if plan.skew_s:
        real = time.time
        time.time = lambda: real() + plan.skew_s
    import botocore.auth

    if plan.skew_s:
        skew = datetime.timedelta(seconds=plan.skew_s)
        botocore.auth.get_current_datetime = lambda *_: datetime.datetime.now(datetime.UTC).replace(tzinfo=None) + skew
    _inject_failures(plan)
    if plan.kill_in:
        _die_in(plan.kill_in)
    from mraa.cli.main import main

    main(arguments)


def _inject_failures(plan: Plan) -> None:
    from botocore.awsrequest import AWSResponse
    from botocore.exceptions import EndpointConnectionError
    from botocore.httpsession import URLLib3Session

    send = URLLib3Session.send
    tried: set[tuple[str, ...]] = set()
    count = 0

    def sabotaged(session: Any, request: Any) -> Any:
        nonlocal count
        count += 1
        number, (region, service) = count, _scope(request)
        if plan.log:
            with Path(plan.log).open("a") as log:
                log.write(f"{number} {service} {region} {_operation(request)}\n")
        if number == plan.kill_at:
            _die()
        if service in plan.services or region in plan.regions:
            raise EndpointConnectionError(endpoint_url=request.url, error="sabotaged")
        if plan.intruder and service == "lambda":
            words, plan.intruder = plan.intruder, []
            environment = {name: value for name, value in os.environ.items() if name != VARIABLE}
            subprocess.run(
                [sys.executable, "-m", __spec__.name, *words],
                check=True,
                capture_output=True,
                timeout=120,
                env=environment,
            )
        this = (request.method, request.url, _operation(request), _body(request))
        if plan.first and this not in tried:
            tried.add(this)
            if plan.first == "silent":
                raise EndpointConnectionError(endpoint_url=request.url, error="sabotaged")
            answers = _THROTTLED if plan.first == "throttled" else _BROKEN
            status, body = answers.get(service, answers[""])
            headers = {"x-amzn-RequestId": "sabotage", "Content-Type": "application/json"}
            answer = AWSResponse(request.url, status, headers, None)
            answer._content = b"" if request.method == "HEAD" else body
            return answer
        answer = send(session, request)
        if number == plan.kill_after:
            _die()
        return answer

    URLLib3Session.send = sabotaged


def _die_in(step: str) -> None:
    from mraa.cli import json_lines

    write = json_lines.write

    def write_and_die(kind: str, values: Mapping[str, Any]) -> None:
        write(kind, values)
        if (values.get("subject"), values.get("progress")) == (step, "started"):
            _die()

    json_lines.write = write_and_die


def _scope(request: Any) -> tuple[str, str]:
    authorization = request.headers.get("Authorization", b"")
    text = authorization.decode() if isinstance(authorization, bytes) else str(authorization)
    found = _SCOPE.search(text)
    return (found[1], found[2]) if found else ("", "")


def _body(request: Any) -> str:
    """What distinguishes two calls of one operation; an object's bytes do not."""
    return request.body.decode("latin-1") if isinstance(request.body, bytes) else ""


def _operation(request: Any) -> str:
    target = request.headers.get("X-Amz-Target", b"")
    text = target.decode() if isinstance(target, bytes) else str(target)
    return text.rpartition(".")[2] or f"{request.method} {request.url.partition('?')[0].rpartition('/')[2]}"


def _die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("killed")


if __name__ == "__main__":
    run(sys.argv[1:], Plan(**json.loads(os.environ.get(VARIABLE, "{}"))))
