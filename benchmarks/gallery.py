"""Does the gallery's first screen get slower with the number of photos? 10,000 compared with 100.

Two deployments on this machine that differ only in the number of photo records; a new page of a signed-in user is
opened in each in turn, and measures the time from the start of loading to the first screen of thumbnails. Exit 1 if the
larger one takes more than 1.3 times as long (medians).
"""

import statistics
import sys
from typing import Any

from playwright.sync_api import Browser

from tests.e2e import browsers
from tests.e2e.app import first_session
from tests.e2e.deployment import System, deployed
from tests.e2e.pictures import picture
from tests.regions import PRIMARY

FEW, MANY = 100, 10_000
LIMIT = 1.3
ROUNDS = 9
FIRST_SCREEN = 12  # thumbnails of a window of 1280 x 800

_SEEN = f"""() => {{
  const images = [...document.querySelectorAll("[data-photo-id] img")];
  const seen = images.filter((image) => image.complete && image.naturalWidth);
  return seen.length >= {FIRST_SCREEN} && performance.now();
}}"""


def fill(system: System, count: int) -> None:
    """Write ``count`` photo records as the API would, and the objects of the newest, which the first page shows."""
    dynamodb, s3 = system.client("dynamodb"), system.client("s3")
    table, bucket = system.deployer.key_value_table(), system.deployer.object_bucket(PRIMARY)
    thumbnail = picture("thumbnail.png", width=320, height=240).content
    ids = [f"01900000-0000-7000-8000-{number:012x}" for number in range(count)]
    for start in range(0, count, 25):
        dynamodb.batch_write_item(
            RequestItems={table: [{"PutRequest": {"Item": record(photo_id)}} for photo_id in ids[start : start + 25]]}
        )
    for photo_id in ids[-60:]:
        for key in (f"public/{photo_id}", f"public/thumb/{photo_id}"):
            s3.put_object(Bucket=bucket, Key=key, Body=thumbnail, ContentType="image/png")


def record(photo_id: str) -> dict[str, Any]:
    """A photo's item in the key-value store."""
    values = {
        "pk": "PHOTO",
        "sk": photo_id,
        "title": f"Photo {photo_id[-6:]}",
        "user": "ada",
        "author": "ada",
        "contentType": "image/png",
        "createdAt": "2024-06-01T00:00:00.000Z",
        "writtenIn": PRIMARY,
    }
    return {name: {"S": value} for name, value in values.items()}


def first_screen_ms(browser: Browser, system: System, session: Any) -> float:
    """Time from the start of loading to the first screen of thumbnails."""
    # waiting in the page requires eval, which the policy forbids
    context = browser.new_context(storage_state=session, viewport={"width": 1280, "height": 800}, bypass_csp=True)
    page = context.new_page()
    page.goto(system.url)
    taken = float(page.wait_for_function(_SEEN, timeout=60_000, polling="raf").json_value())
    context.close()
    return taken


def main() -> int:
    """Measure, print, judge."""
    with browsers.launched() as browser, deployed() as small, deployed() as large:
        fill(small, FEW)
        fill(large, MANY)
        sides = {FEW: (small, first_session(browser, small)), MANY: (large, first_session(browser, large))}
        taken: dict[int, list[float]] = {FEW: [], MANY: []}
        for round_ in range(ROUNDS + 1):
            for count, (system, session) in sides.items():
                ms = first_screen_ms(browser, system, session)
                if round_:  # the first warms up functions and caches
                    taken[count].append(ms)
    medians = {count: statistics.median(times) for count, times in taken.items()}
    for count, times in taken.items():
        spread = f"{min(times):.0f} to {max(times):.0f}"
        print(
            f"{count:>6} photos: first screen of thumbnails after {medians[count]:.0f} ms ({spread}, {ROUNDS} rounds)"
        )
    ratio = medians[MANY] / medians[FEW]
    print(f"ratio {ratio:.2f}, limit {LIMIT}")
    return int(ratio > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
