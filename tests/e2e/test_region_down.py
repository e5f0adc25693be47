"""Regions lost without warning, as the user of an open page sees it. The tests build on each other, in order."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from playwright.sync_api import Browser, expect

from tests.e2e.app import App
from tests.e2e.deployment import System
from tests.e2e.pictures import picture
from tests.regions import PRIMARY, SECONDARY

DOWN = "status of 50[03]|ERR_FAILED"


@pytest.fixture(scope="module")
def open_page(browser: Browser, system: System, session: Any) -> Iterator[App]:
    """One page that stays open through all of it."""
    context = browser.new_context(storage_state=session)
    app = App(context.new_page(), system.url)
    app.allow(DOWN)
    app.open()
    app.expect_state("active", PRIMARY)
    app.upload(picture("before.png"))
    app.expect_picture("before")
    yield app
    context.close()
    assert not app.unexpected()


def test_a_primary_that_hangs_is_reported_and_the_page_reads_in_the_secondary(open_page: App, system: System) -> None:
    open_page.wait_until(lambda: is_replicated(system))
    system.fault(fault="region", region=PRIMARY, state="hangs")

    open_page.expect_roles("No answer", "Standby")
    open_page.expect_state("active", SECONDARY)
    open_page.expect_banner("region-lost")
    expect(open_page.banner).to_contain_text("N. Virginia does not respond, and no other Region has taken over yet")
    open_page.expect_picture("before")
    expect(open_page.page.get_by_role("button", name="Add photos")).to_be_disabled()
    since = open_page.page.get_by_test_id("region-primary")
    expect(since).to_contain_text("No answer")
    expect(since.get_by_role("time")).to_be_visible()


def test_after_an_unplanned_failover_the_page_continues_and_warns_about_sign_in(open_page: App, system: System) -> None:
    system.lose(PRIMARY)
    with pytest.raises(ClientError):
        system.client("dynamodb").list_tables()
    system.mraa("failover", "--unplanned", "--yes", "--reason", "browser test")

    open_page.expect_state("failover", SECONDARY)
    open_page.expect_roles("No answer", "Writable")
    open_page.expect_banner("sign-in-region")
    expect(open_page.banner).to_contain_text(re.compile(r"Your session holds until \d+:\d\d\s[AP]M\."))
    expect(open_page.banner).to_contain_text("New sign-ins require N. Virginia")
    open_page.upload(picture("without the primary.png"))
    open_page.expect_picture("without the primary")
    open_page.open_photo("without the primary")
    open_page.comment("and comments too")
    expect(open_page.page.get_by_test_id("receipt")).to_have_text("Saved in Tokyo only: N. Virginia does not respond")
    open_page.page.get_by_label("Your comment").fill("half a thought")


def test_two_lost_regions_are_reported_and_typed_text_is_kept(open_page: App, system: System) -> None:
    system.lose(SECONDARY)

    open_page.expect_banner("unreachable")
    open_page.expect_roles("No answer", "No answer")
    expect(open_page.panel.get_by_test_id("state")).to_have_attribute("data-state", "unknown")
    expect(open_page.page.get_by_role("button", name="Post")).to_be_disabled()
    expect(open_page.page.get_by_label("Your comment")).to_have_value("half a thought")


def test_the_page_recovers_by_itself_when_a_region_is_restored(open_page: App, system: System) -> None:
    system.restore(SECONDARY)

    open_page.expect_banner("sign-in-region")  # nothing was clicked
    open_page.expect_state("failover", SECONDARY)
    expect(open_page.page.get_by_label("Your comment")).to_have_value("half a thought")
    open_page.page.get_by_role("button", name="Post").click()
    expect(open_page.comments()).to_have_text(["and comments too", "half a thought"])


def test_the_restored_primary_ends_the_warning_and_gets_the_copies(open_page: App, system: System) -> None:
    system.restore(PRIMARY)

    open_page.expect_banner(None)
    open_page.expect_state("failover", SECONDARY)
    open_page.expect_roles("Standby", "Writable")
    expect(open_page.page.get_by_test_id("receipt")).to_have_text(
        ["Saved in Tokyo, copied to N. Virginia after all"] * 2, timeout=20_000
    )
    open_page.close_photo()


def is_replicated(system: System) -> bool:
    """Whether the objects are in the other Region too, so that the page can show them there."""
    s3, bucket = system.client("s3", SECONDARY), system.deployer.object_bucket(SECONDARY)
    return len(s3.list_objects_v2(Bucket=bucket, Prefix="public/").get("Contents", [])) == 2
