"""Photos and comments without failures."""

from typing import Any

from playwright.sync_api import Route, expect

from tests.e2e.app import App
from tests.e2e.deployment import System
from tests.e2e.pictures import Picture, picture
from tests.regions import PRIMARY

HOSTILE = """quotes " and ' and \\ and `, a line
break, <script>document.title = 'taken over'</script> <img src=x onerror=alert(1)>
$x ${x} #set($x = 1) #if(true)yes#end $util.escapeJavaScript("x")
emoji 🛰👩‍👩‍👧, right to left: שלום, a null sign \u2400 and %00 &amp; &lt;b&gt; "}, {"S": "ADMIN"}\ufffd"""

DROP = """async ({name, bytes}) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([new Uint8Array(bytes)], name, {type: "image/png"}));
  for (const kind of ["dragenter", "dragover", "drop"])
    document.body.dispatchEvent(new DragEvent(kind, {dataTransfer: transfer, bubbles: true, cancelable: true}));
}"""


def test_several_photos_are_uploaded_at_once_and_shown_newest_first(app: App) -> None:
    app.upload(picture("first.png", 0), picture("second.png", 120), picture("third.png", 240))

    for title in ("first", "second", "third"):
        app.expect_picture(title)
    titles = app.page.locator("[data-photo-id] .caption b").all_inner_texts()
    assert [title for title in titles if title in {"first", "second", "third"}] == ["third", "second", "first"]
    app.expect_no_uploads()


def test_files_that_are_not_photos_are_rejected_before_they_are_sent(app: App) -> None:
    whole = picture("whole.png").content
    app.choose(
        Picture("notes.txt", b"hello", "text/plain"),
        Picture("drawing.svg", b"<svg/>", "image/svg+xml"),
        Picture("huge.png", bytes(10 * 1024 * 1024 + 1)),
        Picture("empty.png", b""),
        Picture("no image.png", b"this is no image"),
        Picture("no pixels.png", whole[:33] + whole[-12:]),
    )

    uploads = app.page.locator("[data-upload=failed]")
    expect(uploads).to_have_count(6)
    for name, reason in (
        ("notes.txt", "Not a JPEG"),
        ("drawing.svg", "SVG drawings may contain scripts"),
        ("huge.png", "Larger than 10 MB"),
        ("empty.png", "The file is empty"),
        ("no image.png", "Not a JPEG"),
        ("no pixels.png", "cannot read this file as an image"),
    ):
        expect(uploads.filter(has_text=name)).to_contain_text(reason)
    assert not app.photo("huge").count()
    uploads.filter(has_text="huge.png").get_by_role("button", name="Dismiss").click()
    expect(uploads).to_have_count(5)


def test_a_photo_is_dropped_on_the_page(app: App) -> None:
    dropped = picture("dropped.png")
    expect(app.page.get_by_role("button", name="Add photos")).to_be_enabled()
    app.page.evaluate(DROP, {"name": dropped.name, "bytes": list(dropped.content)})

    app.expect_picture("dropped")


def test_an_upload_that_overtakes_the_first_page_of_photos_stays(make_app: Any, session: Any) -> None:
    app = make_app(storage_state=session)
    held: list[Route] = []
    app.page.route("**/photos", lambda route: route.continue_() if held else held.append(route))
    app.open()
    app.expect_state("active", PRIMARY)
    app.wait_until(lambda: bool(held))
    app.upload(picture("overtaking.png"))
    held[0].fulfill(json={"photos": [], "nextToken": None})

    app.expect_picture("overtaking")
    app.page.wait_for_timeout(500)
    expect(app.photo("overtaking")).to_be_visible()


def test_a_failed_upload_says_why_and_can_be_retried(app: App) -> None:
    app.allow("status of (503|412)|ERR_FAILED")  # 412: the thumbnail, which the first try has put
    refusals = iter([True])
    app.page.route(
        "**/public/*",
        lambda route: route.fulfill(status=503) if next(refusals, False) else route.continue_(),
    )
    app.choose(picture("second try.png"))

    failed = app.page.locator("[data-upload=failed]")
    expect(failed).to_contain_text("The object store returned 503")
    failed.get_by_role("button", name="Retry").click()
    app.expect_picture("second try")


def test_a_comment_appears_exactly_as_typed(app: App) -> None:
    app.upload(picture("commented.png"))
    app.open_photo("commented")
    app.comment(HOSTILE)
    assert app.comments().all_inner_texts() == [HOSTILE]

    app.page.reload()
    expect(app.page.get_by_role("dialog", name="commented")).to_be_visible()
    expect(app.comments()).to_have_count(1)
    assert app.comments().all_inner_texts() == [HOSTILE]
    assert app.page.title() == "Photos across two Regions"


def test_comments_come_oldest_first_and_page_by_page(app: App, system: System) -> None:
    app.upload(picture("much discussed.png"))
    photo_id = app.photo("much discussed").get_attribute("data-photo-id")
    dynamodb = system.client("dynamodb")
    key_values = system.deployer.key_value_table()
    for number in range(120):
        values = {
            "pk": f"COMMENT#{photo_id}",
            "sk": f"01900000-0000-7000-8000-{number:012x}",
            "user": "bob",
            "message": f"number {number}",
            "author": "bob",
            "createdAt": "2024-01-01T00:00:00.000Z",
            "writtenIn": PRIMARY,
        }
        dynamodb.put_item(TableName=key_values, Item={name: {"S": value} for name, value in values.items()})

    app.open_photo("much discussed")
    expect(app.comments()).to_have_count(50)
    app.comment("mine, shown at once")
    more = app.page.get_by_role("button", name="More comments")
    more.click()
    expect(app.comments()).to_have_count(101)
    more.click()
    expect(app.comments()).to_have_count(121)
    expect(more).to_have_count(0)
    assert app.comments().all_inner_texts() == [*(f"number {n}" for n in range(120)), "mine, shown at once"]


def test_a_comment_that_could_not_be_posted_is_marked_and_can_be_retried(app: App) -> None:
    app.allow("status of 503")
    app.upload(picture("unlucky.png"))
    app.open_photo("unlucky")
    app.page.route(
        "**/comments/*",
        lambda route: (
            route.fulfill(status=503, json={"error": {"code": "Busy", "message": "Too busy."}})
            if route.request.method == "POST"
            else route.continue_()
        ),
    )
    app.page.get_by_label("Your comment").fill("a patient one")
    app.page.get_by_role("button", name="Post").click()

    expect(app.comments("failed")).to_have_text("a patient one")
    expect(app.page.get_by_text("Not posted")).to_contain_text("Too busy.")
    app.page.unroute("**/comments/*")
    app.page.get_by_role("button", name="Try again").click()
    expect(app.comments("sent")).to_have_text("a patient one")
    expect(app.comments("failed")).to_have_count(0)


def test_typed_text_is_kept_when_the_photo_is_opened_again(app: App) -> None:
    app.upload(picture("come back.png"))
    app.open_photo("come back")
    app.page.get_by_label("Your comment").fill("not yet sent")
    app.close_photo()
    app.open_photo("come back")

    expect(app.page.get_by_label("Your comment")).to_have_value("not yet sent")


def test_a_photo_whose_object_is_not_yet_replicated_is_pending(
    make_app: Any, session: Any, app: App, system: System
) -> None:
    app.upload(picture("travelling.png"))
    photo_id = app.photo("travelling").get_attribute("data-photo-id")
    s3, bucket = system.client("s3"), system.deployer.object_bucket(PRIMARY)
    kept = {key: s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys_of(photo_id)}
    for key in kept:
        s3.delete_object(Bucket=bucket, Key=key)
    other = make_app(storage_state=session)  # has nothing of it in its cache
    other.allow("status of 404")
    other.open()

    tile = other.photo("travelling")
    expect(tile.locator("[data-pending]")).to_have_text("On its way…")
    before = tile.bounding_box()
    for key, content in kept.items():
        s3.put_object(Bucket=bucket, Key=key, Body=content, ContentType="image/png")
    other.expect_picture("travelling")
    assert tile.bounding_box() == before  # the layout did not move


def keys_of(photo_id: str | None) -> list[str]:
    return [f"public/{photo_id}", f"public/thumb/{photo_id}"]


def test_a_phone_has_no_sideways_scrolling(make_app: Any, session: Any) -> None:
    app = make_app(storage_state=session, viewport={"width": 390, "height": 780})
    app.open()
    app.upload(picture(f"{'a very long name ' * 6}.png"))

    def overflow() -> int:
        width: int = app.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        return width

    assert overflow() <= 0
    app.photo("a very long name").first.get_by_role("button").click()
    expect(app.page.get_by_role("dialog")).to_be_visible()
    app.page.get_by_label("Your comment").fill("x" * 300)
    app.page.get_by_role("button", name="Post").click()
    expect(app.comments()).to_have_count(1)
    assert overflow() <= 0
