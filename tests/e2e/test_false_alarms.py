"""Slow answers, a lost standby, no network: the page says what is, and nothing else."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from tests.e2e.app import LOST_MS, App
from tests.e2e.deployment import System
from tests.e2e.pictures import picture
from tests.regions import PRIMARY, SECONDARY

SLOW_S = 5
NO_ANSWER = "status of 50[03]|ERR_"


def state_asked(app: App, count: int) -> Callable[[], bool]:
    """True once the page has asked for the state that many times more."""
    asked: list[str] = []
    app.page.on("request", lambda request: asked.append(request.url) if "/state/" in request.url else None)
    return lambda: len(asked) >= count


def test_both_regions_are_asked_every_few_seconds(app: App) -> None:
    app.expect_roles("Writable", "Standby")
    asked: dict[str, int] = {}

    def count(url: str) -> None:
        if "/state/" in url:
            asked[url] = asked.get(url, 0) + 1

    app.page.on("request", lambda request: count(request.url))
    app.wait_until(lambda: len(asked) == 2 and min(asked.values()) >= 3)


def test_one_slow_answer_decides_nothing(app: App) -> None:
    app.expect_roles("Writable", "Standby")
    held: list[Route] = []
    app.page.route("**/state/*", lambda route: route.continue_() if len(held) == 2 else held.append(route))
    app.wait_until(lambda: len(held) == 2)
    late_s = time.monotonic() + SLOW_S
    app.wait_until(lambda: time.monotonic() > late_s)

    app.expect_banner(None)
    app.expect_roles("Writable", "Standby")
    for route in held:
        route.continue_()
    app.wait_until(state_asked(app, 4))
    app.expect_banner(None)
    app.upload(picture("meanwhile.png"))


def test_a_constant_latency_of_three_seconds_works(make_app: Any, session: Any) -> None:
    app = make_app(storage_state=session)
    network = app.page.context.new_cdp_session(app.page)
    network.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 3_000, "downloadThroughput": -1, "uploadThroughput": -1},
    )
    app.page.set_default_timeout(60_000)
    banners: list[str] = []
    app.page.expose_function("sawBanner", lambda kind: banners.append(kind))
    app.page.add_init_script("""new MutationObserver(() => {
        const banner = document.querySelector("[data-testid=banner]");
        if (banner) window.sawBanner(banner.dataset.kind);
    }).observe(document, {subtree: true, childList: true})""")
    app.open()
    expect(app.panel.get_by_test_id("state").locator(".role")).to_have_text(["Writable", "Standby"], timeout=60_000)
    app.choose(picture("from far away.png"))

    expect(app.photo("from far away")).to_be_visible(timeout=60_000)
    app.wait_until(state_asked(app, 6))
    assert banners == []


def test_a_page_opens_in_the_region_that_answers_while_the_other_hangs(
    make_app: Any, session: Any, system: System
) -> None:
    app = make_app(storage_state=session)
    app.page.route("**/state/*", lambda route: None if PRIMARY in str(route.request.headers) else route.continue_())
    app.open()

    # first what is said until the Region is lost
    expect(app.banner).to_contain_text("N. Virginia has not answered yet", timeout=LOST_MS)
    app.expect_banner("region-lost")
    app.expect_state("active", SECONDARY)
    expect(app.photo("meanwhile")).to_be_visible()
    expect(app.page.get_by_role("button", name="Add photos")).to_be_disabled()
    app.expect_roles("No answer", "Standby")


def test_a_lost_standby_is_shown_and_stops_nothing(app: App, system: System) -> None:
    app.allow(NO_ANSWER)
    app.expect_roles("Writable", "Standby")
    system.fault(fault="region", region=SECONDARY, state="hangs")
    try:
        app.expect_roles("Writable", "No answer")
        app.expect_banner("standby-lost")
        app.upload(picture("alone.png"))
        receipt = app.page.get_by_role("list", name="Your writes").get_by_role("listitem").first
        expect(receipt).to_contain_text("Saved in N. Virginia only: Tokyo does not respond")
        expect(app.page.get_by_test_id("copying")).to_have_attribute("data-state", "stopped")
    finally:
        system.restore(SECONDARY)
    app.expect_roles("Writable", "Standby")
    app.expect_banner(None)
    expect(receipt).to_contain_text("copied to Tokyo after all", timeout=20_000)


def test_a_browser_that_is_offline_says_so_and_blames_no_region(app: App) -> None:
    app.allow("ERR_INTERNET_DISCONNECTED")
    app.expect_roles("Writable", "Standby")
    app.page.context.set_offline(True)

    app.expect_banner("offline")
    app.expect_roles("Checking…", "Checking…")
    expect(app.page.get_by_role("button", name="Add photos")).to_be_disabled()
    app.page.context.set_offline(False)
    app.expect_banner(None)
    app.expect_roles("Writable", "Standby")
    events = app.page.get_by_role("list", name="What happened")
    expect(events).to_contain_text("This browser went offline")
    expect(events).not_to_contain_text("does not answer")


@pytest.mark.parametrize("forced", ["none", "active"])
def test_roles_are_told_by_words_and_shapes_too(make_app: Any, session: Any, forced: str) -> None:
    app = make_app(storage_state=session, forced_colors=forced)
    app.open()
    app.expect_roles("Writable", "Standby")
    shapes = app.panel.locator(".role path").evaluate_all("paths => paths.map((path) => path.getAttribute('d'))")
    assert len(set(shapes)) == 2
    colours = app.panel.locator(".role svg").evaluate_all("signs => signs.map((sign) => getComputedStyle(sign).stroke)")
    assert "none" not in colours
