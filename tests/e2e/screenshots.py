"""Screenshots of the web app and of a drill for the README, from the running system: ``make screenshots``."""

import base64
import sys
from typing import Any

from playwright.sync_api import Browser, FloatRect, ViewportSize

from mraa.sample.gallery import PICTURES
from tests.e2e import browsers
from tests.e2e.app import App
from tests.e2e.deployment import System, deployed
from tests.local.deploying import CHECKOUT
from tests.regions import PRIMARY, SECONDARY

IMAGES = CHECKOUT / "docs" / "images"
DESKTOP = ViewportSize(width=1280, height=800)
PHONE = ViewportSize(width=390, height=780)
PANEL_HEIGHT = 460


def shoot(app: App, name: str, height: int | None = None) -> None:
    """Take a screenshot once all images have loaded; with ``height`` (pixels) only of the upper part."""
    app.page.wait_for_function("[...document.images].every((image) => image.complete)")
    if height:
        app.page.evaluate("window.scrollTo(0, 0)")
    app.page.wait_for_timeout(400)
    path = IMAGES / f"{name}.png"
    clip = FloatRect(x=0, y=0, width=DESKTOP["width"], height=height) if height else None
    app.page.screenshot(path=path, clip=clip)
    print(f"{path.relative_to(CHECKOUT)}  {path.stat().st_size // 1024} kB")


# a picture as a JPEG whose longer side has so many pixels
_SHRINK = """async ([address, longest]) => {
  const image = await createImageBitmap(await (await fetch(address)).blob());
  const scale = longest / Math.max(image.width, image.height);
  const canvas = new OffscreenCanvas(Math.round(image.width * scale), Math.round(image.height * scale));
  canvas.getContext('2d').drawImage(image, 0, 0, canvas.width, canvas.height);
  const bytes = await (await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.8 })).arrayBuffer();
  return Array.from(new Uint8Array(bytes));
}"""
_LONGEST_PX = 960


def take_samples(app: App, system: System) -> None:
    """The sample photos that the page has drawn, smaller, for the demo's gallery."""
    s3, table, bucket = system.client("s3"), system.deployer.key_value_table(), system.deployer.object_bucket(PRIMARY)
    photos = system.client("dynamodb").query(
        TableName=table, KeyConditionExpression="pk = :pk", ExpressionAttributeValues={":pk": {"S": "PHOTO"}}
    )
    for photo in photos["Items"]:
        drawn = base64.b64encode(s3.get_object(Bucket=bucket, Key=f"public/{photo['sk']['S']}")["Body"].read())
        content = app.page.evaluate(_SHRINK, [f"data:image/jpeg;base64,{drawn.decode()}", _LONGEST_PX])
        (PICTURES / f"{photo['title']['S']}.jpg").write_bytes(bytes(content))


def take_drill(browser: Browser, system: System) -> None:
    """The report page of a planned drill."""
    system.mraa("drill", "--phase", "3", "--yes")
    page = browser.new_page(viewport=DESKTOP)
    page.goto((system.deployer.folder / "drill" / "drill.html").as_uri())
    path = IMAGES / "drill.png"
    page.screenshot(path=path, full_page=False)
    print(f"{path.relative_to(CHECKOUT)}  {path.stat().st_size // 1024} kB")
    page.close()


def take_all(browser: Browser, system: System) -> None:
    """Sign-in, the gallery in its forms, and the Regions in each state, shown by real changes of the system."""
    # waiting in the page requires eval, which the policy forbids
    context = browser.new_context(viewport=DESKTOP, bypass_csp=True)
    app = App(context.new_page(), system.url)
    app.open()
    app.page.get_by_label("User name").wait_for()
    shoot(app, "sign-in")
    app.sign_in(system.invitation)
    app.choose_password()
    app.expect_state("active", PRIMARY)
    app.page.get_by_role("button", name="Add sample photos").wait_for()
    shoot(app, "empty")
    app.add_samples()
    take_samples(app, system)
    shoot(app, "gallery")
    app.open_photo("Moonrise")
    app.comment("Taken from the ridge, ten minutes before the clouds closed in.")
    app.comment("Which lens?")
    app.comment("The old 35 mm \u2013 and a very steady rock.")
    shoot(app, "photo")
    app.page.get_by_role("button", name="Delete").click()
    shoot(app, "delete")
    app.page.get_by_role("button", name="Keep").click()
    app.close_photo()
    session = context.storage_state()

    def page_of(**options: Any) -> App:
        other = App(browser.new_context(storage_state=session, bypass_csp=True, **options).new_page(), system.url)
        other.open()
        other.expect_picture("Moonrise")
        return other

    shoot(page_of(viewport=DESKTOP, color_scheme="dark"), "gallery-dark")
    phone = page_of(viewport=PHONE, device_scale_factor=2, has_touch=True)
    shoot(phone, "phone")
    phone.open_photo("Moonrise")
    shoot(phone, "phone-photo")
    phone.page.context.close()

    held = page_of(viewport=DESKTOP)
    held.hold()
    system.mraa("fence", "--yes", "--reason", "screenshots")
    app.expect_banner("fenced")
    shoot(app, "fenced", PANEL_HEIGHT)
    system.mraa("failover", "--yes", "--reason", "screenshots")
    app.expect_roles("Standby", "Writable")
    app.open_photo("Last light")
    app.comment("Posted in Tokyo, without a reload.")
    app.close_photo()
    app.page.locator("[data-receipt=copying]").wait_for(state="detached")
    shoot(app, "failed-over", PANEL_HEIGHT)
    held.expect_banner("moved")
    shoot(held, "held", PANEL_HEIGHT)
    held.page.context.close()

    system.mraa("failback", "--yes", "--reason", "screenshots")
    app.expect_roles("Writable", "Standby")
    system.fault(fault="cut", **{"from": PRIMARY, "to": SECONDARY})
    app.open_photo("Dunes at noon")
    app.comment("Stored, but will it get there?")
    app.close_photo()
    system.lose(PRIMARY)
    app.expect_banner("region-lost")
    shoot(app, "region-lost", PANEL_HEIGHT)
    system.mraa("failover", "--unplanned", "--yes", "--reason", "screenshots")
    app.expect_roles("No answer", "Writable")
    app.page.locator("[data-receipt=stranded]").wait_for()
    shoot(app, "not-copied", PANEL_HEIGHT)
    system.lose(SECONDARY)
    app.expect_banner("unreachable")
    shoot(app, "unreachable", PANEL_HEIGHT)


def main() -> int:
    """Deploy, take the screenshots, remove everything."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with browsers.launched() as browser, deployed() as system:
        take_drill(browser, system)
        take_all(browser, system)
    return 0


if __name__ == "__main__":
    sys.exit(main())
