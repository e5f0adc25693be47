"""A planned failover and back, as the user of an open page sees it. The tests build on each other, in order."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.app import LOST_MS, App
from tests.e2e.deployment import System
from tests.e2e.pictures import picture
from tests.regions import PRIMARY, SECONDARY

CONFLICT = "status of 409"


@pytest.fixture(scope="module")
def open_page(browser: Browser, system: System, session: Any) -> Iterator[App]:
    """One page that stays open through all of it, and follows the Region that writes."""
    yield from opened(browser, system, session)


@pytest.fixture(scope="module")
def held_page(browser: Browser, system: System, session: Any) -> Iterator[App]:
    """Another one, which stays in its Region until its user switches."""
    for app in opened(browser, system, session):
        app.hold()
        yield app


def opened(browser: Browser, system: System, session: Any) -> Iterator[App]:
    context = browser.new_context(storage_state=session)
    app = App(context.new_page(), system.url)
    app.open()
    app.expect_state("active", PRIMARY)
    yield app
    context.close()
    assert not app.unexpected()


def test_before_photos_and_comments_are_added(open_page: App) -> None:
    open_page.expect_roles("Writable", "Standby")
    open_page.upload(picture("before.png"))
    open_page.open_photo("before")
    open_page.comment("made before")
    open_page.expect_banner(None)
    open_page.page.get_by_label("Your comment").fill("typed before the fence")


def test_a_fenced_page_says_so_disables_writing_and_keeps_reading(
    open_page: App, held_page: App, system: System
) -> None:
    held_page.open_photo("before")
    held_page.page.get_by_label("Your comment").fill("typed by the one who stays")
    system.mraa("fence", "--yes", "--reason", "browser test")

    open_page.expect_state("fenced", PRIMARY)
    open_page.expect_roles("Read-only: moving", "Read-only: moving")
    open_page.expect_banner("fenced")
    expect(open_page.page.get_by_role("button", name="Post")).to_be_disabled()
    expect(open_page.page.get_by_label("Your comment")).to_have_value("typed before the fence")
    open_page.close_photo()
    open_page.expect_writing(r"Nobody has been able to write for SPAN, since TIME\.")
    open_page.expect_banner("fenced")
    expect(open_page.page.get_by_role("button", name="Add photos")).to_be_disabled()
    expect(open_page.page.get_by_label("Choose photos")).to_be_disabled()
    open_page.expect_picture("before")
    open_page.open_photo("before")
    expect(open_page.comments()).to_have_text(["made before"])


def test_the_notice_stays_in_sight_when_the_page_is_scrolled(make_app: Any, session: Any) -> None:
    app = make_app(storage_state=session, viewport={"width": 1000, "height": 500})
    app.open()
    app.expect_banner("fenced")
    app.page.evaluate("document.querySelector('main').style.minHeight = '3000px'; window.scrollTo(0, 1500)")

    expect(app.banner).to_be_in_viewport(ratio=1)
    expect(app.panel.get_by_test_id("state")).to_be_in_viewport(ratio=1)


def test_a_write_of_a_page_with_an_outdated_state_is_rejected_and_sent_when_it_can_be(
    make_app: Any, session: Any, system: System
) -> None:
    """The page gets an old state, so its controls are enabled and its write is sent: the fence rejects it."""
    app = make_app(storage_state=session)
    app.allow(CONFLICT)
    old = {"state": "active", "writableRegion": PRIMARY, "epoch": 1}
    app.page.route("**/state/*", lambda route: route.fulfill(json=old, headers={"access-control-allow-origin": "*"}))
    app.open()
    app.expect_state("active", PRIMARY)
    app.open_photo("before")
    with app.page.expect_response(lambda answer: answer.request.method == "POST" and answer.status == 409):
        app.page.get_by_label("Your comment").fill("too late")
        app.page.get_by_role("button", name="Post").click()

    expect(app.comments("waiting")).to_have_text("too late")
    app.page.unroute("**/state/*")
    app.expect_banner("fenced")
    expect(app.comments("waiting")).to_have_text("too late")
    system.mraa("unfence", "--yes", "--reason", "browser test")
    expect(app.comments()).to_have_text(["made before", "too late"], timeout=20_000)
    system.mraa("fence", "--yes", "--reason", "browser test")


def test_a_manually_enabled_control_sends_nothing_until_photos_can_be_added(make_app: Any, session: Any) -> None:
    app = make_app(storage_state=session)
    app.open()
    app.expect_banner("fenced")
    puts: list[str] = []
    app.page.on("request", lambda request: puts.append(request.url) if request.method == "PUT" else None)
    app.page.evaluate("document.querySelector('input[type=file]').disabled = false")
    app.choose(picture("forced.png"))

    expect(app.page.locator("[data-upload=held]")).to_contain_text("nothing can be added here right now")
    assert puts == []


def test_after_the_failover_the_page_has_followed_with_its_dialog_and_what_was_typed(
    open_page: App, system: System
) -> None:
    system.mraa("failover", "--yes", "--reason", "browser test")

    open_page.expect_state("failover", SECONDARY)
    open_page.expect_roles("Standby", "Writable")
    open_page.expect_banner(None)
    expect(open_page.page.get_by_label("Your comment")).to_have_value("typed before the fence")
    expect(open_page.comments()).to_have_text(["made before", "too late"])
    open_page.page.get_by_role("button", name="Post").click()
    expect(open_page.comments()).to_have_text(["made before", "too late", "typed before the fence"])
    open_page.close_photo()


def test_a_page_that_holds_its_region_is_asked_to_switch_and_keeps_what_was_typed(held_page: App) -> None:
    held_page.expect_state("failover", PRIMARY)
    held_page.expect_banner("moved")
    expect(held_page.page.get_by_role("button", name="Post")).to_be_disabled()

    held_page.switch()
    held_page.expect_state("failover", SECONDARY)
    held_page.expect_banner(None)
    expect(held_page.panel.get_by_test_id("state")).to_be_focused()  # not lost with the button
    expect(held_page.page.get_by_label("Your comment")).to_have_value("typed by the one who stays")
    held_page.page.get_by_role("button", name="Post").click()
    expect(held_page.comments().last).to_have_text("typed by the one who stays")
    held_page.close_photo()


def test_the_log_tells_what_happened_and_how_long_nothing_could_be_written(open_page: App) -> None:
    events = open_page.page.get_by_role("list", name="What happened")
    expect(events).to_contain_text("Writing stopped in both Regions")
    expect(events).to_contain_text("Tokyo took over writing")
    expect(events).to_contain_text("This page moved to Tokyo")
    expect(events).to_contain_text("First write accepted in Tokyo")


def test_the_panel_says_who_writes_since_when_and_how_long_nobody_could(open_page: App) -> None:
    open_page.expect_writing(
        r"Tokyo has accepted writes for SPAN, since TIME\. Nobody could write for SPAN before that\."
    )
    since = open_page.page.get_by_test_id("writing").locator("time").inner_text()
    expect(open_page.page.get_by_test_id("region-secondary")).to_contain_text(f"Writable since {since}")


def test_the_other_region_has_the_same_photos_and_accepts_new_ones(open_page: App) -> None:
    open_page.expect_picture("before")
    open_page.upload(picture("during.png", 200))
    open_page.expect_picture("during")
    open_page.open_photo("during")
    open_page.comment("made during")
    expect(open_page.page.get_by_test_id("receipt")).to_contain_text(
        "Saved in Tokyo, copied to N. Virginia in", timeout=LOST_MS
    )
    open_page.close_photo()


def test_a_page_opened_now_starts_in_the_other_region(make_app: Any, session: Any) -> None:
    app = make_app(storage_state=session)
    app.open()

    app.expect_state("failover", SECONDARY)
    app.expect_banner(None)
    app.expect_picture("during")


def test_a_write_in_flight_during_a_failback_arrives(make_app: Any, session: Any, system: System) -> None:
    app = make_app(storage_state=session)
    app.allow(CONFLICT)
    app.open()
    app.expect_state("failover", SECONDARY)
    app.open_photo("during")
    app.page.get_by_label("Your comment").fill("on the way")
    system.mraa("failback", "--yes", "--reason", "browser test")
    app.page.get_by_role("button", name="Post").click()

    expect(app.comments()).to_have_text(["made during", "on the way"], timeout=20_000)
    app.expect_state("active", PRIMARY)


def test_after_the_failback_everything_added_in_between_is_shown(open_page: App, held_page: App) -> None:
    open_page.expect_state("active", PRIMARY)
    open_page.expect_banner(None)
    held_page.expect_banner("moved")

    for title in ("before", "during"):
        open_page.expect_picture(title)
    open_page.open_photo("before")
    expect(open_page.comments()).to_have_text(
        ["made before", "too late", "typed before the fence", "typed by the one who stays"]
    )
    open_page.close_photo()
    open_page.upload(picture("after.png", 30))
