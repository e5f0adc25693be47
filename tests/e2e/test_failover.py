"""A planned failover and back, as the user of an open page sees it. The tests build on each other, in order."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.app import App
from tests.e2e.deployment import System
from tests.e2e.pictures import picture
from tests.regions import PRIMARY, SECONDARY

CONFLICT = "status of 409"


@pytest.fixture(scope="module")
def open_page(browser: Browser, system: System, session: Any) -> Iterator[App]:
    """One page that stays open through all of it."""
    context = browser.new_context(storage_state=session)
    app = App(context.new_page(), system.url)
    app.open()
    app.expect_state("active", PRIMARY)
    yield app
    context.close()
    assert not app.unexpected()


def test_before_photos_and_comments_are_added(open_page: App) -> None:
    open_page.upload(picture("before.png"))
    open_page.open_photo("before")
    open_page.comment("made before")
    open_page.expect_banner(None)
    open_page.page.get_by_label("Your comment").fill("typed before the fence")


def test_a_fenced_page_says_so_disables_writing_and_keeps_reading(open_page: App, system: System) -> None:
    system.mraa("fence", "--yes", "--reason", "browser test")
    open_page.refresh()

    open_page.expect_state("fenced", PRIMARY)
    open_page.expect_banner("fenced")
    expect(open_page.page.get_by_role("button", name="Post")).to_be_disabled()
    expect(open_page.page.get_by_label("Your comment")).to_have_value("typed before the fence")
    open_page.close_photo()
    open_page.expect_banner("fenced")
    expect(open_page.page.get_by_role("button", name="Add photos")).to_be_disabled()
    expect(open_page.page.get_by_label("Choose photos")).to_be_disabled()
    open_page.expect_picture("before")
    open_page.open_photo("before")
    expect(open_page.comments()).to_have_text(["made before"])
    open_page.close_photo()


def test_a_page_with_an_outdated_state_is_rejected_by_the_server(make_app: Any, session: Any, system: System) -> None:
    """The page gets the old state, so its controls are enabled and its writes are sent: the fence rejects them."""
    app = make_app(storage_state=session)
    app.allow(CONFLICT)
    old = {"state": "active", "writableRegion": PRIMARY, "epoch": 999}
    app.page.route("**/state/*", lambda route: route.fulfill(json=old, headers={"access-control-allow-origin": "*"}))
    app.open()
    app.expect_state("active", PRIMARY)
    answers: list[int] = []
    app.page.on("response", lambda answer: answers.append(answer.status) if answer.request.method == "POST" else None)

    app.open_photo("before")
    app.page.get_by_label("Your comment").fill("forced")
    app.page.unroute("**/state/*")
    app.page.route("**/state/*", lambda route: route.fulfill(json=old) if 409 not in answers else route.continue_())
    app.page.get_by_role("button", name="Post").click()
    expect(app.comments("failed")).to_have_text("forced")
    assert 409 in answers
    app.expect_banner("fenced")

    app.close_photo()
    app.page.reload()
    app.expect_banner("fenced")
    app.open_photo("before")
    expect(app.comments()).to_have_text(["made before"])


def test_a_manually_enabled_control_sends_nothing(make_app: Any, session: Any) -> None:
    app = make_app(storage_state=session)
    app.open()
    app.expect_banner("fenced")
    posts: list[str] = []
    app.page.on("request", lambda request: posts.append(request.url) if request.method == "PUT" else None)
    app.page.evaluate("document.querySelector('input[type=file]').disabled = false")
    app.choose(picture("forced.png"))

    expect(app.page.locator("[data-upload=failed]")).to_contain_text("nothing can be added here right now")
    assert posts == []


def test_after_the_failover_a_click_switches_and_typed_text_is_kept(open_page: App, system: System) -> None:
    open_page.open_photo("before")
    system.mraa("failover", "--yes", "--reason", "browser test")
    open_page.refresh()
    open_page.expect_state("failover", PRIMARY)
    open_page.expect_banner("moved")
    expect(open_page.page.get_by_role("button", name="Post")).to_be_disabled()

    open_page.switch()
    open_page.expect_state("failover", SECONDARY)
    open_page.expect_banner(None)
    expect(open_page.page.get_by_label("Your comment")).to_have_value("typed before the fence")
    expect(open_page.comments()).to_have_text(["made before"])
    open_page.page.get_by_role("button", name="Post").click()
    expect(open_page.comments()).to_have_text(["made before", "typed before the fence"])
    open_page.close_photo()


def test_the_other_region_has_the_same_photos_and_accepts_new_ones(open_page: App) -> None:
    open_page.expect_picture("before")
    open_page.upload(picture("during.png", 200))
    open_page.expect_picture("during")
    open_page.open_photo("during")
    open_page.comment("made during")
    open_page.close_photo()


def test_a_page_opened_now_starts_in_the_other_region(make_app: Any, session: Any) -> None:
    app = make_app(storage_state=session)
    app.open()

    app.expect_state("failover", SECONDARY)
    app.expect_banner(None)
    app.expect_picture("during")


def test_a_write_in_flight_during_a_failback_leads_to_the_banner(make_app: Any, session: Any, system: System) -> None:
    """The state is read before each write, so a page with an outdated state sends nothing."""
    app = make_app(storage_state=session)
    app.open()
    app.expect_state("failover", SECONDARY)
    app.open_photo("during")
    app.page.get_by_label("Your comment").fill("on the way")
    system.mraa("failback", "--yes", "--reason", "browser test")
    app.page.get_by_role("button", name="Post").click()

    expect(app.comments("failed")).to_have_text("on the way")
    app.expect_banner("moved")
    app.switch()
    app.page.get_by_role("button", name="Try again").click()
    expect(app.comments()).to_have_text(["made during", "on the way"])


def test_after_the_failback_everything_added_in_between_is_shown(open_page: App) -> None:
    open_page.refresh()
    open_page.expect_banner("moved")
    open_page.switch()
    open_page.expect_state("active", PRIMARY)
    open_page.expect_banner(None)

    for title in ("before", "during"):
        open_page.expect_picture(title)
    open_page.open_photo("before")
    expect(open_page.comments()).to_have_text(["made before", "typed before the fence"])
    open_page.close_photo()
    open_page.upload(picture("after.png", 30))
