"""A deployed system for the tests of one file, and a signed-in page for each test.

Every page is watched: an error in its console, an exception, or a request to another host fails the test.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e import browsers
from tests.e2e.app import LOST_MS, App, first_session
from tests.e2e.deployment import System, deployed
from tests.local.conftest import local_home

__all__ = ["local_home"]  # a fixture, found here by its name

# for a machine of two cores that also run other tests
_TIMEOUT_MS = 10_000


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The browser; without one the tests are skipped, in CI they fail."""
    options = browsers.launch_options()
    if options is None:
        if browsers.is_required():
            pytest.fail(browsers.NOT_RUN, pytrace=False)
        pytest.skip(browsers.NOT_RUN)
    return browser_type_launch_args | options


@pytest.fixture(scope="module")
def system(browser: Browser, local_home: Path) -> Iterator[System]:
    """The deployed system. It requires ``browser``: without one nothing is deployed."""
    expect.set_options(timeout=_TIMEOUT_MS)
    with deployed() as running:
        yield running


@pytest.fixture(scope="module")
def session(browser: Browser, system: System) -> Any:
    """A browser's cookies and storage after a first sign-in."""
    return first_session(browser, system)


@pytest.fixture
def make_app(browser: Browser, system: System) -> Iterator[Any]:
    """``make_app(**context options)``: a watched page, signed out unless a session is given."""
    made: list[App] = []

    def make(url: str = system.url, **options: Any) -> App:
        context = browser.new_context(**options)
        context.set_default_timeout(_TIMEOUT_MS)
        context.set_default_navigation_timeout(LOST_MS)
        made.append(App(context.new_page(), url))
        return made[-1]

    yield make
    unexpected = [text for app in made for text in app.unexpected()]
    for app in made:
        app.page.context.close()
    assert not unexpected


@pytest.fixture
def app(make_app: Any, session: Any) -> App:
    """The app, opened and signed in."""
    made: App = make_app(storage_state=session)
    made.open()
    return made
