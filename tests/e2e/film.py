"""The film strip of an unplanned failover as the web app shows it, from the running system: ``make film``."""

import base64
import html
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

from playwright.sync_api import Browser, FloatRect, Locator

from tests.e2e import browsers
from tests.e2e.app import App
from tests.e2e.deployment import System, deployed
from tests.e2e.screenshots import DESKTOP, IMAGES
from tests.local.deploying import CHECKOUT
from tests.regions import PRIMARY, SECONDARY

FRAME = FloatRect(x=0, y=0, width=DESKTOP["width"], height=620)

# {frames} and {footer} are filled in
STRIP = """<!doctype html><meta charset="utf-8"><style>
  body {{ margin: 0; padding: 20px; width: 1560px; box-sizing: border-box; background: #10151c; color: #e8edf3;
    font: 17px system-ui, sans-serif; display: grid; grid-template-columns: 1fr 1fr; gap: 20px; }}
  figure {{ margin: 0; }} img {{ width: 100%; display: block; border-radius: 6px; }}
  figcaption {{ padding: 8px 2px 0; }} b {{ color: #8fc7ff; margin-right: 8px; }}
  footer {{ grid-column: 1 / -1; color: #a9b4c0; }}
</style>{frames}<footer>{footer}</footer>"""


@dataclass(frozen=True)
class Frame:
    """One picture; ``at_s`` is the time since the Region was lost."""

    at_s: float
    text: str
    image: bytes

    def html(self) -> str:
        """The frame with its caption."""
        source = f"data:image/png;base64,{base64.b64encode(self.image).decode()}"
        return (
            f'<figure><img src="{source}" alt=""><figcaption><b>{self.at_s:+.0f} s</b>{html.escape(self.text)}'
            "</figcaption></figure>"
        )


def stranded(app: App) -> Locator:
    """The receipts of writes that were not copied."""
    return app.page.locator("[data-receipt=stranded]")


def scenes(app: App, system: System) -> Iterator[str]:
    """Loses the primary Region for a while; yields what each frame shows once the page shows it."""
    app.open_photo("Northern shore")
    app.comment("Copied to Tokyo before anything happened.")
    app.close_photo()
    app.page.locator("[data-receipt=copying]").wait_for(state="detached")
    yield "N. Virginia writes, Tokyo stands by. Each write of this page has been copied."

    system.fault(fault="cut", **{"from": PRIMARY, "to": SECONDARY})
    app.open_photo("Lavender")
    app.comment("Stored, but will it get there?")
    app.close_photo()
    app.page.locator("[data-receipt=copying]").wait_for()
    yield "Copying has stopped. A comment is stored in N. Virginia only, and the page says so."

    system.lose(PRIMARY)
    app.expect_banner("region-lost")
    yield "N. Virginia is lost. The page reads in Tokyo; nothing can be written yet."

    system.mraa("failover", "--unplanned", "--yes", "--reason", "film")
    app.expect_roles("No answer", "Writable")
    app.page.reload()
    app.expect_roles("No answer", "Writable")
    app.open_photo("Dunes at noon")
    app.comment("Posted in Tokyo while N. Virginia was lost.")
    app.close_photo()
    stranded(app).wait_for()
    yield "`mraa failover --unplanned`: Tokyo writes and serves the page itself. What was not copied is named."

    system.restore(PRIMARY)
    system.fault(fault="heal", **{"from": PRIMARY, "to": SECONDARY})
    app.expect_roles("Standby", "Writable")
    stranded(app).wait_for(state="detached")
    yield "N. Virginia is back as the standby. The comment has been copied after all."

    system.mraa("failback", "--yes", "--reason", "film")
    app.expect_roles("Writable", "Standby")
    yield "`mraa failback`: reconciled, fenced, drained and switched. N. Virginia writes again."


def shoot(browser: Browser, system: System) -> list[Frame]:
    """Go through the scenes with a page of its own and a gallery of a few photos."""
    context = browser.new_context(viewport=DESKTOP)
    app = App(context.new_page(), system.url)
    app.open()
    app.sign_in(system.invitation)
    app.choose_password()
    app.expect_state("active", PRIMARY)
    app.add_samples()
    taken = []
    for text in scenes(app, system):
        app.page.evaluate("window.scrollTo(0, 0)")
        taken.append((time.monotonic(), text, app.page.screenshot(clip=FRAME)))
    lost_at = taken[2][0]
    return [Frame(at - lost_at, text, image) for at, text, image in taken]


def main() -> int:
    """Deploy, film, put the strip together, remove everything."""
    with browsers.launched() as browser, deployed() as system:
        frames = shoot(browser, system)
        page = browser.new_page(viewport={"width": 1560, "height": 900})
        footer = (
            "Seconds since the loss, measured on the local cloud; on AWS they differ. "
            "The page was reloaded while N. Virginia was lost."
        )
        page.set_content(STRIP.format(frames="".join(frame.html() for frame in frames), footer=footer))
        path = IMAGES / "failover.png"
        page.screenshot(path=path, full_page=True)
        print(f"{path.relative_to(CHECKOUT)}  {path.stat().st_size // 1024} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
