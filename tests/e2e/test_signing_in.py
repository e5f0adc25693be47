"""Sign-in, sign-out, sessions."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Route, expect

from tests.e2e.app import App
from tests.e2e.deployment import PASSWORD, System
from tests.e2e.pictures import picture
from tests.regions import PRIMARY

# Chromium logs every response of 400 and more to the console
REFUSED = r"responded with a status of 400"

# whether credentials and tokens lie in the browser
SECRETS = """[sessionStorage, localStorage].map(storage => Object.values(storage).some(
  value => value.includes("secretAccessKey") || value.startsWith("eyJ")))"""


def test_the_first_sign_in_requires_a_new_password_and_then_shows_the_empty_gallery(
    make_app: Any, system: System
) -> None:
    app = make_app()
    app.allow(REFUSED)
    app.open()

    app.sign_in("not the password")
    expect(app.alert).to_have_text("User name or password is wrong.")
    app.sign_in(system.invitation, user="nobody")
    expect(app.alert).to_have_text("User name or password is wrong.")
    app.sign_in(system.invitation)
    expect(app.page.get_by_role("heading", name="Choose a password")).to_be_visible()
    app.choose_password("short")
    expect(app.alert).to_contain_text("too weak: Password must have length greater than or equal to 12")
    app.choose_password()

    app.expect_state("active", PRIMARY)
    expect(app.page.get_by_text("No photos yet")).to_be_visible()


@pytest.fixture
def settled(browser: Browser, system: System) -> None:
    """Somebody has signed in before and chosen a password."""
    page = browser.new_page()
    app = App(page, system.url)
    app.open()
    app.sign_in(system.invitation)
    page.get_by_label("New password").or_(app.alert).wait_for()
    if page.get_by_label("New password").is_visible():
        app.choose_password()
        app.expect_state("active", PRIMARY)
    page.close()


@pytest.fixture
def app(settled: None, make_app: Any) -> App:
    """The page, signed in."""
    app: App = make_app()
    app.open()
    app.sign_in(PASSWORD)
    app.expect_state("active", PRIMARY)
    return app


def test_a_session_outlives_a_reload_and_ends_with_signing_out(app: App) -> None:
    app.page.reload()
    app.expect_state("active", PRIMARY)
    assert app.page.evaluate(SECRETS) == [True, True]
    app.page.get_by_role("button", name="Sign out").click()
    expect(app.page.get_by_role("heading", name="Sign in")).to_be_visible()
    app.page.reload()
    assert app.page.evaluate(SECRETS) == [False, False]
    expect(app.page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_signing_out_is_complete_at_once_though_the_sign_in_service_hangs(app: App) -> None:
    revoked: list[str] = []

    def hang(route: Route) -> None:
        if "RevokeToken" not in route.request.headers.get("x-amz-target", ""):
            route.continue_()
        else:
            revoked.append(json.loads(route.request.post_data or "")["Token"])

    app.page.route("**/", hang)
    with app.page.expect_request(lambda request: "RevokeToken" in str(request.headers)):
        app.page.get_by_role("button", name="Sign out").click()
    expect(app.page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert app.page.evaluate(SECRETS) == [False, False]
    assert len(revoked) == 1
    app.page.reload()
    expect(app.page.get_by_role("heading", name="Sign in")).to_be_visible()


@pytest.fixture
def tabs(app: App, system: System) -> tuple[App, App]:
    """Two tabs of one session."""
    other = App(app.page.context.new_page(), system.url)
    other.open()
    other.expect_state("active", PRIMARY)
    return app, other


def test_signing_out_in_one_tab_signs_out_the_other(tabs: tuple[App, App]) -> None:
    app, other = tabs
    other.page.get_by_role("button", name="Sign out").click()

    expect(app.page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(app.alert).to_have_text("You have signed out in another tab.")
    app.sign_in(PASSWORD)
    app.expect_state("active", PRIMARY)
    assert not other.unexpected()


def test_two_tabs_show_what_the_other_added(tabs: tuple[App, App]) -> None:
    app, other = tabs
    other.upload(picture("of the other tab.png"))
    app.refresh()

    expect(app.photo("of the other tab")).to_be_visible(timeout=30_000)
    other.open_photo("of the other tab")
    other.comment("hello")
    app.open_photo("of the other tab")
    expect(app.comments()).to_have_text(["hello"])
    other.comment("again")
    expect(app.comments()).to_have_text(["hello", "again"], timeout=30_000)
    assert not other.unexpected()


def over_https(route: Route) -> None:
    """The distribution accepts only HTTPS, and no certificate exists for this machine's names."""
    route.continue_(headers={**route.request.headers, "x-forwarded-proto": "https"})


@pytest.mark.usefixtures("settled")
def test_everything_works_if_apis_and_buckets_have_another_origin(make_app: Any, system: System) -> None:
    # the policy names AWS's hosts, not this machine's (a test of the template compares them with the configuration's)
    app = make_app(system.host_url, bypass_csp=True)
    app.page.route(f"{system.host_url}**", over_https)
    app.open()
    app.sign_in(PASSWORD)
    app.expect_state("active", PRIMARY)

    # Pictures are not checked: the local cloud shows them only to its own pages, identified by the Referer, which the
    # site's policy suppresses. They require no CORS.
    app.allow("status of 403")
    app.upload(picture("elsewhere.png"))
    app.open_photo("elsewhere")
    app.comment("from another origin")


def tab_to(app: App, target: Locator) -> None:
    """Press Tab until the target has the focus: a dozen times at most."""
    for _ in range(12):
        if target.evaluate("target => target === document.activeElement"):
            break
        app.page.keyboard.press("Tab")
    expect(target).to_be_focused()


@pytest.mark.usefixtures("settled")
def test_it_can_be_used_with_the_keyboard_alone(make_app: Any) -> None:
    app = make_app()
    app.open()
    keyboard = app.page.keyboard
    expect(app.page.get_by_label("User name")).to_be_focused()
    keyboard.type("ada")
    keyboard.press("Tab")
    keyboard.type(PASSWORD)
    keyboard.press("Enter")
    app.expect_state("active", PRIMARY)
    app.upload(picture("by keyboard.png"))

    tile = app.photo("by keyboard").get_by_role("button")
    tab_to(app, tile)
    keyboard.press("Enter")
    expect(app.page.get_by_role("dialog", name="by keyboard")).to_be_visible()
    tab_to(app, app.page.get_by_label("Your comment"))
    keyboard.type("typed, not clicked")
    keyboard.press("Control+Enter")
    expect(app.comments().last).to_have_text("typed, not clicked")
    keyboard.press("Escape")
    expect(app.page.get_by_role("dialog")).to_have_count(0)
    expect(tile).to_be_focused()


def test_a_site_without_its_configuration_says_so(make_app: Any) -> None:
    app = make_app()
    app.allow("status of 404|Failed to load resource")
    app.page.route("**/uiConfig.json", lambda route: route.fulfill(status=404, body="gone"))
    app.open()

    expect(app.alert).to_contain_text("uiConfig.json) cannot be loaded: the site returned 404")


@pytest.mark.usefixtures("settled")
@pytest.mark.parametrize("hours", [-2, 3])
def test_a_clock_that_is_hours_off_does_not_matter(make_app: Any, hours: int) -> None:
    app = make_app()
    app.allow("status of 403")  # the first signature: its rejection contains AWS's time
    app.page.clock.install(time=datetime.now(UTC) + timedelta(hours=hours))
    app.open()
    app.sign_in(PASSWORD)
    app.expect_state("active", PRIMARY)

    app.upload(picture(f"{hours} hours off.png"))
    app.expect_picture(f"{hours} hours off")
