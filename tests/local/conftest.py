"""A running local cloud for the tests of one module, and clients for it."""

import functools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.credentials import Credentials

from mraa_local import process
from mraa_local.process import LocalCloud
from tests.local.deploying import DELETED, Deployer, make_deployer
from tests.local.operating import Deployment, bring, connect, deploy
from tests.local.replicating import Faults
from tests.regions import OPTED_IN, PRIMARY


@pytest.fixture(scope="module")
def local_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """MRAA_HOME in a temporary folder, and none of the developer's AWS settings."""
    folder = tmp_path_factory.mktemp("mraa-home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MRAA_HOME", str(folder))
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"):
            patch.delenv(name, raising=False)
        patch.setenv("AWS_CONFIG_FILE", str(folder / "no-config"))
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(folder / "no-credentials"))
        yield folder


@pytest.fixture(scope="module")
def cloud(local_home: Path) -> Iterator[LocalCloud]:
    """A running local cloud on a free port, authentication on."""
    running = process.start(opted_in=[OPTED_IN])
    yield running
    process.stop(running.port)


def make_client(cloud: LocalCloud, service: str, region: str, **credentials: str) -> Any:
    """A boto3 client for the cloud; the operator's unless other credentials are given (boto3's argument names)."""
    given = credentials or {
        "aws_access_key_id": cloud.environment["AWS_ACCESS_KEY_ID"],
        "aws_secret_access_key": cloud.environment["AWS_SECRET_ACCESS_KEY"],
    }
    config = Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=60)
    return _session().client(service, region_name=region, endpoint_url=cloud.endpoint, config=config, **given)


@functools.cache
def _session() -> boto3.Session:
    """One for all: it keeps the services' models, which are slow to read."""
    return boto3.Session()


@pytest.fixture(scope="module")
def client(cloud: LocalCloud) -> Callable[..., Any]:
    """``client(service, region)``: a boto3 client with the operator's keys; credentials may be given by name."""

    # creating one takes longer than most calls
    @functools.cache
    def make(service: str, region: str = PRIMARY, **credentials: str) -> Any:
        return make_client(cloud, service, region, **credentials)

    return make


@pytest.fixture(scope="module")
def identity(client: Callable[..., Any]) -> Callable[..., Credentials]:
    """``identity(name, statements...)``: the keys of a new IAM user with these statements and no others."""

    def make(name: str, *statements: dict[str, Any]) -> Credentials:
        iam = client("iam")
        iam.create_user(UserName=name)
        if statements:
            document = {"Version": "2012-10-17", "Statement": list(statements)}
            iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=json.dumps(document))
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return Credentials(key["AccessKeyId"], key["SecretAccessKey"])

    return make


@pytest.fixture(scope="module")
def as_user(client: Callable[..., Any]) -> Callable[..., Any]:
    """``as_user(service, credentials)``: a client."""

    def make(service: str, credentials: Credentials, region: str = PRIMARY) -> Any:
        return client(
            service, region, aws_access_key_id=credentials.access_key, aws_secret_access_key=credentials.secret_key
        )

    return make


@pytest.fixture
def faults(cloud: LocalCloud) -> Iterator[Faults]:
    """Faults, gone after the test."""
    subject = Faults(cloud)
    subject.connect()
    yield subject
    subject.connect()


@pytest.fixture(scope="module")
def deployed(cloud: LocalCloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """Deployed in both Regions by the tool itself, once for the module."""
    with deploy(cloud, tmp_path_factory.mktemp("operator"), fences=8) as deployment:
        yield deployment


@pytest.fixture
def connected(deployed: Deployment) -> Deployment:
    """Both Regions up and connected, whatever the previous test left."""
    connect(deployed)
    return deployed


@pytest.fixture
def active(connected: Deployment) -> Deployment:
    """The primary Region writes."""
    bring(connected, "active")
    return connected


@pytest.fixture(scope="module")
def published(cloud: LocalCloud, client: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Deployer:
    """A release in both Regions' buckets."""
    deployer = make_deployer(cloud, client, tmp_path_factory.mktemp("deployer"))
    deployer.publish()
    return deployer


@pytest.fixture
def deployer(published: Deployer) -> Iterator[Deployer]:
    """Nothing deployed, a complete release published; destroying it must leave nothing."""
    assert published.remains() == {}
    if not published.is_published:
        published.publish()
    yield published
    published.mraa("destroy", *DELETED)
    assert published.remains() == {}
