"""The open photo: its address, its neighbours, zoom, comments, deletion; by mouse, finger and keyboard."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.app import App
from tests.e2e.deployment import System
from tests.e2e.pictures import picture
from tests.e2e.records import photo_id, photo_item, put_items, put_large_photo
from tests.regions import PRIMARY

FENCED = {"state": "fenced", "writableRegion": "none", "epoch": 999}


@pytest.fixture(scope="module", autouse=True)
def three_photos(make_module_app: App) -> None:
    """Three photos of the user's own, which the tests open."""
    make_module_app.upload(picture("one.png", 10), picture("two.png", 120), picture("three.png", 240))


@pytest.fixture(scope="module")
def make_module_app(browser: Any, system: System, session: Any) -> Any:
    """A page for what all tests of this file need."""
    context = browser.new_context(storage_state=session)
    app = App(context.new_page(), system.url)
    app.open()
    yield app
    context.close()


def expect_open(app: App, title: str) -> None:
    expect(app.page.get_by_role("dialog", name=title, exact=True)).to_be_visible()


def expect_closed(app: App) -> None:
    expect(app.page.get_by_role("dialog")).to_have_count(0)


def test_back_closes_forward_opens_and_a_reload_keeps_photo_and_draft(app: App) -> None:
    app.open_photo("two")
    address = app.page.url
    assert re.search(r"#/photos/[0-9a-f-]{36}$", address)
    app.page.get_by_label("Your comment").fill("half a sen")
    app.page.go_back()
    expect_closed(app)
    app.page.go_forward()
    expect_open(app, "two")
    app.page.reload()
    expect_open(app, "two")
    expect(app.page.get_by_label("Your comment")).to_have_value("half a sen")
    app.close_photo()

    assert app.page.url.partition("#")[0] == address.partition("#")[0]
    assert "#" not in app.page.url
    expect(app.photo("two").get_by_role("button")).to_be_focused()


def test_an_address_opens_its_photo_and_closing_stays_on_the_page(app: App, make_app: Any, session: Any) -> None:
    app.open_photo("one")
    other = make_app(url=app.page.url, storage_state=session)
    other.open()
    expect_open(other, "one")
    expect(other.photo("one")).to_be_visible()  # behind it
    other.page.keyboard.press("Escape")

    expect_closed(other)
    expect(other.photo("one").get_by_role("button")).to_be_focused()


def test_the_address_of_a_photo_on_a_later_page_is_found(make_app: Any, session: Any, system: System) -> None:
    identifiers = [photo_id(number, "01700000") for number in range(120)]
    put_items(system, [photo_item(identifier) for identifier in identifiers])
    app = make_app(url=f"{system.url}#/photos/{identifiers[1]}", storage_state=session)
    app.allow("status of 404")  # it has no objects
    app.open()
    expect_open(app, "Photo 1")
    app.page.keyboard.press("ArrowRight")
    expect_open(app, "Photo 0")
    expect(app.page.get_by_role("button", name="Next photo")).to_have_attribute("aria-disabled", "true")
    app.page.keyboard.press("Escape")

    expect_closed(app)
    expect(app.photo("three")).to_be_visible()


@pytest.mark.parametrize("address", [photo_id(1, "01600000"), photo_id(1, "0f000000"), "<script>", "%00"])
def test_an_unknown_address_says_so(make_app: Any, session: Any, system: System, address: str) -> None:
    app = make_app(url=f"{system.url}#/photos/{address}", storage_state=session)
    app.open()
    expect_open(app, "There is no such photo")
    expect(app.page.get_by_role("dialog")).to_contain_text("N. Virginia has no photo at this address.")
    app.close_photo()

    expect(app.photo("three")).to_be_visible()


def test_arrow_keys_and_buttons_lead_to_the_neighbours_but_not_while_typing(app: App) -> None:
    app.open_photo("three")
    app.page.keyboard.press("ArrowRight")
    expect_open(app, "two")
    following = app.page.get_by_role("button", name="Next photo")
    following.click()
    expect_open(app, "one")
    expect(following).to_be_focused()
    app.page.get_by_label("Your comment").fill("ab")
    app.page.keyboard.press("ArrowLeft")
    app.page.keyboard.press("ArrowLeft")
    app.page.keyboard.press("-")
    expect(app.page.get_by_label("Your comment")).to_have_value("-ab")
    expect_open(app, "one")
    app.page.get_by_label("Your comment").fill("")
    app.page.get_by_role("button", name="Previous photo").click()
    expect_open(app, "two")

    app.page.keyboard.press("Escape")
    expect_closed(app)
    expect(app.photo("two").get_by_role("button")).to_be_focused()
    expect(app.page).not_to_have_url(re.compile("#"))  # going back takes a moment


def test_the_focus_stays_in_the_open_photo(app: App) -> None:
    app.open_photo("two")
    for _ in range(25):
        app.page.keyboard.press("Tab")
        assert app.page.evaluate("!document.activeElement.closest('main')")


def test_a_photo_is_opened_and_commented_by_keyboard_alone(app: App) -> None:
    app.photo("one").get_by_role("button").focus()
    app.page.keyboard.press("Enter")
    expect_open(app, "one")
    field = app.page.get_by_label("Your comment")
    for _ in range(25):
        app.page.keyboard.press("Tab")
        if field.evaluate("field => field === document.activeElement"):
            break
    app.page.keyboard.type("by keyboard")
    app.page.keyboard.press("Control+Enter")

    expect(app.comments().last).to_have_text("by keyboard")


def fingers_on(page: Page) -> Callable[..., None]:
    """``touch(kind, *points)``: fingers on the screen, as the browser gets them."""
    session = page.context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        found = [{"x": x, "y": y, "id": finger} for finger, (x, y) in enumerate(points)]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": found})

    return touch


def centre(app: App) -> tuple[float, float]:
    box = app.page.locator(".stage").bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def scale(app: App) -> float:
    return float(app.page.get_by_test_id("zoomed").get_attribute("data-scale") or 0)


def expect_scale(app: App, pattern: str) -> None:
    expect(app.page.get_by_test_id("zoomed")).to_have_attribute("data-scale", re.compile(pattern))


def test_a_swipe_leads_to_the_neighbours(make_app: Any, session: Any) -> None:
    app = make_app(storage_state=session, viewport={"width": 390, "height": 780}, has_touch=True)
    app.open()
    app.open_photo("two")
    x, y = centre(app)
    touch = fingers_on(app.page)
    for distance, title in ((-150, "one"), (150, "two"), (150, "three")):
        touch("touchStart", (x, y))
        touch("touchMove", (x + distance / 2, y))
        touch("touchMove", (x + distance, y))
        touch("touchEnd")
        expect_open(app, title)


def test_a_pinch_zooms_and_then_a_finger_moves_the_picture(make_app: Any, session: Any) -> None:
    app = make_app(storage_state=session, viewport={"width": 390, "height": 780}, has_touch=True)
    app.open()
    app.open_photo("two")
    x, y = centre(app)
    touch = fingers_on(app.page)
    touch("touchStart", (x - 20, y), (x + 20, y))
    for reach in (40, 60, 80, 100):
        touch("touchMove", (x - reach, y), (x + reach, y))
    touch("touchEnd")
    expect_scale(app, r"^[1-8]\.\d*[1-9]")
    before = app.page.get_by_test_id("zoomed").bounding_box()
    assert before
    touch("touchStart", (x, y))
    touch("touchMove", (x - 40, y))
    touch("touchMove", (x - 80, y))
    touch("touchEnd")

    expect_open(app, "two")  # no swipe
    app.page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    after = app.page.get_by_test_id("zoomed").bounding_box()
    assert after and after["x"] < before["x"]


def test_wheel_double_click_and_keys_zoom(app: App) -> None:
    app.open_photo("two")
    x, y = centre(app)
    expect_scale(app, r"^1\.00$")
    app.page.mouse.move(x, y)
    app.page.mouse.wheel(0, -200)
    expect_scale(app, r"^(1\.[1-9]|[2-8])")
    app.page.keyboard.press("0")
    expect_scale(app, r"^1\.00$")
    app.page.mouse.dblclick(x, y)
    expect_scale(app, r"^3\.00$")
    app.page.mouse.dblclick(x, y)
    expect_scale(app, r"^1\.00$")
    app.page.keyboard.press("+")
    expect_scale(app, r"^1\.[1-9]")
    app.page.get_by_role("button", name="Zoom in").click()
    expect_scale(app, r"^1\.[5-9]")
    for _ in range(12):
        app.page.keyboard.press("+")
    expect_scale(app, r"^8\.00$")
    app.page.keyboard.press("ArrowRight")
    expect_open(app, "one")
    expect_scale(app, r"^1\.00$")
    app.page.keyboard.press("-")
    expect(app.page.get_by_role("button", name="Zoom out")).to_have_attribute("aria-disabled", "true")
    assert scale(app) == 1


def test_only_a_closer_look_loads_the_whole_photo(make_app: Any, session: Any, system: System) -> None:
    identifier = photo_id(1, "0fffffff")
    put_large_photo(system, identifier, "detailed")
    app = make_app(storage_state=session)
    asked: list[str] = []
    app.page.on("request", lambda request: asked.append(request.url))
    app.open()
    app.open_photo("detailed")
    shown = app.page.get_by_role("img", name="detailed")
    expect(shown).to_have_js_property("naturalWidth", 400)
    assert not [url for url in asked if f"/public/{identifier}" in url]
    app.page.keyboard.press("+")

    expect(shown).to_have_js_property("naturalWidth", 800)


def test_comments_of_others_appear_while_it_is_open_in_the_order_of_the_servers_time(app: App, system: System) -> None:
    app.open_photo("three")
    identifier = app.page.url.rpartition("/")[2]
    app.comment("mine")
    comment = {"pk": f"COMMENT#{identifier}", "user": "bob", "author": "bob", "writtenIn": PRIMARY}
    put_items(
        system,
        [
            {name: {"S": value} for name, value in {**comment, **values}.items()}
            for values in (
                # the id of a clock that is behind, and one that is ahead
                {"sk": photo_id(1, "01000000"), "message": "later", "createdAt": "2099-01-01T00:00:00.000Z"},
                {"sk": photo_id(2, "0f000000"), "message": "earlier", "createdAt": "2020-01-01T00:00:00.000Z"},
            )
        ],
    )

    expect(app.comments()).to_have_text(["earlier", "mine", "later"], timeout=30_000)


def test_an_own_comment_comes_into_sight_and_the_field_never_leaves_it(app: App) -> None:
    app.open_photo("one")
    for number in range(12):
        app.comment(f"line\nline\nline {number}")
        expect(app.comments().last).to_be_in_viewport()
        expect(app.page.get_by_label("Your comment")).to_be_in_viewport()


def test_a_photo_that_is_deleted_elsewhere_says_so_and_leaves_the_grid(app: App, make_app: Any, session: Any) -> None:
    app.allow("status of 4(10|04)")
    app.upload(picture("fleeting.png"))
    app.open_photo("fleeting")
    address = app.page.url
    other = make_app(storage_state=session)
    other.allow("status of 4(10|04)")
    other.open()
    other.open_photo("fleeting")
    other.page.get_by_role("button", name="Delete").click()
    other.page.get_by_role("group", name="Delete for everyone?").get_by_role("button", name="Delete").click()
    expect_closed(other)

    expect(app.page.get_by_role("dialog", name="This photo was deleted")).to_be_visible(timeout=30_000)
    app.close_photo()
    expect(app.photo("fleeting")).to_have_count(0)

    later = make_app(url=address, storage_state=session)
    later.allow("status of 410")
    later.open()
    expect_open(later, "This photo was deleted")


def test_an_own_photo_is_deleted_after_a_question(app: App) -> None:
    app.allow("status of 4(10|04)")
    app.upload(picture("unwanted.png"))
    app.open_photo("unwanted")
    app.comment("with a receipt")
    app.page.get_by_role("button", name="Delete").click()
    question = app.page.get_by_role("group", name="Delete for everyone?")
    expect(question.get_by_role("button", name="Keep")).to_be_focused()
    app.page.keyboard.press("Escape")
    expect(question).to_have_count(0)
    expect_open(app, "unwanted")
    app.page.get_by_role("button", name="Delete").click()
    question.get_by_role("button", name="Delete").click()

    expect_closed(app)
    expect(app.photo("unwanted")).to_have_count(0)
    writes = app.page.get_by_role("list", name="Your writes")
    expect(writes.filter(has_text="unwanted")).to_have_count(0)
    expect(writes.filter(has_text="with a receipt")).to_have_count(0)
    app.page.reload()
    app.expect_picture("three")
    expect(app.photo("unwanted")).to_have_count(0)


def test_nothing_can_be_deleted_while_nobody_can_write(app: App) -> None:
    app.open_photo("two")
    button = app.page.get_by_role("button", name="Delete")
    expect(button).to_be_enabled()
    app.page.route("**/state/*", partial(fulfil, FENCED))

    expect(button).to_be_disabled(timeout=20_000)
    expect(button).to_have_accessible_description("Nothing can be deleted right now.")


def fulfil(state: dict[str, Any], route: Route) -> None:
    route.fulfill(json=state)


def test_a_failed_deletion_says_why_and_keeps_the_photo(app: App) -> None:
    app.allow("status of 503")
    app.open_photo("two")
    busy = {"error": {"code": "Busy", "message": "Too busy."}}
    app.page.route(
        "**/photos/*",
        lambda route: route.fulfill(status=503, json=busy) if route.request.method == "DELETE" else route.continue_(),
    )
    app.page.get_by_role("button", name="Delete").click()
    question = app.page.get_by_role("group", name="Delete for everyone?")
    question.get_by_role("button", name="Delete").click()

    expect(question.get_by_role("alert")).to_have_text("Too busy.", timeout=30_000)
    app.close_photo()
    expect(app.photo("two")).to_be_visible()


def test_what_others_added_offers_no_deletion(app: App, system: System) -> None:
    app.allow("status of 404")  # it has no objects
    put_items(system, [photo_item(photo_id(2, "0fffffff"), title="of bob")])
    app.page.reload()
    app.open_photo("of bob")

    expect(app.page.get_by_role("button", name="Close")).to_be_visible()
    expect(app.page.get_by_role("button", name="Delete")).to_have_count(0)
