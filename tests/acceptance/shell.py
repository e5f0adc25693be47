"""The shell of each person: the tool's verbs, boto3 clients, signed requests, nothing else."""

import contextlib
import functools
import json
import os
import time
import urllib.parse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import boto3
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config

from mraa.partitions import url_suffix
from mraa.recovery.regions.ids import uuid7
from mraa.settings import NAMES, variable
from mraa_local import control
from tests.acceptance import black_hole
from tests.acceptance.target import ADMINISTRATOR, DEPLOYER, OPERATOR, Target
from tests.local import sabotage, verbs
from tests.local.people import OPERATORS_VERBS
from tests.local.verbs import Ended

FAULT_URL = "MRAA_FAULT_URL"
# variables that would override a profile, or belong to another deployment
_DROPPED = {
    *map(variable, NAMES),
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_DEFAULT_PROFILE",
    "AWS_DEFAULT_REGION",
    "AWS_REGION",
    "AWS_ENDPOINT_URL",
}
_PAUSE_S = 0.1


@dataclass(frozen=True)
class Answer:
    """What an API answered."""

    status: int
    body: Any
    headers: dict[str, str]


@dataclass
class Shell:
    """Everything that a test does, it does here."""

    target: Target

    def environment(self, who: str) -> dict[str, str]:
        """What a person's shell exports for this deployment."""
        target = self.target
        kept = {name: value for name, value in os.environ.items() if name not in _DROPPED}
        return {
            **kept,
            **target.environment,
            "AWS_PROFILE": target.profiles[who],
            "MRAA_STACK_NAME": target.stack,
            "MRAA_PRIMARY_REGION": target.primary,
            "MRAA_SECONDARY_REGION": target.secondary,
            "MRAA_BUCKET_PREFIX": target.bucket_prefix,
        }

    def ended(self, *words: str, who: str = "", more: dict[str, str] | None = None) -> Ended:
        """Run a verb to its end, however it ends, as the person whose it is."""
        person = who or (OPERATOR if words[0] in OPERATORS_VERBS else DEPLOYER)
        environment = self.environment(person) | (more or {})
        return verbs.run(words, self.target.path, environment, timeout_s=self.target.limits.verb_s)

    def mraa(self, *words: str, expect: int = 0, **given: Any) -> str:
        """Run a verb; everything that it printed. Fails the test on another exit code."""
        ended = self._expected(words, expect, **given)
        return ended.out + ended.err

    def result(self, *words: str, expect: int = 0, **given: Any) -> dict[str, Any]:
        """Run a verb with ``--json``; its result."""
        lines = [json.loads(line) for line in self._expected((*words, "--json"), expect, **given).out.splitlines()]
        found: dict[str, Any] = [line for line in lines if line["type"] == "result"][-1]
        return found

    def _expected(self, words: Sequence[str], expect: int, **given: Any) -> Ended:
        ended = self.ended(*words, **given)
        assert ended.exit_code == expect, f"mraa {' '.join(words)}: exit {ended.exit_code}\n{ended.out}\n{ended.err}"
        assert "Traceback" not in ended.err, ended.err
        return ended

    def start(self, *words: str, **streams: Any) -> Any:
        """Begin a verb as the deployer."""
        return sabotage.start(words, self.target.path, self.environment(DEPLOYER), **streams)

    def client(self, service: str, region: str, who: str = ADMINISTRATOR) -> Any:
        """A boto3 client with the environment's credentials of that person."""
        return _client(self.target.profiles[who], service, region)

    @contextlib.contextmanager
    def unreachable(self, region: str) -> Iterator[dict[str, str]]:
        """A Region that hangs, as a lost one does, for verbs that get these variables."""
        if url := self.target.environment.get(FAULT_URL):
            control.set_fault(url, fault="region", region=region, state="hangs")
            try:
                yield {}
            finally:
                control.set_fault(url, fault="region", region=region, state="up")
        else:
            with black_hole.lost(region) as (proxy, _):
                yield {"HTTPS_PROXY": proxy, "https_proxy": proxy, "NO_PROXY": "", "no_proxy": ""}

    def facts(self, region: str) -> dict[str, Any]:
        """What the Region's parameter says of the deployment."""
        pages = self.client("ssm", region).get_paginator("get_parameters_by_path")
        for page in pages.paginate(Path="/mraa/", Recursive=True):
            for parameter in page["Parameters"]:
                facts: dict[str, Any] = json.loads(parameter["Value"])
                if facts["stackName"] == self.target.stack:
                    return facts
        raise AssertionError(f"{region} has no parameter of {self.target.stack}")

    def api(self, method: str, region: str, path: str, body: Any = None, *, api: str = "photosApiId") -> Answer:
        """Send one request to the Region's API, signed by the operator."""
        place = os.environ.get("MRAA_API_URL") or f"https://{{id}}.execute-api.{region}.{url_suffix(region)}"
        url = f"{place.format(id=self.api_ids[region][api], region=region)}/prod/{path}"
        data = None if body is None else json.dumps(body).encode()
        request = AWSRequest(method=method, url=url, data=data, headers={"Content-Type": "application/json"})
        credentials = _session(self.target.profiles[OPERATOR]).get_credentials().get_frozen_credentials()
        SigV4Auth(credentials, "execute-api", region).add_auth(request)
        answer = _POOL.request(method, url, body=data, headers=dict(request.headers))
        try:
            parsed = answer.json()
        except ValueError:
            parsed = None
        return Answer(answer.status, parsed, {name.lower(): value for name, value in answer.headers.items()})

    @functools.cached_property
    def api_ids(self) -> dict[str, dict[str, Any]]:
        """Each Region's facts, read once: API ids stay for the life of the stacks."""
        return {region: self.facts(region) for region in self.target.regions}

    def comment(self, region: str, photo: str, text: str = "hello") -> tuple[str, Answer]:
        """Post a comment: its id and the answer. Its name is one of many, as writes under one wait for each other."""
        comment = new_id()
        body = {"commentId": comment, "user": f"tester {comment[-1]}", "message": text}
        return comment, self.api("POST", region, f"comments/{photo}", body)

    def comments(self, region: str, photo: str) -> set[str]:
        """The ids of a photo's comments that the Region lists."""
        found, more = set[str](), ""
        while True:
            answer = self.api("GET", region, f"comments/{photo}{more}")
            assert answer.status == 200, answer
            found |= {comment["commentId"] for comment in answer.body["comments"]}
            if not answer.body["nextToken"]:
                return found
            more = "?nextToken=" + urllib.parse.quote(answer.body["nextToken"])

    def state(self, region: str) -> str:
        """The application's state, as the Region's routing layer says."""
        answer = self.api("GET", region, f"state/{self.api_ids[region]['appId']}", api="routingLayerApiId")
        return str(answer.body["state"])

    def instances(self) -> dict[str, str]:
        """Each Region's stack instance and its status."""
        token = self.api_ids[self.target.primary]["appId"].replace("-", "")
        cf = self.client("cloudformation", self.target.primary)
        found = cf.list_stack_instances(StackSetName=f"mraa-{token}")["Summaries"]
        return {of["Region"]: of["Status"] for of in found}

    def function(self, region: str, end: str) -> str:
        """The name of the deployment's function that ends this way."""
        token = self.api_ids[region]["appId"].replace("-", "")
        return f"mraa-{token}-{end}"

    def stack(self, name: str = "") -> dict[str, Any]:
        """The main stack, or another one of the primary Region."""
        cf = self.client("cloudformation", self.target.primary)
        found: dict[str, Any] = cf.describe_stacks(StackName=name or self.target.stack)["Stacks"][0]
        return found

    def eventually(self, ask: Callable[[], Any], limit_s: float, what: str) -> Any:
        """What ``ask`` returns once it is true; fails the test when the limit has passed."""
        return eventually(ask, limit_s, what)


def eventually(ask: Callable[[], Any], limit_s: float, what: str) -> Any:
    """Wait for a condition, the shorter the sooner; AssertionError names it when the limit has passed."""
    begun = time.monotonic()
    pause_s = _PAUSE_S
    while time.monotonic() < begun + limit_s:
        if found := ask():
            return found
        time.sleep(pause_s)
        pause_s = min(pause_s * 1.3, 15)
    raise AssertionError(f"not within {limit_s:.0f} s: {what}")


def new_id() -> str:
    """An id of a photo or a comment."""
    return str(uuid7(time.time()))


_POOL = urllib3.PoolManager(maxsize=32, timeout=30, retries=False)


@functools.cache
def _session(profile: str) -> boto3.Session:
    return boto3.Session(profile_name=profile)


@functools.cache
def _client(profile: str, service: str, region: str) -> Any:
    config = Config(retries={"mode": "standard", "max_attempts": 5}, read_timeout=60)
    return _session(profile).client(service, region_name=region, config=config)
