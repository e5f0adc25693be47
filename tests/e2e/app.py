"""The web app as its user works with it: everything is found by the labels and roles that a user sees."""

import re
from dataclasses import dataclass, field

from playwright.sync_api import Browser, FilePayload, Locator, Page, StorageState, expect

from tests.e2e.deployment import ADMIN, PASSWORD, System
from tests.e2e.pictures import Picture
from tests.regions import PRIMARY


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
        self.page.on(
            "console",
            lambda message: self.errors.append(f"console: {message.text}") if message.type == "error" else None,
        )

    def unexpected(self) -> list[str]:
        """Console errors, exceptions and foreign requests that no ``allow`` covers."""
        return [text for text in self.errors if not any(re.search(pattern, text) for pattern in self.allowed)]

    def allow(self, pattern: str) -> None:
        """Expect console errors that match, because the test provokes them."""
        self.allowed.append(pattern)

    def open(self) -> None:
        """Load the page."""
        self.page.goto(self.url)

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

    def expect_state(self, state: str, region: str) -> None:
        """The header shows this state and this Region."""
        chip = self.page.get_by_test_id("state")
        expect(chip).to_have_attribute("data-state", state)
        expect(chip).to_have_attribute("data-region", region)
        expect(chip).to_contain_text(region)

    def expect_banner(self, kind: str | None) -> None:
        """Exactly this banner is shown; None for no banner."""
        banner = self.page.get_by_test_id("banner")
        if kind is None:
            expect(banner).to_have_count(0)
        else:
            expect(banner).to_have_count(1)
            expect(banner).to_have_attribute("data-kind", kind)

    def refresh(self) -> None:
        """Make the app refresh the state now, as it does when its window gets the focus."""
        self.page.evaluate("window.dispatchEvent(new Event('focus'))")

    def switch(self) -> None:
        """Click the banner's button."""
        self.page.get_by_test_id("banner").get_by_role("button", name="Switch to").click()

    def photo(self, title: str) -> Locator:
        """A photo's tile in the gallery."""
        return self.page.get_by_label("Photos", exact=True).get_by_role("listitem").filter(has_text=title)

    def expect_picture(self, title: str) -> None:
        """The photo's thumbnail is shown and decoded."""
        image = self.photo(title).locator("img")
        expect(image).to_be_visible(timeout=20_000)
        expect(image).to_have_js_property("complete", True)
        assert image.evaluate("image => image.naturalWidth") > 0

    def choose(self, *pictures: Picture) -> None:
        """Pick files."""
        self.page.get_by_label("Choose photos").set_input_files(
            [FilePayload(name=p.name, mimeType=p.content_type, buffer=p.content) for p in pictures]
        )

    def upload(self, *pictures: Picture) -> None:
        """Pick files and wait until each is in the gallery."""
        self.choose(*pictures)
        for picture in pictures:
            expect(self.photo(picture.title)).to_be_visible(timeout=15_000)

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
