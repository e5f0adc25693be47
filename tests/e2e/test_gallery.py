"""The grid: proportions, loading, long lists, the empty gallery."""

from typing import Any

import pytest
from playwright.sync_api import Route, expect

from tests.e2e.app import SAMPLES, App
from tests.e2e.deployment import System
from tests.e2e.records import photo_id, photo_item, put_items, put_large_photo
from tests.regions import PRIMARY

# the moves of tiles that are on the screen, from the start of the page
WATCH_MOVES = """
  window.moves = [];
  new PerformanceObserver((list) => {
    for (const { sources } of list.getEntries())
      for (const { node, previousRect, currentRect } of sources)
        if (node?.parentElement?.closest('.gallery')) window.moves.push([node.outerHTML, previousRect, currentRect]);
  }).observe({ type: 'layout-shift', buffered: true });
"""


def test_an_empty_gallery_offers_sample_photos_in_one_click(app: App) -> None:
    app.add_samples()

    expect(app.page.get_by_role("button", name="Add sample photos")).to_have_count(0)
    sizes = app.page.locator("[data-photo-id] img").evaluate_all(
        "images => images.map((i) => [i.clientWidth / i.clientHeight, i.naturalWidth / i.naturalHeight])"
    )
    assert len(sizes) >= len(SAMPLES)
    for shown, natural in sizes:
        assert shown == pytest.approx(natural, rel=0.03)


def test_no_tile_moves_while_thumbnails_arrive_in_any_order(make_app: Any, session: Any) -> None:
    app = make_app(storage_state=session, viewport={"width": 900, "height": 700})
    held: list[Route] = []
    others: list[str] = []
    app.page.route("**/public/thumb/*", lambda route: held.append(route) if len(held) < 3 else route.continue_())
    app.page.on("requestfinished", lambda one: others.append(one.url) if "/thumb/" in one.url else None)
    app.page.add_init_script(WATCH_MOVES)
    app.open()
    expect(app.page.locator(".skeletons")).to_be_visible()
    app.wait_until(lambda: len(held) == 3 and len(others) >= len(SAMPLES) - 3)
    for route in reversed(held):
        route.continue_()
    for title in SAMPLES:
        app.expect_picture(title)

    expect(app.page.locator(".skeletons")).to_have_count(0)
    assert app.page.evaluate("window.moves") == []


def test_loading_is_said_and_sketched(make_app: Any, session: Any) -> None:
    app = make_app(storage_state=session)
    held: list[Route] = []
    app.page.route("**/photos", lambda route: route.continue_() if held else held.append(route))
    app.open()
    app.expect_state("active", PRIMARY)
    expect(app.page.locator(".skeletons")).to_be_visible()
    expect(app.page.get_by_text("Loading photos…")).to_have_count(1)
    expect(app.page.get_by_role("heading", name="No photos yet")).to_have_count(0)
    app.wait_until(lambda: bool(held))
    held[0].continue_()

    app.expect_picture("Moonrise")
    expect(app.page.get_by_text("Loading photos…")).to_have_count(0)


@pytest.mark.parametrize(("density", "rendition"), [(1, "/public/thumb/"), (2, "/public/large/")])
def test_a_dense_screen_loads_the_larger_rendition(
    make_app: Any, session: Any, system: System, density: int, rendition: str
) -> None:
    # newer than all that the app adds
    identifier = photo_id(density, "0fffffff")
    title = f"density {density}"
    put_large_photo(system, identifier, title)
    app = make_app(storage_state=session, device_scale_factor=density)
    app.open()
    app.expect_picture(title)

    assert rendition in app.photo(title).locator("img").evaluate("image => image.currentSrc")


def test_pages_of_nothing_but_deleted_photos_are_passed_over(make_app: Any, session: Any) -> None:
    app = make_app(storage_state=session)
    entry = {"photoId": photo_id(7), "title": "behind", "user": "bob", "contentType": "image/png", "createdAt": ""}
    answers = {
        "": {"photos": [], "nextToken": "one"},
        "one": {"photos": [], "nextToken": "two"},
        "two": {"photos": [entry], "nextToken": "three"},
        "three": {"photos": [], "nextToken": None},
    }
    app.allow("status of 404")  # it has no objects
    app.page.route(
        "**/photos*", lambda route: route.fulfill(json=answers[route.request.url.partition("nextToken=")[2]])
    )
    app.open()

    expect(app.photo("behind")).to_be_visible()
    expect(app.page.locator(".skeletons")).to_have_count(0)
    expect(app.photo("behind")).to_have_attribute("aria-setsize", "1")


def test_a_page_that_cannot_be_loaded_is_tried_again(make_app: Any, session: Any) -> None:
    app = make_app(storage_state=session)
    app.allow("status of 503")
    entry = {"photoId": photo_id(7), "title": "at last", "user": "bob", "contentType": "image/png", "createdAt": ""}
    failures = iter([True])

    def answer(route: Route) -> None:
        if "nextToken" not in route.request.url:
            route.fulfill(json={"photos": [], "nextToken": "one"})
        elif next(failures, False):
            route.fulfill(status=503, json={"error": {"code": "Busy", "message": "Too busy."}})
        else:
            route.fulfill(json={"photos": [entry], "nextToken": None})

    app.allow("status of 404")
    app.page.route("**/photos*", answer)
    app.open()

    expect(app.photo("at last")).to_be_visible(timeout=20_000)


def test_a_long_gallery_has_only_the_tiles_near_the_screen(app: App, system: System) -> None:
    app.allow("status of 404")  # they have no objects
    put_items(system, [photo_item(photo_id(number, "01800000")) for number in range(230)])
    app.page.reload()
    app.expect_picture("Moonrise")
    tiles = app.page.locator("[data-photo-id]")
    oldest = app.photo("Photo 0").first
    most = 0

    def is_oldest_reached() -> bool:
        nonlocal most
        app.page.evaluate("window.scrollBy(0, 300)")
        app.page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        most = max(most, tiles.count())
        return oldest.is_visible()

    app.wait_until(is_oldest_reached)
    assert 0 < most < 120
    expect(app.photo("Moonrise")).to_have_count(0)
    position = app.page.locator("[data-photo-id]").last
    expect(position).to_have_attribute("aria-posinset", str(int(position.get_attribute("aria-setsize") or 0)))


def test_the_focus_stays_where_it_is_when_its_tile_is_scrolled_away(app: App) -> None:
    app.allow("status of 404")
    app.expect_picture("Moonrise")
    button = app.photo("Moonrise").get_by_role("button")
    button.focus()
    app.page.mouse.move(600, 600)

    def is_scrolled_away() -> bool:
        app.page.mouse.wheel(0, 500)
        return not app.photo("Northern shore").count()

    app.wait_until(is_scrolled_away)

    expect(button).to_be_focused()
    app.page.keyboard.press("Tab")
    expect(app.photo("Dunes at noon").get_by_role("button")).to_be_focused()
