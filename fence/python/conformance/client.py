"""The Python library as a client of the conformance scenarios: JSON lines in, JSON lines out (../../conformance)."""

import json
import sys
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from mraa_fence import Fence, FenceError, RegionFenced, is_transient, is_unanswered

_WORKERS = 32
_printing = threading.Lock()


@cache
def _fence() -> Fence:
    return Fence.from_environment(boto3.client("dynamodb", config=Config(max_pool_connections=_WORKERS)))


def _carry_out(request: Mapping[str, Any]) -> dict[str, Any]:
    match request["do"]:
        case "write":
            _fence().write(request["items"], request["timeoutMs"] / 1000)
            return {"answer": "written"}
        case "check":
            return {"answer": "check", "item": _fence().check()}
        case "require":
            return {"answer": "writable", "epoch": _fence().require()}
        case "activeOnly":
            body = _fence().active_only(lambda epoch: {"answer": "ran", "epoch": epoch})
            return body()
        case "activeOnlyOtherwise":
            body = _fence().active_only(
                lambda epoch: {"answer": "ran", "epoch": epoch}, otherwise=lambda: {"answer": "otherwise"}
            )
            return body()
        case unknown:
            return {"answer": "invalid", "message": f"unknown request {unknown!r}"}


def _answer(request: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return _carry_out(request)
    except FenceError as error:
        return {"answer": "invalid", "message": str(error)}
    except RegionFenced as error:
        reasons = [reason["Code"] for reason in error.reasons]
        return {
            "answer": "fenced",
            "writableRegion": error.writable_region,
            "epoch": error.epoch,
            "reasons": reasons,
        }
    except (BotoCoreError, ClientError) as error:
        if is_unanswered(error):
            return {"answer": "unknown"}
        if is_transient(error):
            return {"answer": "busy"}
        if not isinstance(error, ClientError):
            raise
        reasons = [reason["Code"] for reason in error.response.get("CancellationReasons", [])]
        return {"answer": "refused", "reasons": reasons[:-1]}  # the last one is the check's


def _serve(line: str) -> None:
    request = json.loads(line)
    text = json.dumps({"id": request["id"], **_answer(request)})
    with _printing:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


def main() -> None:
    """Serve requests, many at a time, until standard input ends."""
    with ThreadPoolExecutor(_WORKERS) as pool:
        served = [pool.submit(_serve, line) for line in sys.stdin]
    for one in served:
        one.result()


if __name__ == "__main__":
    main()
