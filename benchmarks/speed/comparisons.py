"""What is compared: each group in the surroundings that it needs, made and removed around it."""

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.speed import peers, release, sink
from benchmarks.speed.pairs import Comparison, Side

REGIONS = ("us-east-1", "us-west-2")
_STACK = """
const { App, Stack, aws_dynamodb: dynamodb } = require('aws-cdk-lib');
const stack = new Stack(new App(), 'one');
new dynamodb.Table(stack, 'table', { partitionKey: { name: 'pk', type: dynamodb.AttributeType.STRING } });
"""
_FUNCTION = """  F{number}:
    Type: AWS::Serverless::Function
    Properties: {{ CodeUri: f{number}/, Handler: app.handle, Runtime: python3.{minor} }}
"""


def environment(**more: str) -> dict[str, str]:
    """No settings of whoever runs it; Python and Node of this environment first on the PATH."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    keys = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_DEFAULT_REGION": REGIONS[0]}
    quiet = {"SAM_CLI_TELEMETRY": "0", "CDK_DISABLE_VERSION_CHECK": "1"}
    return {"PATH": path, "HOME": tempfile.gettempdir(), "COLUMNS": "80", **keys, **quiet, **more}


def of_help(mraa: str, aws: str) -> Iterator[Comparison]:
    """Help pages and the version of the AWS CLI, which prints less."""
    here = Path.cwd()
    for words, goal in (("--help", 0.06), ("status --help", 0.4), ("deploy --help", 0.4)):
        ours = Side([[mraa, *words.split()]], here, environment())
        yield Comparison(
            f"`mraa {words}`", "`aws --version`", ours, Side([[aws, "--version"]], here, environment()), goal
        )


def of_rendering(mraa: str, cdk: str) -> Iterator[Comparison]:
    """Three templates, and one of a single table."""
    with tempfile.TemporaryDirectory() as folder:
        app = Path(folder, "app.js")
        app.write_text(_STACK)
        libraries = environment(NODE_PATH=str(Path(cdk).parents[1]))
        theirs = Side([[cdk, "synth", "-q", "--app", f"node {app}"]], Path(folder), libraries)
        ours = Side([[mraa, "render", "--output", "templates"]], Path(folder), environment())
        yield Comparison("`mraa render`, three templates", "`cdk synth -q`, one", ours, theirs, 0.05)


def of_building(mraa: str, sam: str) -> Iterator[Comparison]:
    """A release whose web app did not change, and four functions without requirements."""
    with tempfile.TemporaryDirectory() as name:
        folder, minor = Path(name), sys.version_info.minor
        for number in range(4):
            (folder / f"f{number}").mkdir()
            (folder / f"f{number}" / "app.py").write_text("def handle(event, context): ...\n")
        functions = "".join(_FUNCTION.format(number=number, minor=minor) for number in range(4))
        (folder / "template.yaml").write_text(f"Transform: AWS::Serverless-2016-10-31\nResources:\n{functions}")
        target = ["--bucket-prefix", release.PREFIX, "--output", str(folder / "release")]
        # in no checkout: there its own tool would build
        ours = Side([[mraa, "build", *target]], folder, environment())
        theirs = Side([[sam, "build"]], folder, environment())
        yield Comparison("`mraa build`, unchanged web app", "`sam build`, four functions", ours, theirs, 0.2)


def of_publishing(mraa: str, aws: str, s5cmd: str) -> Iterator[Comparison]:
    """A release to two Regions: by one command, and by one for each bucket."""
    for files, size, latency_ms, aws_goals, s5_goals in (
        (40, 75_000, 0, (0.4, 0.4), (1.4, 1.8)),
        (1_000, 20_000, 0, (0.25, 0.4), (0.8, 1.3)),
        (1_000, 20_000, 25, (None, 0.7), (None, None)),
    ):
        with tempfile.TemporaryDirectory() as folder, sink.running(latency_ms) as url:
            release.make(Path(folder, "release"), files, size)
            late = f", {latency_ms} ms a request" if latency_ms else ""
            what = f"{files:,} files of {size // 1000} kB{late}"
            for peer, program, goals in (("aws s3 sync", aws, aws_goals), ("s5cmd sync", s5cmd, s5_goals)):
                if program:
                    yield from _publications(Path(folder), url, mraa, program, peer, what, goals)


def _publications(
    folder: Path, url: str, mraa: str, program: str, peer: str, what: str, goals: tuple[float | None, float | None]
) -> Iterator[Comparison]:
    places = [f"{release.PREFIX}-{region}" for region in REGIONS]
    where = ["--bucket-prefix", release.PREFIX, "--solution-name", release.SOLUTION]
    where += ["--solution-version", release.VERSION, "--secondary-region", REGIONS[1], "--from", "release", "--yes"]
    sync = [program, "s3", "sync", "--quiet"] if peer.startswith("aws") else [program, "--endpoint-url", url, "sync"]
    targets = [f"s3://{place}/{release.SOLUTION}/{release.VERSION}/" for place in places]
    own = environment(AWS_ENDPOINT_URL=url)
    sink.empty(url, *places)  # makes them
    commands = ([[mraa, "publish", *where]], [[*sync, "release/regional-s3-assets/", target] for target in targets])
    for phase, prepare, goal in (
        ("to empty buckets", lambda: sink.empty(url, *places), goals[0]),
        ("unchanged", lambda: None, goals[1]),
    ):
        if goal is not None:
            ours, theirs = (Side(words, folder, own, prepare) for words in commands)
            yield Comparison(f"`mraa publish`, {what}, {phase}", f"`{peer}`", ours, theirs, goal)


def of_stacks(mraa: str, aws: str) -> Iterator[Comparison]:
    """On the local cloud: a deployment without changes, and the state of both Regions."""
    from tests.e2e.deployment import deployed
    from tests.regions import REGIONS as DEPLOYED

    with deployed() as system:
        folder, own = system.deployer.folder, {**system.deployer.environment, "COLUMNS": "80"}
        stack = own.get("MRAA_STACK_NAME", "mraa")
        template = next(folder.glob("release/global-s3-assets/*application-architecture.template"))
        bucket = f"{own['MRAA_BUCKET_PREFIX']}-{DEPLOYED[0]}"
        words = ["cloudformation", "deploy", "--stack-name", stack, "--template-file", str(template)]
        words += ["--no-fail-on-empty-changeset", "--capabilities", "CAPABILITY_IAM", "--s3-bucket", bucket]
        # it names its change sets by the second
        theirs = Side([[aws, *words, "--region", DEPLOYED[0]]], folder, own, lambda: time.sleep(1))
        ours = Side([[mraa, "deploy", "--yes"]], folder, own)
        yield Comparison("`mraa deploy` without changes", "`aws cloudformation deploy`", ours, theirs, 0.9)
        describe = [[aws, "cloudformation", "describe-stacks", "--region", region] for region in DEPLOYED]
        status = Side([[mraa, "status"]], folder, own)
        yield Comparison("`mraa status`", "two `describe-stacks`", status, Side(describe, folder, own), 0.8)


def installed() -> tuple[dict[str, str], list[str]]:
    """Program of each peer by name, and the names of the peers that cannot be had here."""
    programs = {"aws": peers.aws(), "s5cmd": peers.s5cmd(), "sam": peers.sam(), "cdk": peers.cdk()}
    return programs, [name for name, program in programs.items() if not program or not shutil.which(program)]


def all_of(mraa: str, programs: dict[str, str], missing: list[str]) -> Iterator[Comparison]:
    """Every comparison whose peer is there."""
    if "aws" not in missing:
        yield from of_help(mraa, programs["aws"])
    if "cdk" not in missing:
        yield from of_rendering(mraa, programs["cdk"])
    if "sam" not in missing:
        yield from of_building(mraa, programs["sam"])
    if "aws" not in missing:
        yield from of_stacks(mraa, programs["aws"])
        yield from of_publishing(mraa, programs["aws"], "" if "s5cmd" in missing else programs["s5cmd"])
