"""What does a gallery of many photos cost? Its first screen, and the renderer's memory after scrolling far.

Two deployments on this machine that differ only in the number of photo records. A new page of a signed-in user is
opened in each in turn, and measures the time from the start of loading to the first thumbnail and to the first screen
of them. Then 2,000 photos of the larger one are scrolled through, and the memory of the page's process that no other
one shares is read from /proc, right after the last one: in a browser that draws as one with a GPU does, and in one that
has none. The latter keeps the last 1,000 decoded images of any page, some 300 MB, until memory is short (its
SoftwareImageDecodeCache), so what is left once it was told so is read too; with a GPU such images are in the GPU
process. Exit 1 if the larger one takes more than 1.2 times as long to the first thumbnail (medians), or if the renderer
has more than 250 MB with a GPU, or without one once memory is short.
"""

import base64
import statistics
import sys
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Browser, Page

from tests.e2e import browsers
from tests.e2e.app import first_session
from tests.e2e.deployment import System, deployed
from tests.e2e.pictures import Picture
from tests.e2e.records import photo_id, photo_item, put_items, put_objects

FEW, MANY = 100, 10_000
LIMIT = 1.2
ROUNDS = 9
FIRST_SCREEN = 12  # thumbnails of a window of 1280 x 1200
SCROLLED = 2_000
MEMORY_LIMIT_MB = 250
SHAPES = ((320, 240), (240, 320), (320, 213), (320, 180), (320, 320))

_PAINT = """([width, height]) => {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = canvas.getContext("2d");
  for (let y = 0; y < height; y += 4)
    for (let x = 0; x < width; x += 4) {
      context.fillStyle = `hsl(${x + y} 60% ${30 + 20 * Math.sin(x / 9) * Math.cos(y / 7)}%)`;
      context.fillRect(x, y, 4, 4);
    }
  return canvas.toDataURL("image/jpeg", 0.82).split(",")[1];
}"""

_SEEN = """(count) => {
  const images = [...document.querySelectorAll("[data-photo-id] img")];
  const seen = images.filter((image) => image.complete && image.naturalWidth);
  return seen.length >= count && performance.now();
}"""

_POSITION = "() => Math.max(0, ...[...document.querySelectorAll('[data-photo-id]')].map((tile) => tile.ariaPosInSet))"


def thumbnails(browser: Browser) -> list[Picture]:
    """JPEG files like those that the web app makes."""
    page = browser.new_page()
    found = [Picture("thumb.jpg", base64.b64decode(page.evaluate(_PAINT, shape)), "image/jpeg") for shape in SHAPES]
    page.close()
    return found


def fill(system: System, count: int, with_objects: int, pictures: list[Picture]) -> None:
    """Write ``count`` photo records as the API would, and the objects of the newest."""
    ids = [photo_id(number) for number in range(count)]
    put_items(system, [photo_item(identifier) for identifier in ids])
    for number, identifier in enumerate(ids[-with_objects:]):
        put_objects(system, identifier, thumb=pictures[number % len(pictures)])


def opened(browser: Browser, system: System, session: Any) -> Page:
    """A page of a signed-in user that has begun to load."""
    # waiting in the page requires eval, which the policy forbids
    context = browser.new_context(storage_state=session, viewport={"width": 1280, "height": 1200}, bypass_csp=True)
    page = context.new_page()
    page.goto(system.url)
    return page


def times_ms(browser: Browser, system: System, session: Any) -> tuple[float, float]:
    """Times from the start of loading to the first thumbnail, and to the first screen of them."""
    page = opened(browser, system, session)
    first, screen = (
        float(page.wait_for_function(_SEEN, arg=count, timeout=60_000, polling="raf").json_value())
        for count in (1, FIRST_SCREEN)
    )
    page.context.close()
    return first, screen


def memory_mb(browser: Browser, kind: Literal["renderer", "GPU"]) -> float:
    """What the page's process, or the browser's GPU process, has in memory and shares with no other one."""
    session = browser.new_browser_cdp_session()
    found = session.send("SystemInfo.getProcessInfo")["processInfo"]
    session.detach()

    def own_kb(pid: int) -> int:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8").splitlines()
        return sum(int(line.split()[1]) for line in lines if line.startswith(("Private_Clean", "Private_Dirty")))

    # the browser keeps spare renderers, which are smaller
    return max(own_kb(process["id"]) for process in found if process["type"] == kind) / 1024


def scrolled(browser: Browser, system: System, session: Any) -> Page:
    """A page on whose screen ``SCROLLED`` photos have been."""
    page = opened(browser, system, session)
    page.wait_for_function(_SEEN, arg=FIRST_SCREEN, timeout=60_000)
    while page.evaluate(_POSITION) < SCROLLED:
        # a screen at a time, and on when its thumbnails are shown: nobody sees more
        page.evaluate("window.scrollBy(0, 1000)")
        page.wait_for_function(_SEEN, arg=FIRST_SCREEN, timeout=60_000)
    return page


def memory_with_gpu_mb(beside: Browser, system: System, session: Any) -> float:
    """The renderer's memory after scrolling, in a browser that draws as with a GPU."""
    with browsers.launched_with_gpu(beside) as browser:
        fresh = memory_mb(browser, "GPU")
        scrolled(browser, system, session)
        renderer, gpu = memory_mb(browser, "renderer"), memory_mb(browser, "GPU")
    print(
        f"with a GPU: renderer after {SCROLLED} photos {renderer:.0f} MB (GPU process {gpu:.0f}, {fresh:.0f} at first)"
    )
    return renderer


def memory_without_gpu_mb(browser: Browser, system: System, session: Any) -> float:
    """The renderer's memory after scrolling without a GPU, once the browser was told that memory is short."""
    page = scrolled(browser, system, session)
    before = memory_mb(browser, "renderer")
    devtools = page.context.new_cdp_session(page)
    devtools.send("HeapProfiler.collectGarbage")
    devtools.send("Memory.simulatePressureNotification", {"level": "critical"})
    page.wait_for_timeout(5_000)
    after = memory_mb(browser, "renderer")
    page.context.close()
    print(f"without a GPU: renderer after {SCROLLED} photos {before:.0f} MB, of which {after:.0f} are left")
    return after


def main() -> int:
    """Measure, print, judge."""
    with browsers.launched() as browser, deployed() as small, deployed() as large:
        pictures = thumbnails(browser)
        fill(small, FEW, FEW, pictures)
        fill(large, MANY, SCROLLED + 200, pictures)
        sides = {FEW: (small, first_session(browser, small)), MANY: (large, first_session(browser, large))}
        taken: dict[int, list[tuple[float, float]]] = {FEW: [], MANY: []}
        for round_ in range(ROUNDS + 1):
            for count, (system, session) in sides.items():
                found = times_ms(browser, system, session)
                if round_:  # the first warms up functions and caches
                    taken[count].append(found)
        medians = {}
        for count, times in taken.items():
            for what, values in zip(("thumbnail", "screen"), zip(*times, strict=True), strict=True):
                medians[count, what] = statistics.median(values)
                spread = f"{min(values):.0f} to {max(values):.0f}, {ROUNDS} rounds"
                print(f"{count:>6} photos: first {what} after {medians[count, what]:.0f} ms ({spread})")
        ratio = medians[MANY, "thumbnail"] / medians[FEW, "thumbnail"]
        print(f"ratio of the first thumbnails {ratio:.2f}, limit {LIMIT}")
        memory = [one(browser, *sides[MANY]) for one in (memory_with_gpu_mb, memory_without_gpu_mb)]
    print(f"limit of the memory {MEMORY_LIMIT_MB} MB")
    return int(ratio > LIMIT or max(memory) > MEMORY_LIMIT_MB)


if __name__ == "__main__":
    sys.exit(main())
