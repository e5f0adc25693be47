"""Screenshots of the web app and of a drill for the README, from the running system: ``make screenshots``."""

import base64
import sys
from typing import Any

from playwright.sync_api import Browser, BrowserContext, FloatRect, ViewportSize

from tests.e2e import browsers
from tests.e2e.app import App
from tests.e2e.deployment import System, deployed
from tests.e2e.pictures import Picture
from tests.local.deploying import CHECKOUT
from tests.regions import PRIMARY, SECONDARY

IMAGES = CHECKOUT / "docs" / "images"
DESKTOP = ViewportSize(width=1280, height=800)
PHONE = ViewportSize(width=390, height=780)
BANNER_HEIGHT = 360

# title -> sky top, sky bottom, far hills, near hills, position of the sun (share of width and height)
LANDSCAPES = {
    "Fog over the valley": ("#8fb2c9", "#f2ded2", "#8aa3ad", "#3f5f66", 0.3, 0.45),
    "Last light": ("#2d2a5c", "#f08a5d", "#6a3d6d", "#241c3b", 0.62, 0.6),
    "First snow": ("#b7cfe6", "#f7fafc", "#c5d5e4", "#8fa9c4", 0.75, 0.25),
    "Moonrise": ("#0b1630", "#35507a", "#22365c", "#0d1830", 0.7, 0.28),
    "Terraces": ("#6cb2d8", "#e8f4ea", "#7fb77e", "#2f7a4d", 0.2, 0.3),
    "Dunes at noon": ("#5aa5d6", "#f6e7c1", "#e2b565", "#b9803a", 0.5, 0.2),
    "Before the storm": ("#39424e", "#a7b0b3", "#56636b", "#20292f", 0.1, 0.2),
    "Cherry hill": ("#f6cfe0", "#fff4ea", "#d98bb0", "#8d4a78", 0.8, 0.4),
    "The old volcano": ("#29506d", "#f4b860", "#8a4b3c", "#33211f", 0.45, 0.55),
    "Lavender": ("#8fb6ef", "#f3ecff", "#9f86d6", "#5b4397", 0.6, 0.3),
    "Northern shore": ("#0f2f3f", "#3fae8f", "#1c5a62", "#0a2430", 0.25, 0.3),
    "Harvest": ("#88b9e0", "#fdf0cf", "#d9a441", "#93661d", 0.85, 0.35),
}

PAINT = """([top, bottom, far, near, sunX, sunY, seed]) => {
  const [w, h] = [1200, 900], canvas = Object.assign(document.createElement("canvas"), {width: w, height: h});
  const c = canvas.getContext("2d"), sky = c.createLinearGradient(0, 0, 0, h * .8);
  sky.addColorStop(0, top); sky.addColorStop(1, bottom); c.fillStyle = sky; c.fillRect(0, 0, w, h);
  const glow = c.createRadialGradient(w * sunX, h * sunY, 20, w * sunX, h * sunY, 420);
  glow.addColorStop(0, "#fffbe6ff"); glow.addColorStop(.12, "#fff6d055"); glow.addColorStop(1, "#fff6d000");
  c.fillStyle = glow; c.fillRect(0, 0, w, h);
  const swing = (x, rate, shift) => Math.sin(x * rate + seed * shift);
  const wave = (x, k) =>
    swing(x + k, 1.3 + k * .4, 2.1) * .5 + swing(x, 3.1 + k, 1 + k) * .22 + swing(x, 7.3, k) * .08;
  for (let k = 0; k < 5; k++) {
    const base = h * (.52 + k * .11);
    c.beginPath(); c.moveTo(0, h);
    for (let x = 0; x <= w; x += 4) c.lineTo(x, base - wave(x / w * 5, k) * h * (.11 - k * .012));
    c.lineTo(w, h); c.closePath();
    c.fillStyle = `color-mix(in oklab, ${near} ${k * 25}%, ${far})`; c.fill();
    c.fillStyle = `rgba(255,255,255,${.05 - k * .01})`; c.fill();
  }
  return canvas.toDataURL("image/jpeg", .88).split(",")[1];
}"""


def paint(context: BrowserContext) -> list[Picture]:
    """Landscapes, drawn by the browser."""
    page = context.new_page()
    found = []
    for seed, (title, colours) in enumerate(LANDSCAPES.items()):
        content = base64.b64decode(page.evaluate(PAINT, [*colours, seed]))
        found.append(Picture(f"{title}.jpg", content, "image/jpeg"))
    page.close()
    return found


def shoot(app: App, name: str, height: int | None = None) -> None:
    """Take a screenshot once all images have loaded; with ``height`` (pixels) only of the upper part."""
    app.page.wait_for_function("[...document.images].every((image) => image.complete)")
    app.page.wait_for_timeout(400)
    path = IMAGES / f"{name}.png"
    clip = FloatRect(x=0, y=0, width=DESKTOP["width"], height=height) if height else None
    app.page.screenshot(path=path, clip=clip)
    print(f"{path.relative_to(CHECKOUT)}  {path.stat().st_size // 1024} kB")


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
    """Sign-in, the gallery in its forms, and each banner, shown by real changes of the system."""
    # waiting in the page requires eval, which the policy forbids
    context = browser.new_context(viewport=DESKTOP, bypass_csp=True)
    app = App(context.new_page(), system.url)
    app.open()
    app.page.get_by_label("User name").wait_for()
    shoot(app, "sign-in")
    app.sign_in(system.invitation)
    app.choose_password()
    app.expect_state("active", PRIMARY)
    app.upload(*paint(context))
    for title in LANDSCAPES:
        app.expect_picture(title)
    app.page.locator("[data-upload]").first.wait_for(state="detached")
    shoot(app, "gallery")
    app.open_photo("Moonrise")
    app.comment("Taken from the ridge, ten minutes before the clouds closed in.")
    app.comment("Which lens?")
    app.comment("The old 35 mm \u2013 and a very steady rock.")
    shoot(app, "photo")
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
    phone.page.context.close()

    system.mraa("fence", "--yes", "--reason", "screenshots")
    app.refresh()
    app.expect_banner("fenced")
    shoot(app, "banner-fenced", BANNER_HEIGHT)
    system.mraa("failover", "--yes", "--reason", "screenshots")
    app.refresh()
    app.expect_banner("moved")
    shoot(app, "banner-moved", BANNER_HEIGHT)
    app.switch()
    app.expect_banner(None)
    system.lose(PRIMARY)
    app.refresh()
    app.expect_banner("sign-in-region")
    shoot(app, "banner-sign-in-region", BANNER_HEIGHT)
    system.lose(SECONDARY)
    app.refresh()
    app.expect_banner("unreachable")
    shoot(app, "banner-unreachable", BANNER_HEIGHT)


def main() -> int:
    """Deploy, take the screenshots, remove everything."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with browsers.launched() as browser, deployed() as system:
        take_drill(browser, system)
        take_all(browser, system)
    return 0


if __name__ == "__main__":
    sys.exit(main())
