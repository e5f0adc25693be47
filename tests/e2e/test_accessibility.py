"""axe-core finds nothing serious, on any view, in light and dark."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.e2e.app import App
from tests.e2e.pictures import picture
from tests.local.deploying import CHECKOUT

AXE = CHECKOUT / "webapp" / "node_modules" / "axe-core" / "axe.min.js"
GRAVE = {"serious", "critical"}

pytestmark = pytest.mark.parametrize("scheme", ["light", "dark"])


def grave_violations(page: Page) -> list[str]:
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run()")
    assert found["passes"]  # it has checked something
    return [
        f"{violation['id']}: {violation['help']}: {node['html']}"
        for violation in found["violations"]
        if violation["impact"] in GRAVE
        for node in violation["nodes"]
    ]


def settle(app: App) -> None:
    """Wait for colour transitions to end."""
    app.page.wait_for_timeout(300)


def test_the_sign_in_is_accessible(make_app: Any, scheme: str) -> None:
    app = make_app(color_scheme=scheme)
    app.open()
    app.page.get_by_label("User name").wait_for()

    assert grave_violations(app.page) == []


def test_gallery_uploads_banner_and_dialog_are_accessible(make_app: Any, session: Any, scheme: str) -> None:
    app = make_app(storage_state=session, color_scheme=scheme)
    app.open()
    app.upload(picture(f"{scheme}.png"))
    app.expect_picture(scheme)
    app.choose(picture("refused.bmp"), picture("x.png"))
    settle(app)
    assert grave_violations(app.page) == []

    app.open_photo(scheme)
    app.comment("seen")
    settle(app)
    assert grave_violations(app.page) == []
    app.close_photo()

    fenced = {"state": "fenced", "writableRegion": "none", "epoch": 999}
    app.page.route("**/state/*", lambda route: route.fulfill(json=fenced))
    app.refresh()
    app.expect_banner("fenced")
    settle(app)
    assert grave_violations(app.page) == []


def test_axe_finds_violations(make_app: Any, scheme: str) -> None:
    app = make_app(color_scheme=scheme)
    app.open()
    app.page.get_by_label("User name").wait_for()
    app.page.evaluate(
        "document.querySelector('label').remove(); document.querySelector('html').removeAttribute('lang')"
    )

    assert {finding.partition(":")[0] for finding in grave_violations(app.page)} >= {"html-has-lang", "label"}
