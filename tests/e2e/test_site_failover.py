"""The site itself while its own Region is lost: CloudFront serves it from the other Region."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.app import App
from tests.e2e.deployment import System
from tests.regions import PRIMARY

# what Chromium logs of requests to the lost Region
LOST = "status of 50[0-9]|ERR_|CORS policy"


@pytest.fixture
def lose_primary(system: System) -> Iterator[Callable[[str], None]]:
    """``lose_primary("down" or "hangs")``; the Region is back after the test."""
    yield lambda state: system.fault(fault="region", region=PRIMARY, state=state)
    system.restore(PRIMARY)


@pytest.mark.parametrize("state", ["down", "hangs"])
def test_a_reload_opens_the_app_with_its_user_signed_in(
    app: App, lose_primary: Callable[[str], None], state: str
) -> None:
    app.allow(LOST)
    app.expect_state("active", PRIMARY)
    lose_primary(state)
    answer = app.page.reload()
    assert answer is not None and answer.status == 200
    expect(app.page.get_by_role("button", name="Sign out")).to_be_visible()


def test_a_first_visit_opens_the_app_whose_sign_in_names_the_lost_region(
    make_app: Any, session: Any, lose_primary: Callable[[str], None]
) -> None:
    visitor = make_app()
    visitor.allow(LOST)
    lose_primary("down")
    visitor.open()
    visitor.sign_in()
    expect(visitor.alert).to_contain_text(PRIMARY)


def test_once_the_region_is_back_the_site_needs_nothing(app: App, system: System) -> None:
    app.allow(LOST)
    system.lose(PRIMARY)
    app.page.reload()
    system.restore(PRIMARY)
    app.page.reload()
    app.expect_state("active", PRIMARY)
    app.expect_banner(None)
