"""axe-core finds nothing, on any view: light, dark and forced colours."""

from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Page, Route

from tests.e2e.app import App
from tests.e2e.pictures import picture
from tests.local.deploying import CHECKOUT

AXE = CHECKOUT / "webapp" / "node_modules" / "axe-core" / "axe.min.js"

SCHEMES: dict[str, dict[str, str]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "forced": {"forced_colors": "active"},
}

pytestmark = pytest.mark.parametrize("scheme", SCHEMES)


def violations(page: Page) -> list[str]:
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run()")
    assert found["passes"]  # it has checked something
    return [
        f"{violation['id']}: {violation['help']}: {node['html']}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


def answer(state: dict[str, Any], route: Route) -> None:
    route.fulfill(json=state)


def taken(route: Route) -> None:
    error = {"code": "NameTaken", "message": "This name belongs to another author.", "field": "user"}
    route.fulfill(status=409, headers={"Access-Control-Allow-Origin": "*"}, json={"error": error})


# whether no colour is on its way; the skeletons' animation has no end
IS_STILL = """() => document.getAnimations().every(
  (one) => one.playState !== "running" || one.effect.getComputedTiming().endTime === Infinity)"""


def settle(app: App) -> None:
    """Wait for colour transitions to end."""
    app.page.wait_for_timeout(300)
    app.wait_until(lambda: bool(app.page.evaluate(IS_STILL)))


def test_the_sign_in_is_accessible(make_app: Any, scheme: str) -> None:
    app = make_app(**SCHEMES[scheme])
    app.open()
    app.page.get_by_label("User name").wait_for()

    assert violations(app.page) == []


def test_the_empty_gallery_is_accessible(make_app: Any, session: Any, scheme: str) -> None:
    app = make_app(storage_state=session, **SCHEMES[scheme])
    held: list[Route] = []
    app.page.route("**/photos", lambda route: held.append(route))
    app.open()
    app.page.locator(".skeletons").wait_for()
    settle(app)
    assert violations(app.page) == []
    app.wait_until(lambda: bool(held))
    app.page.route("**/photos", partial(answer, {"photos": [], "nextToken": None}))
    held[0].fulfill(json={"photos": [], "nextToken": None})
    app.page.get_by_role("button", name="Add sample photos").wait_for()
    settle(app)
    assert violations(app.page) == []


def test_gallery_uploads_banner_and_dialog_are_accessible(make_app: Any, session: Any, scheme: str) -> None:
    app = make_app(storage_state=session, **SCHEMES[scheme])
    app.open()
    app.upload(picture(f"{scheme}.png"))
    app.expect_picture(scheme)
    app.choose(picture("refused.bmp"), picture("x.png"))
    settle(app)
    assert violations(app.page) == []

    app.open_photo(scheme)
    app.comment("seen")
    settle(app)
    assert violations(app.page) == []
    app.page.keyboard.press("+")
    app.page.get_by_role("button", name="Delete").click()
    settle(app)
    assert violations(app.page) == []
    app.page.get_by_role("button", name="Keep").click()
    app.close_photo()
    app.page.evaluate("location.hash = '#/photos/none'")
    app.page.get_by_role("dialog", name="There is no such photo").wait_for()
    settle(app)
    assert violations(app.page) == []
    app.close_photo()
    app.photo(scheme).get_by_role("button").focus()  # its caption is shown
    settle(app)
    assert violations(app.page) == []

    fenced = {"state": "fenced", "writableRegion": "none", "epoch": 999}
    app.page.route("**/state/*", partial(answer, fenced))
    app.expect_banner("fenced")
    settle(app)
    assert violations(app.page) == []
    app.page.route("**/state/*", partial(answer, {}))  # an application that nobody knows
    app.expect_roles("No answer", "No answer")
    settle(app)
    assert violations(app.page) == []


def test_axe_finds_violations(make_app: Any, scheme: str) -> None:
    app = make_app(**SCHEMES[scheme])
    app.open()
    app.page.get_by_label("User name").wait_for()
    app.page.evaluate(
        "document.querySelector('label').remove(); document.querySelector('html').removeAttribute('lang')"
    )

    assert {finding.partition(":")[0] for finding in violations(app.page)} >= {"html-has-lang", "label"}


def test_the_upload_tray_and_its_question_for_another_name_are_accessible(
    make_app: Any, session: Any, scheme: str
) -> None:
    app = make_app(storage_state=session, **SCHEMES[scheme])
    app.allow("status of 409")
    app.open()
    app.page.route("**/photos/*", taken)
    app.choose(picture("whose.png"))
    app.page.get_by_label("belongs to somebody else").wait_for()
    app.page.route("**/public/*", lambda route: None)
    app.choose(picture("on its way.png"))
    app.open_tray()
    app.page.get_by_role("progressbar", name="Progress of on its way.png").wait_for()
    settle(app)

    assert violations(app.page) == []
