"""What becomes of a photo between the user's disk and the gallery: what is sent, cancelled, refused, deleted."""

import base64
import json
import struct
import urllib.request
import uuid
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.app import App
from tests.e2e.deployment import PASSWORD, System
from tests.e2e.pictures import Picture, picture
from tests.regions import PRIMARY

POSITION = b"47.3769 N 8.5417 E"

PAINT = """([width, height]) => {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext("2d");
  for (let x = 0; x < width; x += 4) {
    context.fillStyle = `hsl(${x} 60% ${40 + x % 30}%)`;
    context.fillRect(x, 0, 4, height);
  }
  return canvas.toDataURL("image/jpeg", 0.95).split(",")[1];
}"""


def photograph(page: Page, name: str, width: int, height: int) -> Picture:
    """A JPEG with a position, to be turned by 90 degrees, as a telephone stores it."""
    jpeg = base64.b64decode(page.evaluate(PAINT, [width, height]))
    entries = struct.pack(">HHIHH", 0x0112, 3, 1, 6, 0) + struct.pack(">HHII", 0x8825, 4, 1, 38)
    tiff = b"MM\0*" + struct.pack(">IH", 8, 2) + entries + struct.pack(">I", 0) + POSITION
    exif = b"Exif\0\0" + tiff
    return Picture(name, jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + jpeg[2:])


def stored(system: System, key: str) -> Any:
    """An object in the primary Region."""
    return system.client("s3").get_object(Bucket=system.deployer.object_bucket(PRIMARY), Key=key)


def record(system: System, pk: str, sk: str) -> dict[str, Any]:
    """A record's attributes in the primary Region; empty if there is none."""
    key = {"pk": {"S": pk}, "sk": {"S": sk}}
    answer = system.client("dynamodb").get_item(
        TableName=system.deployer.key_value_table(), Key=key, ConsistentRead=True
    )
    return {name: value["S"] for name, value in answer.get("Item", {}).items()}


def put_record(system: System, **attributes: str) -> None:
    """Write a record as another client of the API would."""
    item = {name: {"S": value} for name, value in attributes.items()}
    system.client("dynamodb").put_item(TableName=system.deployer.key_value_table(), Item=item)


def size_of(page: Page, content: bytes) -> list[int]:
    """Width and height of an image as a browser shows it."""
    script = """async url => {
      const image = new Image();
      image.src = url;
      await image.decode();
      return [image.naturalWidth, image.naturalHeight];
    }"""
    size: list[int] = page.evaluate(script, f"data:image/jpeg;base64,{base64.b64encode(content).decode()}")
    return size


def test_a_photo_is_stored_upright_in_three_sizes_and_without_its_position(app: App, system: System) -> None:
    original = photograph(app.page, "called a png.png", 2400, 1200)
    app.upload(original)
    app.expect_picture("called a png")
    photo_id = app.photo("called a png").get_attribute("data-photo-id")
    assert photo_id

    full = stored(system, f"public/{photo_id}")
    content = full["Body"].read()
    assert full["ContentType"] == record(system, "PHOTO", photo_id)["contentType"] == "image/jpeg"
    assert POSITION in original.content
    assert POSITION not in content
    pixels = original.content.index(b"\xff\xdb")
    assert content.endswith(original.content[pixels:])  # not coded again
    assert record(system, "PHOTO", photo_id)["hasLarge"] == "yes"
    sizes = {key: stored(system, f"public/{key}{photo_id}")["Body"].read() for key in ("", "large/", "thumb/")}
    # the policy of the site allows no images of data: URLs
    app.page.goto("about:blank")
    assert {key: size_of(app.page, body) for key, body in sizes.items()} == {
        "": [1200, 2400],
        "large/": [800, 1600],
        "thumb/": [160, 320],
    }


def test_a_small_photo_has_no_larger_rendition(app: App, system: System) -> None:
    app.upload(photograph(app.page, "small one.jpg", 1600, 900))
    photo_id = app.photo("small one").get_attribute("data-photo-id")

    assert photo_id
    assert "hasLarge" not in record(system, "PHOTO", photo_id)


def test_what_browsers_do_not_show_comes_with_advice(app: App) -> None:
    whole = picture("cut off.png").content
    app.choose(
        Picture("phone.jpg", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "image/jpeg"),
        Picture("scan.png", b"II*\0" + bytes(64)),
        Picture("cut off.png", whole[: len(whole) // 2]),
    )

    failed = app.page.locator("[data-upload=failed]")
    expect(failed.filter(has_text="phone.jpg")).to_contain_text("HEIC photos are not shown by most browsers")
    expect(failed.filter(has_text="scan.png")).to_contain_text("export it as JPEG")
    expect(failed.filter(has_text="cut off.png")).to_contain_text("damaged or cut off: save it again")
    expect(failed.get_by_role("button", name="Retry")).to_have_count(0)


def test_a_cancelled_upload_is_not_recorded(app: App, system: System) -> None:
    app.allow("ERR_FAILED|ERR_ABORTED")
    sent: list[str] = []
    app.page.on("request", lambda request: sent.append(f"{request.method} {request.url}"))
    app.page.route("**/public/*", lambda route: None)  # never answered
    with app.page.expect_request(lambda request: request.method == "PUT" and "/thumb/" not in request.url) as put:
        app.choose(picture("cancelled.png"))
    photo_id = put.value.url.partition("?")[0].rpartition("/")[2]
    app.open_tray()
    app.page.locator("[data-upload=sending]").get_by_role("button", name="Cancel").click()

    expect(app.page.get_by_label("Uploads", exact=True)).to_have_count(0)
    app.page.unroute("**/public/*")
    app.upload(picture("the next one.png"))  # whatever followed the first has been sent by now
    assert not [one for one in sent if one.startswith("POST") and photo_id in one]
    assert record(system, "PHOTO", photo_id) == {}
    assert app.photo("cancelled").count() == 0


def test_a_put_that_meets_another_one_is_tried_again(app: App) -> None:
    app.allow("status of 409")
    conflicts = [0]

    def conflict(route: Route) -> None:
        if route.request.method != "PUT" or conflicts[0] == 2:
            route.continue_()
            return
        conflicts[0] += 1
        route.fulfill(
            status=409,
            headers={"Access-Control-Allow-Origin": "*"},
            body="<Error><Code>ConditionalRequestConflict</Code></Error>",
        )

    app.page.route("**/public/*", conflict)
    app.upload(picture("conflicting.png"))

    assert conflicts == [2]
    expect(app.page.locator("[data-upload=failed]")).to_have_count(0)


def test_a_busy_region_is_asked_again_when_it_says(app: App) -> None:
    app.allow("status of 503")
    answers = iter([503, 503])

    def busy(route: Route) -> None:
        status = next(answers, None) if route.request.method == "POST" else None
        if status is None:
            route.continue_()
            return
        headers = {
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Expose-Headers": "Retry-After",
            "Retry-After": "1",
        }
        route.fulfill(status=status, headers=headers, json={"error": {"code": "Busy", "message": "Too busy."}})

    app.page.route("**/photos/*", busy)
    app.upload(picture("patient.png"))

    assert next(answers, None) is None


def test_all_that_failed_is_tried_again_or_dismissed_at_once(app: App) -> None:
    app.allow("status of (500|412)")
    app.page.route("**/public/*", lambda route: route.fulfill(status=500))
    app.choose(picture("again 1.png"), picture("again 2.png", 120), Picture("three.txt", b"no picture", "text/plain"))
    tray = app.page.get_by_label("Uploads", exact=True)
    expect(app.page.locator("[data-upload=failed]")).to_have_count(3)
    app.page.unroute("**/public/*")
    tray.get_by_role("button", name="Retry all").click()

    for title in ("again 1", "again 2"):
        expect(app.photo(title)).to_be_visible()
    expect(app.page.locator("[data-upload=failed]")).to_have_count(1)
    tray.get_by_role("button", name="Dismiss all").click()
    expect(tray).to_have_count(0)


def test_the_tray_shows_all_uploads_in_one_line_and_opens_for_each(app: App) -> None:
    app.allow("ERR_FAILED|ERR_ABORTED")
    app.page.route("**/public/*", lambda route: None)
    app.choose(*(picture(f"slow {number}.png") for number in range(4)))
    tray = app.page.get_by_label("Uploads", exact=True)

    expect(tray).to_contain_text("4 being sent")
    expect(tray.get_by_role("progressbar", name="Progress of all uploads")).to_be_visible()
    expect(tray.get_by_role("listitem")).to_have_count(0)
    app.open_tray()
    expect(tray.get_by_role("listitem")).to_have_count(4)
    for _ in range(4):
        tray.get_by_role("button", name="Cancel").first.click()
    expect(tray).to_have_count(0)


@pytest.fixture
def grace(make_app: Any, system: System) -> App:
    """A user whose name belongs to somebody else."""
    with urllib.request.urlopen(f"{system.url}uiConfig.json", timeout=10) as answer:
        pool = json.load(answer)["userPoolId"]
    user = f"grace-{uuid.uuid4().hex[:8]}"
    users = system.client("cognito-idp")
    users.admin_create_user(UserPoolId=pool, Username=user, MessageAction="SUPPRESS")
    users.admin_set_user_password(UserPoolId=pool, Username=user, Password=PASSWORD, Permanent=True)
    put_record(system, pk=f"NAME#{user}", sk="NAME", author="somebody else")
    app: App = make_app()
    app.allow("status of 4(09|12)")  # 412: the objects of the first try
    app.open()
    app.sign_in(user=user)
    app.expect_state("active", PRIMARY)
    return app


def choose_name(app: App, name: str) -> None:
    """Answer the question for another display name."""
    app.page.get_by_label("belongs to somebody else").fill(name)
    app.page.get_by_role("button", name="Use this name").click()


def test_an_upload_under_somebody_elses_name_waits_for_another_one_and_goes_on(grace: App) -> None:
    grace.choose(picture("of grace.png"))
    expect(grace.page.get_by_label("Uploads", exact=True)).to_contain_text("1 waiting for another name")
    choose_name(grace, "Grace Hopper")

    expect(grace.photo("of grace").locator(".by")).to_have_text("Grace Hopper")
    grace.page.reload()
    expect(grace.page.locator(".user")).to_have_text("Grace Hopper")
    grace.open_photo("of grace")
    grace.comment("under the same name")
    expect(grace.page.locator("[data-comment=sent] b")).to_have_text("Grace Hopper")


def test_a_comment_under_somebody_elses_name_waits_for_another_one_and_goes_on(grace: App, app: App) -> None:
    app.upload(picture("to comment.png"))
    grace.refresh()
    expect(grace.photo("to comment")).to_be_visible(timeout=30_000)
    grace.open_photo("to comment")
    grace.page.get_by_label("Your comment").fill("whose words?")
    grace.page.get_by_role("button", name="Post").click()
    expect(grace.comments("unnamed")).to_have_text("whose words?")
    choose_name(grace, f"Grace {uuid.uuid4().hex[:8]}")

    expect(grace.comments("sent")).to_have_text("whose words?")
    expect(grace.page.get_by_label("belongs to somebody else")).to_have_count(0)


def delete_elsewhere(system: System, photo_id: str) -> None:
    """Put a photo's tombstone, as the API does when its author deletes it in another browser."""
    author = record(system, "PHOTO", photo_id)["author"]
    put_record(system, pk="PHOTO", sk=photo_id, author=author, writtenIn=PRIMARY, deletedAt="2026-01-01T00:00:00.000Z")


def test_a_photo_that_was_deleted_elsewhere_disappears_although_this_page_added_it(app: App, system: System) -> None:
    app.upload(picture("not for long.png"))
    receipt = app.page.locator("[data-receipt]").filter(has_text="not for long")
    expect(receipt).to_have_attribute("data-receipt", "copied", timeout=20_000)
    photo_id = app.photo("not for long").get_attribute("data-photo-id")
    assert photo_id
    delete_elsewhere(system, photo_id)
    app.refresh()

    expect(app.photo("not for long")).to_have_count(0, timeout=30_000)


def test_a_comment_on_a_deleted_photo_is_kept_and_says_so(app: App, system: System) -> None:
    app.allow("status of 410")
    app.upload(picture("just deleted.png"))
    photo_id = app.photo("just deleted").get_attribute("data-photo-id")
    assert photo_id
    app.open_photo("just deleted")
    app.page.get_by_label("Your comment").fill("so much work")
    delete_elsewhere(system, photo_id)
    app.page.get_by_role("button", name="Post").click()

    dialog = app.page.get_by_role("dialog", name="This photo was deleted")
    expect(dialog.get_by_role("list", name="Not posted").get_by_role("listitem")).to_have_text("so much work")
    expect(app.page.get_by_role("button", name="Post")).to_have_count(0)
    app.close_photo()
    expect(app.photo("just deleted")).to_have_count(0)
