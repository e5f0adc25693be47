"""What a careful user notices: focus, selections, scrolling, text direction, sizes of screens."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import FloatRect, Locator, expect

from tests.e2e.app import App
from tests.e2e.deployment import System
from tests.e2e.pictures import Picture, picture
from tests.regions import PRIMARY, SECONDARY


def test_the_focus_ring_of_a_tile_is_not_clipped(app: App) -> None:
    app.upload(picture("ringed.png"))
    app.expect_no_uploads()
    button = app.photo("ringed").get_by_role("button")
    app.page.mouse.move(0, 0)
    button.scroll_into_view_if_needed()
    box = button.bounding_box()
    assert box
    beside = FloatRect(x=box["x"] - 6, y=box["y"] + 40, width=6, height=40)
    before = app.page.screenshot(clip=beside)
    app.page.keyboard.press("Tab")
    button.focus()

    expect(button).to_be_focused()
    app.wait_until(lambda: app.page.screenshot(clip=beside) != before)


def test_focus_is_not_lost_after_posting(app: App) -> None:
    app.upload(picture("answered.png"))
    app.open_photo("answered")
    app.page.get_by_label("Your comment").fill("with a click")
    app.page.get_by_role("button", name="Post").click()

    expect(app.comments()).to_have_text(["with a click"])
    expect(app.page.get_by_label("Your comment")).to_be_focused()


def test_focus_is_on_the_page_after_signing_in(make_app: Any, session: Any) -> None:
    app = make_app(storage_state=session)
    app.open()
    app.page.get_by_role("button", name="Sign out").click()
    expect(app.page.get_by_label("User name")).to_be_focused()
    app.sign_in()

    expect(app.page.get_by_role("main")).to_be_focused()


def test_a_selection_that_ends_outside_does_not_close_the_photo(app: App) -> None:
    app.upload(picture("selected.png"))
    dialog = app.open_photo("selected")
    text = app.page.get_by_label("Your comment")
    text.fill("a text to select")
    inside = text.bounding_box()
    assert inside
    app.page.mouse.move(inside["x"] + 80, inside["y"] + 20)
    app.page.mouse.down()
    app.page.mouse.move(3, 3)
    app.page.mouse.up()
    expect(dialog).to_be_visible()

    app.page.mouse.click(3, 3)
    expect(dialog).to_have_count(0)


def test_the_page_does_not_scroll_behind_an_open_photo(make_app: Any, session: Any) -> None:
    app = make_app(storage_state=session, viewport={"width": 1000, "height": 500})
    app.open()
    app.upload(picture("still.png"))
    app.page.evaluate("document.querySelector('main').style.minHeight = '3000px'")
    app.open_photo("still")
    before = app.page.evaluate("window.scrollY")
    app.page.mouse.move(3, 250)
    app.page.mouse.wheel(0, 400)
    app.page.keyboard.press("PageDown")
    app.page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    assert app.page.evaluate("window.scrollY") == before
    app.close_photo()

    def is_scrolled() -> bool:
        app.page.mouse.wheel(0, 400)
        return bool(app.page.evaluate("window.scrollY") > 0)

    app.wait_until(is_scrolled)


def test_a_title_from_right_to_left_keeps_its_beginning(app: App) -> None:
    title = "תמונה ארוכה מאוד של נוף הרים בשעת שקיעה עם עננים ורודים וצללים"
    app.upload(picture(f"{title}.png"))
    caption = app.photo(title).locator(".caption b")

    assert caption.evaluate("element => getComputedStyle(element).direction") == "rtl"
    app.open_photo(title)
    heading = app.page.get_by_role("heading", name=title)
    assert heading.evaluate("element => getComputedStyle(element).direction") == "rtl"


@pytest.mark.parametrize(("width", "columns"), [(360, 2), (1280, 4), (3840, 8)])
def test_the_gallery_fills_narrow_and_wide_screens(make_app: Any, session: Any, width: int, columns: int) -> None:
    app = make_app(storage_state=session, viewport={"width": width, "height": 900})
    app.open()
    app.expect_state("active", PRIMARY)
    app.upload(*(picture(f"{width}-{number}.png") for number in range(columns)))
    gallery = app.page.get_by_label("Photos", exact=True)
    boxes = gallery.evaluate("list => [...list.children].map((tile) => tile.getBoundingClientRect().toJSON())")
    first_row = [box for box in boxes if box["top"] == boxes[0]["top"]]
    share = gallery.evaluate("list => list.getBoundingClientRect().width / window.innerWidth")

    assert len(first_row) >= columns
    assert share > 0.8
    assert app.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


def test_at_400_percent_most_of_the_screen_is_for_photos(make_app: Any, session: Any) -> None:
    app = make_app(storage_state=session, viewport={"width": 320, "height": 256})  # 1280 x 1024 at 400 %
    app.open()
    app.expect_roles("Writable", "Standby")
    app.page.evaluate("document.querySelector('main').style.minHeight = '3000px'; window.scrollTo(0, 1000)")

    expect(app.panel.get_by_test_id("state")).to_be_in_viewport()
    height = app.panel.evaluate("panel => panel.getBoundingClientRect().height")
    assert height <= 256 / 2


def test_uploads_are_one_live_region(app: App) -> None:
    app.choose(*(Picture(f"{number}.txt", b"no picture", "text/plain") for number in range(5)))

    expect(app.page.locator("[data-upload=failed]")).to_have_count(5)
    live = app.page.locator("main [role=status], main [role=alert], main [aria-live]")
    told = live.filter(has_text="added")
    expect(told).to_have_count(1)
    expect(told).to_have_text("5 not added")
    expect(live.filter(has_text=".txt")).to_have_count(0)


def test_no_retry_is_offered_where_it_cannot_help(app: App) -> None:
    app.choose(Picture("broken.png", b"this is no image"))

    failed = app.page.locator("[data-upload=failed]")
    expect(failed).to_contain_text("Not a JPEG, PNG, GIF or WebP image.")
    expect(failed.get_by_role("button", name="Dismiss")).to_be_visible()
    expect(failed.get_by_role("button", name="Retry")).to_have_count(0)


def test_a_comment_that_shows_nothing_cannot_be_posted(app: App) -> None:
    app.upload(picture("shapeless.png"))
    app.open_photo("shapeless")
    post = app.page.get_by_role("button", name="Post")
    for text in ("  \n", "\u200b", "\u2060\u200d", "\u3164"):
        app.page.get_by_label("Your comment").fill(text)
        expect(post).to_be_disabled()
    app.page.get_by_label("Your comment").fill(".")
    expect(post).to_be_enabled()


def test_six_fenced_uploads_go_by_themselves_once_the_fence_is_gone(app: App, system: System) -> None:
    # 409: the records of those that were on their way; 412: the thumbnails, which the first try has put
    app.allow("status of 4(09|12)")
    app.expect_state("active", PRIMARY)
    app.page.route("**/public/*", lambda route: None)  # nothing arrives before the fence
    pictures = [picture(f"patient {number}.png") for number in range(6)]
    app.choose(*pictures)
    app.open_tray()
    expect(app.page.locator("[data-upload=sending]")).to_have_count(3)
    system.mraa("fence", "--yes", "--reason", "browser test")
    app.expect_banner("fenced")
    expect(app.page.locator("[data-upload]")).to_have_count(6)
    app.page.unroute("**/public/*")
    system.mraa("unfence", "--yes", "--reason", "browser test")
    app.expect_banner(None)
    for one in pictures:
        expect(app.photo(one.title)).to_be_visible(timeout=60_000)


def signed_at(url: str) -> str:
    """When an address was signed: it stays the same for a quarter of an hour."""
    return parse_qs(urlsplit(url).query)["X-Amz-Date"][0]


def test_a_thumbnail_is_fetched_once_and_a_reload_takes_it_from_the_cache(app: App) -> None:
    app.upload(picture("kept.png"))
    image: Locator = app.photo("kept").locator("img")

    def address() -> str:
        app.expect_picture("kept")
        return str(image.evaluate("image => image.currentSrc"))

    before = address()
    app.page.reload()
    if signed_at(address()) != signed_at(before):  # a quarter of an hour has just begun
        before = address()
        app.page.reload()

    assert address() == before
    size = """image => performance.getEntriesByName(image.currentSrc).map((entry) => entry.transferSize)"""
    assert image.evaluate(size) == [0]


def test_a_view_that_fails_says_so_instead_of_a_blank_page(make_app: Any, session: Any) -> None:
    app = make_app(storage_state=session)
    app.allow("Objects are not valid as a React child|Minified React error|exception:|status of 404")
    broken = {"photoId": "01900000-0000-7000-8000-000000000001", "title": {"not": "a text"}, "user": "x"}
    app.page.route("**/photos", lambda route: route.fulfill(json={"photos": [broken], "nextToken": None}))
    app.open()

    expect(app.page.get_by_role("heading", name="Something went wrong")).to_be_visible()
    expect(app.page.get_by_role("button", name="Reload the page")).to_be_visible()


def test_a_photo_of_a_lost_region_is_not_on_its_way(make_app: Any, session: Any, system: System) -> None:
    app = make_app(storage_state=session)
    app.allow("status of 40[34]|status of 50[03]|ERR_FAILED")
    app.open()
    app.expect_state("active", PRIMARY)  # with the credentials, that come from there
    system.fault(fault="cut", **{"from": PRIMARY, "to": SECONDARY})
    record = {"title": "lonely", "user": "bob", "contentType": "image/png", "author": "bob"}
    item = {"pk": "PHOTO", "sk": "01a90000-0000-7000-8000-000000000001", "createdAt": "2026-01-01T00:00:00.000Z"}
    values = {name: {"S": value} for name, value in {**item, **record, "writtenIn": PRIMARY}.items()}
    system.client("dynamodb", SECONDARY).put_item(TableName=system.deployer.key_value_table(), Item=values)
    system.lose(PRIMARY)
    try:
        app.expect_state("active", SECONDARY)
        pending = app.photo("lonely").locator("[data-pending]")
        expect(pending).to_have_text("Not copied yet: N. Virginia does not answer", timeout=20_000)
    finally:
        system.restore(PRIMARY)
        system.fault(fault="heal", **{"from": PRIMARY, "to": SECONDARY})
