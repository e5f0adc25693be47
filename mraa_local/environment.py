"""One run of the local cloud: its options, its keys, and the environment variables that point to it."""

import base64
import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ACCOUNT_ID = "000000000000"
DEFAULT_REGION = "us-east-1"
OPERATOR = "mraa-operator"

# What the solution, applications beside it and their operators call, each looked at: kept apart by Region, its policies
# evaluated. The engine has some seventy services more; several of them answer without a signature or start programs, so
# they stay off.
SERVICES = (
    "apigateway",
    "cloudformation",
    "cloudfront",
    "cognito-identity",
    "cognito-idp",
    "dynamodb",
    "dynamodbstreams",
    "events",
    "iam",
    "kinesis",
    "lambda",
    "logs",
    "monitoring",
    "s3",
    "scheduler",
    "secretsmanager",
    "sns",
    "sqs",
    "ssm",
    "states",
    "sts",
    "tagging",
)

STATE_FILE = "state.json"
LOCK_FILE = "lock"
LOG_FILE = "server.log"

# `--no-auth` accepts any key; these are the ones people have in their scripts
DUMMY_KEY = "test"

# the variables that a child process inherits: no AWS settings, no settings of the engine
_INHERITED = ("PATH", "HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "TZ", "VIRTUAL_ENV", "PYTHONDONTWRITEBYTECODE")


@dataclass(frozen=True)
class Options:
    """One start of the local cloud; the parent draws it and passes it to the child over a pipe."""

    port: int
    folder: str
    """State folder of this port: state.json, lock, server.log, tmp/, data/."""
    auth: bool = True
    persist: bool = False
    attached: bool = False
    """Stop when the parent ends."""
    opted_in: Sequence[str] = ()
    """The Regions that are disabled by default and enabled for the account."""
    allowed: Sequence[str] = ()
    """The CloudFormation resource types that are let in although nobody has looked at what the engine makes of them."""
    access_key_id: str = DUMMY_KEY
    secret_access_key: str = field(default=DUMMY_KEY, repr=False)
    token: str = field(default="", repr=False)
    """Opens the control endpoints under ``/_mraa/`` and ``/_ministack/``."""

    @property
    def endpoint(self) -> str:
        """The one URL of everything."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def path(self) -> Path:
        """The state folder as a path."""
        return Path(self.folder)


def draw(
    port: int,
    folder: Path,
    *,
    auth: bool,
    persist: bool,
    attached: bool,
    opted_in: Sequence[str] = (),
    allowed: Sequence[str] = (),
) -> Options:
    """Options with fresh keys: an operator key where keys are checked, a control token always."""
    key_id = "AKIA" + base64.b32encode(secrets.token_bytes(10)).decode() if auth else DUMMY_KEY
    secret = secrets.token_urlsafe(30) if auth else DUMMY_KEY
    token = secrets.token_urlsafe(24)
    return Options(port, str(folder), auth, persist, attached, opted_in, allowed, key_id, secret, token)


def addresses(options: Options) -> dict[str, str]:
    """Where APIs and buckets answer; functions get these too."""
    return {
        "MRAA_API_URL": f"{options.endpoint}/_aws/execute-api/{{id}}",
        "MRAA_OBJECT_URL": f"{options.endpoint}/{{id}}",
    }


def for_clients(options: Options) -> dict[str, str]:
    """Everything a client needs, as environment variables; see also ``UNSET``."""
    return {
        "AWS_ENDPOINT_URL": options.endpoint,
        "AWS_ACCESS_KEY_ID": options.access_key_id,
        "AWS_SECRET_ACCESS_KEY": options.secret_access_key,
        "AWS_DEFAULT_REGION": DEFAULT_REGION,
        "AWS_REGION": DEFAULT_REGION,
        **addresses(options),
        "MRAA_SITE_URL": f"{options.endpoint}/_mraa/site/{{id}}/",
        "MRAA_FAULT_URL": f"{options.endpoint}/_mraa/faults?token={options.token}",
    }


# a profile or a session token would override the keys, or be sent with them
UNSET = ("AWS_PROFILE", "AWS_SESSION_TOKEN")


def for_child(options: Options, inherited: Mapping[str, str]) -> dict[str, str]:
    """The environment of the server, and so of the function workers it starts.

    The engine reads most of it while it is imported. Nothing secret goes in: a function sees all of it.
    """
    kept = {name: value for name, value in inherited.items() if name in _INHERITED or name.startswith("LC_")}
    data = options.path / "data"
    return {
        **kept,
        "AUTH": "true" if options.auth else "false",
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(options.port),
        "MINISTACK_ACCOUNT_ID": ACCOUNT_ID,
        "MINISTACK_REGION": DEFAULT_REGION,
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "LAMBDA_EXECUTOR": "local",
        "LOG_LEVEL": "WARNING",
        "SERVICES": ",".join(SERVICES),
        "PERSIST_STATE": "1" if options.persist else "0",
        "S3_PERSIST": "1" if options.persist else "0",
        "STATE_DIR": str(data / "state"),
        "S3_DATA_DIR": str(data / "s3"),
        "TMPDIR": str(options.path / "tmp"),
        # functions find the developer's home, but none of the AWS settings in it
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        # no Docker daemon is used: the engine looks for one at start and at stop
        "DOCKER_HOST": f"unix://{options.path / 'no-docker.sock'}",
        **addresses(options),
    }


_current: Options | None = None


def set_current(options: Options) -> None:
    """Set the run that this process is; the server does so before it installs anything."""
    global _current
    _current = options


def current() -> Options:
    """The run this process is; extensions ask when they are installed or called."""
    if _current is None:
        raise RuntimeError("this process is not a local cloud")
    return _current
