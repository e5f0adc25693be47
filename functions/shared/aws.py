"""The one place that creates boto3 clients; remaining time and logs for every function."""

import json
import os
from functools import cache
from typing import Any

import boto3
from botocore.config import Config

Client = Any  # boto3 generates its clients at run time


@cache
def client(service: str, region: str = "", read_timeout_s: int = 5, attempts: int = 3) -> Client:
    """A client with short time-outs, created once per process: a warm function reuses its connections.

    ``region`` is the function's own by default.
    """
    retries = {"mode": "standard", "total_max_attempts": attempts}
    config = Config(connect_timeout=1, read_timeout=read_timeout_s, retries=retries, max_pool_connections=32)
    return boto3.client(service, region_name=region or os.environ["AWS_REGION"], config=config)


def remaining_s(context: Any) -> float:
    """Seconds until Lambda ends this invocation."""
    return float(context.get_remaining_time_in_millis()) / 1000


def log(message: str, **fields: Any) -> None:
    """One JSON line for CloudWatch. Never pass a ResponseURL (a signed secret) or users' text."""
    print(json.dumps({"message": message, **fields}, default=str), flush=True)
