"""The web app as its user works with it: everything is found by the labels and roles that a user sees."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from playwright.sync_api import (
    APIResponse,
    Browser,
    ConsoleMessage,
    FilePayload,
    Locator,
    Page,
    Route,
    StorageState,
    expect,
)

from tests.e2e.deployment import ADMIN, PASSWORD, System
from tests.e2e.pictures import Picture
from tests.regions import PRIMARY

# until a Region that hangs is called lost, on a busy machine
LOST_MS = 40_000

# a finished upload is shown for 8 s
DONE_MS = 30_000

SAMPLES = (
    "Last light",
    "First snow",
    "Moonrise",
    "Dunes at noon",
    "Cherry hill",
    "The old volcano",
    "Lavender",
    "Northern shore",
)


@dataclass
class App:
    """One page, and its errors that no test allowed; ``hosts`` matches the hosts that it may ask besides its own."""

    page: Page
    url: str
    hosts: str = r"$^"
    allowed: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        own = re.match(r"https?://[^/]+", self.url)
        assert own
        port = own[0].rpartition(":")[2]

        def check(url: str) -> None:
            local = rf"(data:|blob:|http://(127\.0\.0\.1|[\w.-]+\.localhost):{port}/)"
            if not url.startswith(f"{own[0]}/") and not re.match(local, url) and not re.match(self.hosts, url):
                self.errors.append(f"request to another host: {url}")

        self.page.on("request", lambda request: check(request.url))
        self.page.on("pageerror", lambda error: self.errors.append(f"exception: {error}"))
        self.page.on("console", self._log)

    def _log(self, message: ConsoleMessage) -> None:
        # S3's answer for an object that is not copied yet; the page asks again
        is_pending = "status of 403" in message.text and "/public/" in message.location["url"]
        # the API's on a busy machine; the page asks again
        is_busy = "status of 503" in message.text and re.search(r"/(photos|comments)\b", message.location["url"])
        if message.type == "error" and not is_pending and not is_busy:
            self.errors.append(f"console: {message.text} ({message.location['url']})")

    def unexpected(self) -> list[str]:
        """Console errors, exceptions and foreign requests that no ``allow`` covers."""
        return [text for text in self.errors if not any(re.search(pattern, text) for pattern in self.allowed)]

    def allow(self, pattern: str) -> None:
        """Expect console errors that match, because the test provokes them."""
        self.allowed.append(pattern)

    def open(self) -> None:
        """Load the page."""
        self.page.goto(self.url)

    def take_clock(self) -> None:
        """Load the page anew, with a clock that the test can move. While it is installed, a page would see 1970."""
        self.page.goto("about:blank")
        self.page.clock.install()
        self.open()

    def keep_site(self) -> None:
        """Load the page, and serve its files from here from now on: the site is in the primary Region."""
        files: dict[str, APIResponse] = {}

        def serve(route: Route) -> None:
            url = route.request.url
            if url not in files:
                files[url] = route.fetch()
            route.fulfill(response=files[url])

        self.page.route(lambda url: url.startswith(self.url), serve)
        self.page.reload()

    def sign_in(self, password: str = PASSWORD, user: str = ADMIN) -> None:
        """Fill in and submit the sign-in form."""
        self.page.get_by_label("User name").fill(user)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in").click()

    def choose_password(self, password: str = PASSWORD) -> None:
        """Choose the new password that the first sign-in requires."""
        self.page.get_by_label("New password").fill(password)
        self.page.get_by_role("button", name="Save and sign in").click()

    @property
    def alert(self) -> Locator:
        """The error message, as a screen reader reads it."""
        return self.page.get_by_role("alert")

    @property
    def panel(self) -> Locator:
        """Both Regions, in the open photo's dialog if there is one."""
        return self.page.get_by_label("Regions", exact=True).last

    @property
    def banner(self) -> Locator:
        """The notice in the panel."""
        return self.panel.get_by_test_id("banner")

    def expect_state(self, state: str, region: str) -> None:
        """The page knows this state and uses this Region; a lost Region takes a few polls."""
        line = self.panel.get_by_test_id("state")
        expect(line).to_have_attribute("data-state", state, timeout=LOST_MS)
        expect(line).to_have_attribute("data-region", region, timeout=LOST_MS)

    def expect_roles(self, primary: str, secondary: str) -> None:
        """What the panel's line says of both Regions; a lost Region takes a few polls."""
        expect(self.panel.get_by_test_id("state").locator(".role")).to_have_text([primary, secondary], timeout=LOST_MS)

    def expect_writing(self, text: str) -> None:
        """The sentence on who writes since when matches; ``TIME`` and ``SPAN`` stand for any."""
        pattern = text.replace("TIME", r"\d{1,2}:\d\d:\d\d [AP]M").replace("SPAN", r"[\d.]+ (ms|s|min)")
        expect(self.page.get_by_test_id("writing")).to_have_text(re.compile(f"^{pattern}$"))

    def expect_banner(self, kind: str | None) -> None:
        """Exactly this banner is shown; None for no banner."""
        if kind is None:
            expect(self.banner).to_have_count(0, timeout=LOST_MS)
        else:
            expect(self.banner).to_have_attribute("data-kind", kind, timeout=LOST_MS)

    def refresh(self) -> None:
        """Make the app refresh the state now, as it does when its window gets the focus."""
        self.page.evaluate("window.dispatchEvent(new Event('focus'))")

    def switch(self) -> None:
        """Click the banner's button."""
        self.banner.get_by_role("button", name="Switch to").click()

    def hold(self) -> None:
        """Stay in the current Region, whichever writes."""
        follow = self.page.get_by_role("switch", name="Follow the Region that writes")
        if not follow.is_visible():
            self.page.get_by_role("button", name="More about the Regions").click()
        follow.uncheck()

    def photo(self, title: str) -> Locator:
        """A photo's tile in the gallery."""
        return self.page.get_by_label("Photos", exact=True).get_by_role("listitem").filter(has_text=title)

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Wait for what the page does not show."""
        for _ in range(600):
            if condition():
                return
            self.page.wait_for_timeout(100)
        raise AssertionError("The condition was not met.")

    def expect_picture(self, title: str) -> None:
        """The photo's thumbnail is shown and decoded."""
        image = self.photo(title).locator("img")
        expect(image).to_be_visible(timeout=LOST_MS)
        # one that could not be loaded is complete too, until the page loads it again
        expect(image).not_to_have_js_property("naturalWidth", 0, timeout=LOST_MS)

    def choose(self, *pictures: Picture) -> None:
        """Pick files."""
        self.page.get_by_label("Choose photos").set_input_files(
            [FilePayload(name=p.name, mimeType=p.content_type, buffer=p.content) for p in pictures],
            timeout=60_000,  # ten megabytes take long on a busy machine
        )

    def upload(self, *pictures: Picture) -> None:
        """Pick files and wait until each is in the gallery."""
        self.choose(*pictures)
        for picture in pictures:
            expect(self.photo(picture.title)).to_be_visible(timeout=LOST_MS)

    def expect_no_uploads(self) -> None:
        """The tray is gone: finished uploads disappear after a while."""
        expect(self.page.get_by_label("Uploads", exact=True)).to_have_count(0, timeout=DONE_MS)

    def open_tray(self) -> None:
        """Show a row for each upload."""
        self.page.get_by_label("Uploads", exact=True).get_by_role("button", expanded=False).click()

    def add_samples(self) -> None:
        """Fill the empty gallery with the sample photos."""
        self.page.get_by_role("button", name="Add sample photos").click()
        for title in SAMPLES:
            self.expect_picture(title)
        self.expect_no_uploads()

    def open_photo(self, title: str) -> Locator:
        """Open a photo's dialog."""
        self.photo(title).get_by_role("button").click()
        dialog = self.page.get_by_role("dialog", name=title)
        expect(dialog).to_be_visible()
        return dialog

    def close_photo(self) -> None:
        """Close the dialog."""
        self.page.get_by_role("button", name="Close").click()
        expect(self.page.get_by_role("dialog")).to_have_count(0)
        expect(self.page).not_to_have_url(re.compile("#"))  # going back takes a moment

    def comments(self, status: str = "sent") -> Locator:
        """The texts of the open photo's comments in that status."""
        return self.page.locator(f"[data-comment={status}] .message")

    def comment(self, text: str) -> None:
        """Post a comment and wait until it is acknowledged."""
        self.page.get_by_label("Your comment").fill(text)
        self.page.get_by_role("button", name="Post").click()
        expect(self.comments().last).to_have_text(text)


def first_session(browser: Browser, system: System) -> StorageState:
    """A browser's storage after the administrator's first sign-in."""
    context = browser.new_context()
    app = App(context.new_page(), system.url)
    app.open()
    app.sign_in(system.invitation)
    app.choose_password()
    app.expect_state("active", PRIMARY)
    stored = context.storage_state()
    context.close()
    return stored
