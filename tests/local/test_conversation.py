"""A script deploys and destroys both Regions through the library: a plain conversation, no command line."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mraa.aws import Aws, Clock
from mraa.errors import DeclinedError
from mraa.settings import Settings
from mraa.stacks.deployer.main_stack import attach_to_main_stack, deploy_main_stack
from mraa.stacks.deployer.web_app import deploy_web_app
from mraa.stacks.destroy.deployment import destroy_deployment
from mraa.stacks.destroy.web_app import destroy_web_app
from mraa.stacks.drift.detect import detect_drift, drifted
from mraa.stacks.models import Grade
from mraa.stacks.preflight.doctor import run_checks
from mraa_local.process import LocalCloud
from tests.local.deploying import make_deployer
from tests.regions import REGIONS, SECONDARY
from tests.unit.script import Script


def test_a_script_checks_deploys_detects_drift_and_destroys(
    cloud: LocalCloud, client: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published = make_deployer(cloud, client, tmp_path)
    published.publish()
    for name, value in cloud.environment.items():
        monkeypatch.setenv(name, value)
    aws, clock, script = Aws(), Clock(), Script()
    settings = Settings(secondary_region=SECONDARY, bucket_prefix="code")
    checks = list(run_checks(aws, clock, settings))
    assert not [finding for finding in checks if finding.grade is Grade.FAILED]

    with pytest.raises(DeclinedError):
        deploy_main_stack(aws, clock, Script(consents=False), settings, {})
    assert published.remains() == {}

    result = deploy_main_stack(aws, clock, script, settings, {"ReplicationTimeControl": "Enabled"})
    assert result.action == "created"
    assert result.stack is not None
    assert result.stack.outputs["SecondaryRegion"] == SECONDARY
    assert result.stack.parameters["ReplicationTimeControl"] == "Enabled"
    (title, lines), *_ = script.plans
    assert title.startswith("Create stack mraa in ")
    assert "+ StackSet (AWS::CloudFormation::StackSet)" in lines
    assert {event.region for event in script.events if event.subject == "PhotosFunction"} == set(REGIONS)
    assert {of.region for of in script.counted[-1]} <= set(REGIONS)
    assert deploy_main_stack(aws, clock, script, settings, {}).action == "unchanged"
    assert attach_to_main_stack(aws, clock, script, settings).action == "idle"

    web = deploy_web_app(aws, clock, script, settings, admin_name="ada", admin_email="ada@example.com")
    assert web.action == "created"
    assert drifted(detect_drift(aws, clock, script.event, settings)) == []
    assert destroy_web_app(aws, clock, script, settings) == "deleted"

    destroyed = destroy_deployment(aws, clock, script, settings, with_data=True)
    assert (destroyed.action, destroyed.stacks) == ("deleted", ("mraa",))
    assert (destroyed.left, destroyed.left_by_earlier_stacks) == ((), ())
    assert published.remains() == {}
    assert script.warnings == []
